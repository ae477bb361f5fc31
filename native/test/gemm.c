/* The product of every engine is, bit for bit, one chain of fma in index order: the loop below. */
#include "engine.h"
#include "guard.h"

static int failures = 0;

static int32_t multiply(struct engine engine, int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c) {
#if defined(TWEEDIE_TEST_CUDA)
  if (engine.cuda) return tweedie_cuda_gemm(engine.cuda, m, n, k, a, b, c, NULL);
#endif
  return tweedie_cpu_gemm(engine.cpu, m, n, k, a, b, c, guarded((size_t)tweedie_cpu_gemm_scratch(k)));
}

static void check(struct engine engine, int64_t m, int64_t n, int64_t k) {
  float *a = floats(m * k), *b = floats(k * n), *c = floats(m * n); /* c's end is guarded, its start is not read */
  for (int64_t i = 0; i < m * k; i++) a[i] = (float)normal01();
  for (int64_t i = 0; i < k * n; i++) b[i] = (float)normal01();
  for (int64_t i = 0; i < m * n; i++) c[i] = NAN;
  if (multiply(engine, m, n, k, a, b, c) != TWEEDIE_OK) failures++;
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) {
      float sum = 0;
      for (int64_t l = 0; l < k; l++) sum = fmaf(a[i * k + l], b[l * n + j], sum);
      if (memcmp(&sum, &c[i * n + j], sizeof sum) == 0) continue;
      printf("%s: %d x %d x %d: (%d, %d) is %a, wanted %a\n", engine.name, (int)m, (int)n, (int)k, (int)i, (int)j,
             c[i * n + j], sum);
      failures++;
      goto done;
    }
  }
done:
  guarded_release();
}

/* m:  5, 6, 7 and 13, 14, 15 the ends of tiles of the micro-kernel (6 and 14 rows); 29 two tiles and one row
 * n:  1 ... 103 the ends of vectors and of tiles of 2, 16 and 32 columns, where a whole store would cross the end of c
 *     513 and 545 where a band of 16 tiles ends, 257 and 273 with tiles of 16
 * k:  0 an empty sum; 255, 256, 257 the depth after which chains are put down and taken up again */
int main(void) {
  static const int64_t ms[] = {1, 5, 6, 7, 13, 14, 15, 29}, ns[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 103};
  static const int64_t ks[] = {0, 1, 3, 255, 256, 257};
  struct engine engines[MOST_ENGINES];
  const int count = open_engines(engines);
  for (int e = 0; e < count; e++) {
    check(engines[e], 0, 5, 3);
    check(engines[e], 5, 0, 3);
    check(engines[e], 131, 257, 25); /* more than one tile of 128 either way, on a device */
    check(engines[e], 15, 273, 257);
    check(engines[e], 15, 513, 257);
    check(engines[e], 15, 545, 513);
    for (int i = 0; i < 8; i++)
      for (int j = 0; j < 10; j++)
        for (int l = 0; l < 6; l++) check(engines[e], ms[i], ns[j], ks[l]);
  }
  close_engines(engines, count);
  return count == 0 ? 77 : failures != 0;
}
