/* What blas.cu asks of cuBLAS, on the processor: column-major products in plain loops, factors rounded as the type or the
 * mode of the sum says. The test of fast mode finds it as libcublas.so.13. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

enum { FLOAT = 0, BFLOAT16 = 14, SUM_FLOAT = 68, SUM_TF32 = 77, REFUSED = 7 };

static int context;

EXPORT int cublasCreate_v2(void **handle) { return *handle = &context, 0; }
EXPORT int cublasDestroy_v2(void *handle) { return handle == &context ? 0 : REFUSED; }
EXPORT int cublasSetStream_v2(void *handle, void *stream) { return handle && stream ? 0 : REFUSED; }
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

EXPORT int cublasGemmEx(void *handle, int turn_a, int turn_b, int m, int n, int k, const void *alpha, const void *a,
                        int type_a, int lda, const void *b, int type_b, int ldb, const void *beta, void *c, int type_c,
                        int ldc, int sum, int algorithm) {
  const float times = *(const float *)alpha, keep = *(const float *)beta;
  if (!handle || type_c != FLOAT || type_a != type_b || (sum != SUM_FLOAT && sum != SUM_TF32) || algorithm != -1 ||
      lda < (turn_a ? k : m) || ldb < (turn_b ? n : k) || ldc < m)
    return REFUSED;
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = 0; i < m; i++) {
      double total = 0;
      for (int64_t l = 0; l < k; l++)
        total += (double)number(a, turn_a ? i * lda + l : l * lda + i, type_a, sum) *
                 number(b, turn_b ? l * ldb + j : j * ldb + l, type_b, sum);
      float *out = (float *)c + j * ldc + i;
      *out = (float)(times * total + (keep == 0 ? 0 : keep * *out));
    }
  }
  return 0;
}
