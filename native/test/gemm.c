/* The product of every tier is, bit for bit, one chain of fma in index order: the loop below. */
#include "guard.h"
#include "tweedie.h"

static int failures = 0;

static void check(tweedie_cpu *cpu, const char *tier, int64_t m, int64_t n, int64_t k) {
  float *a = floats(m * k), *b = floats(k * n), *c = floats(m * n); /* c's end is guarded, its start is not read */
  for (int64_t i = 0; i < m * k; i++) a[i] = (float)normal01();
  for (int64_t i = 0; i < k * n; i++) b[i] = (float)normal01();
  for (int64_t i = 0; i < m * n; i++) c[i] = NAN;
  void *scratch = guarded((size_t)tweedie_cpu_gemm_scratch(k));
  if (tweedie_cpu_gemm(cpu, m, n, k, a, b, c, scratch) != TWEEDIE_OK) failures++;
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) {
      float sum = 0;
      for (int64_t l = 0; l < k; l++) sum = fmaf(a[i * k + l], b[l * n + j], sum);
      if (memcmp(&sum, &c[i * n + j], sizeof sum) == 0) continue;
      printf("%s: %d x %d x %d: (%d, %d) is %a, wanted %a\n", tier, (int)m, (int)n, (int)k, (int)i, (int)j,
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
 * k:  0 an empty sum; 255, 256, 257 the depth after which chains are put down and taken up again */
int main(void) {
  static const char *const names[] = {"scalar", "avx2", "avx512", "neon"};
  static const int64_t ms[] = {1, 5, 6, 7, 13, 14, 15, 29}, ns[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 103};
  static const int64_t ks[] = {0, 1, 3, 255, 256, 257};
  int usable = 0;
  for (int tier = TWEEDIE_SCALAR; tier <= TWEEDIE_NEON; tier++) {
    tweedie_cpu *cpu;
    if (tweedie_cpu_open(tier, &cpu) != TWEEDIE_OK) continue;
    usable++;
    check(cpu, names[tier], 0, 5, 3);
    check(cpu, names[tier], 5, 0, 3);
    for (int i = 0; i < 8; i++)
      for (int j = 0; j < 10; j++)
        for (int l = 0; l < 6; l++) check(cpu, names[tier], ms[i], ns[j], ks[l]);
    tweedie_cpu_close(cpu);
  }
  return usable == 0 ? 77 : failures != 0;
}
