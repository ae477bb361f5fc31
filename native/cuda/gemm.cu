/* Exact matrix products of whole arrays, and arrays turned. */
#include "product.cuh"
#include "turn.cuh"

static __global__ void transpose_kernel(int64_t rows, int64_t columns, const float *in, int64_t ld_in, float *out,
                                        int64_t ld_out) {
  const int64_t across = (columns + 31) / 32, row = blockIdx.x / across * 32, column = blockIdx.x % across * 32;
  turn_square(
      rows - row, columns - column, [&](int i, int j) { return in[(row + i) * ld_in + column + j]; },
      [&](int j, int i, float v) { out[(column + j) * ld_out + row + i] = v; });
}

void transpose(call &c, int64_t rows, int64_t columns, const float *in, int64_t ld_in, float *out, int64_t ld_out) {
  launch(c, transpose_kernel, tiles(rows, 32) * tiles(columns, 32), 1, THREADS, rows, columns, in, ld_in, out, ld_out);
}

int32_t tweedie_cuda_gemm(tweedie_cuda *cuda, int64_t m, int64_t n, int64_t k, const float *a, const float *b,
                          float *out, void *scratch) {
  (void)scratch;
  call c(cuda, "gemm");
  if (c.refused()) return c.status;
  const int64_t most = INT64_C(1) << 30; /* rows: they may be more than an int counts */
  for (int64_t i = 0; i < m; i += most) {
    product p = {};
    p.m = smaller(m - i, most), p.n = n, p.k = k;
    p.a = {a + i * k, k, 0};
    p.b = {b, n, 0};
    p.c = out + i * n, p.ldc = n;
    multiply(c, PRODUCT_ROWS, p);
  }
  return c.end();
}
