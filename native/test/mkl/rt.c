/* What of oneMKL the library calls, to test fast mode where oneMKL is not installed. Like oneMKL it has threads of its
 * own unless it is told: a product that may use more than one is left undone, which a test sees. */
#include <string.h>

#define API __attribute__((visibility("default")))

static int threads;

API int MKL_Set_Threading_Layer(int layer) { return layer; }
API int MKL_Set_Interface_Layer(int layer) { return layer; }
API void MKL_Get_Version_String(char *text, int capacity) { strncpy(text, "Stand-in Version 0.0", (size_t)capacity); }
API int MKL_Set_Num_Threads_Local(int count) {
  const int before = threads;
  threads = count;
  return before;
}

API void cblas_sgemm(int layout, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
                     int lda, const float *b, int ldb, float beta, float *c, int ldc) {
  if (layout != 101 || threads != 1) return;
  for (int i = 0; i < m; i++) {
    for (int j = 0; j < n; j++) {
      float sum = 0.0f;
      for (int l = k - 1; l >= 0; l--) /* not the order of exact mode */
        sum += a[transpose_a == 112 ? l * lda + i : i * lda + l] * b[transpose_b == 112 ? j * ldb + l : l * ldb + j];
      c[i * ldc + j] = alpha * sum + (beta == 0.0f ? 0.0f : beta * c[i * ldc + j]);
    }
  }
}
