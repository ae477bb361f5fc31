/* Just enough of .npy (version 1.0, little endian, C order) for float32 and uint32. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads a file of two axes at most, of 4-byte numbers; the caller frees what it returns. */
static void *npy_read(const char *path, int64_t *rows, int64_t *columns) {
  FILE *file = fopen(path, "rb");
  unsigned char magic[10];
  if (!file || fread(magic, 1, 10, file) != 10 || memcmp(magic, "\x93NUMPY\x01", 7) != 0) exit(2);
  const size_t length = magic[8] + 256u * magic[9];
  char *header = calloc(length + 1, 1);
  if (!header || fread(header, 1, length, file) != length) exit(2);
  const char *shape = strstr(header, "'shape': (");
  long long sizes[2] = {1, 1};
  if (!shape || sscanf(shape, "'shape': (%lld, %lld", &sizes[0], &sizes[1]) < 1) exit(2);
  *rows = sizes[0], *columns = sizes[1];
  const size_t count = (size_t)(sizes[0] * sizes[1]);
  void *data = malloc(4 * count + 1);
  if (!data || fread(data, 4, count, file) != count) exit(2);
  free(header);
  fclose(file);
  return data;
}

static void npy_write(const char *path, int64_t rows, int64_t columns, const float *data) {
  char header[128 - 10 + 1];
  const int used = snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%lld, %lld), }",
                            (long long)rows, (long long)columns);
  memset(header + used, ' ', sizeof header - 1 - (size_t)used);
  header[sizeof header - 2] = '\n';
  FILE *file = fopen(path, "wb");
  if (!file) exit(2);
  fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, file);
  fwrite(header, 1, sizeof header - 1, file);
  fwrite(data, 4, (size_t)(rows * columns), file);
  fclose(file);
}
