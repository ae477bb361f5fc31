/* What blas.cu asks of cuBLAS, on the processor: column-major products in plain loops, factors rounded as the type or the
 * mode of the sum says, done when the stream comes to them. The test of fast mode finds it as libcublas.so.13. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

enum { FLOAT = 0, BFLOAT16 = 14, SUM_FLOAT = 68, SUM_TF32 = 77, REFUSED = 7 };

/* What a stream of the emulation begins with: emulated_entry of emulation/runtime.h. */
struct stream {
  int (*put)(struct stream *stream, void (*work)(void *arguments), const void *arguments, size_t bytes);
};
struct context {
  struct stream *stream;
};

EXPORT int cublasCreate_v2(struct context **handle) { return (*handle = calloc(1, sizeof **handle)) ? 0 : REFUSED; }
EXPORT int cublasDestroy_v2(struct context *handle) { return free(handle), 0; }
EXPORT int cublasSetStream_v2(struct context *handle, struct stream *stream) { return handle->stream = stream, 0; }
EXPORT int cublasSetWorkspace_v2(void *handle, void *memory, size_t bytes) { return handle && memory && bytes ? 0 : REFUSED; }
EXPORT int cublasGetProperty(int what, int *value) {
  static const int version[] = {13, 2, 1};
  if (what < 0 || what > 2) return REFUSED;
  return *value = version[what], 0;
}

static float number(const void *p, int64_t at, int type, int sum) {
  uint32_t bits;
  float value;
  if (type == BFLOAT16)
    bits = (uint32_t)((const uint16_t *)p)[at] << 16;
  else
    memcpy(&bits, (const float *)p + at, sizeof bits);
  if (sum == SUM_TF32) bits &= 0xffffe000u; /* 10 bits of the fraction stay */
  memcpy(&value, &bits, sizeof value);
  return value;
}

struct product {
  int turn_a, turn_b, m, n, k, type, lda, ldb, ldc, sum;
  float times, keep;
  const void *a, *b;
  float *c;
};

static void multiply(void *arguments) {
  const struct product p = *(const struct product *)arguments;
  for (int64_t j = 0; j < p.n; j++) {
    for (int64_t i = 0; i < p.m; i++) {
      double total = 0;
      for (int64_t l = 0; l < p.k; l++)
        total += (double)number(p.a, p.turn_a ? i * p.lda + l : l * p.lda + i, p.type, p.sum) *
                 number(p.b, p.turn_b ? l * p.ldb + j : j * p.ldb + l, p.type, p.sum);
      float *out = p.c + j * p.ldc + i;
      *out = (float)(p.times * total + (p.keep == 0 ? 0 : p.keep * *out));
    }
  }
}

/* For tests: products so far with a factor whose numbers along k do not lie side by side. */
static int64_t strided;
EXPORT int64_t emulated_strided(void) { return strided; }

EXPORT int cublasGemmEx(struct context *handle, int turn_a, int turn_b, int m, int n, int k, const void *alpha,
                        const void *a, int type_a, int lda, const void *b, int type_b, int ldb, const void *beta, void *c,
                        int type_c, int ldc, int sum, int algorithm) {
  const struct product p = {turn_a, turn_b, m, n, k, type_a, lda, ldb, ldc, sum,
                            *(const float *)alpha, *(const float *)beta, a, b, c};
  if (!handle->stream || type_c != FLOAT || type_a != type_b || (sum != SUM_FLOAT && sum != SUM_TF32) ||
      algorithm != -1 || lda < (turn_a ? k : m) || ldb < (turn_b ? n : k) || ldc < m)
    return REFUSED;
  strided += (!turn_a || turn_b) && k > 1;
  return handle->stream->put(handle->stream, multiply, &p, sizeof p);
}
