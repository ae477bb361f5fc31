/* Products of three parts of bfloat16, within their bound for numbers chosen against it: where all errors have one sign, where
 * the large terms cancel, of ranges that a part's last bits do not span, and next to the smallest. With an argument, the
 * short ones only. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "tweedie.h"

enum kind { ORDINARY, ONE_SIGN, CANCELLING, WIDE, SMALLEST, LARGEST, KINDS };

static int failures = 0;

static double uniform(void) {
  static uint64_t state = 1;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (double)(state >> 11) * 0x1p-53;
}

static float number(enum kind kind, int is_b, int64_t l) {
  static float before;
  const float some = (float)(2 * uniform() - 1), above_one = 1 + (float)uniform();
  switch (kind) {
    case ONE_SIGN: /* parts of one sign too, which are all cut off the same way */
      return 1 + 0x1p-17f * (float)(128 + (int)(128 * uniform())) + 0x1p-23f * (float)(1 + (int)(31 * uniform()));
    case CANCELLING: /* pairs that add up to nothing, and what is left is small */
      if (is_b) return 0x1.3579bep0f;
      return l % 2 ? -before + 0x1p-22f * some : (before = above_one);
    case WIDE: return ldexpf(some, (int)(80 * uniform()) - 40);
    case SMALLEST: return is_b ? ldexpf(some, 100) : ldexpf(some, -100 - (int)(49 * uniform()));
    case LARGEST: return is_b ? ldexpf(some, -80) : ldexpf(1 - 0x1p-24f * (float)(1 + (int)(255 * uniform())), 128);
    default: return some;
  }
}

/* The largest error beside its bound. */
static double check(tweedie_cuda *cuda, enum kind kind, int64_t m, int64_t n, int64_t k) {
  float *a = guarded((size_t)(m * k) * sizeof(float)), *b = guarded((size_t)(k * n) * sizeof(float)),
        *c = guarded((size_t)(m * n) * sizeof(float));
  for (int64_t i = 0; i < m; i++)
    for (int64_t l = 0; l < k; l++) a[i * k + l] = number(kind, 0, l);
  for (int64_t i = 0; i < k * n; i++) b[i] = number(kind, 1, 0);
  for (int64_t i = 0; i < m * n; i++) c[i] = NAN;
  void *scratch = guarded((size_t)tweedie_cuda_fast_gemm_scratch(TWEEDIE_BF16X3, m, n, k));
  if (tweedie_cuda_fast_gemm(cuda, TWEEDIE_BF16X3, m, n, k, a, b, c, scratch) || tweedie_cuda_synchronize(cuda))
    failures++, printf("%s\n", tweedie_cuda_message(cuda));
  double worst = 0;
  for (int64_t i = 0; i < m; i++) {
    for (int64_t j = 0; j < n; j++) {
      long double sum = 0;
      double size = 0, factors = 0;
      for (int64_t l = 0; l < k; l++) {
        const double term = (double)a[i * k + l] * b[l * n + j];
        sum += term, size += fabs(term), factors += fabs((double)a[i * k + l]) + fabs((double)b[l * n + j]);
      }
      const double bound = (24 + (double)k / 32) * 0x1p-24 * size + 0x1p-125 * factors;
      const double error = fabs((double)(c[i * n + j] - sum));
      if (error <= bound) {
        if (bound > 0) worst = fmax(worst, error / bound);
      } else if (failures++ < 10) {
        printf("numbers %d: %d x %d x %d: (%d, %d) is %a, wanted %a\n", (int)kind, (int)m, (int)n, (int)k, (int)i,
               (int)j, c[i * n + j], (double)sum);
      }
    }
  }
  guarded_release();
  return worst;
}

/* Sizes: one number; tiles and slices, parts and more of them; more slices than stages, so that each is filled again. */
static void test_bounds(tweedie_cuda *cuda, int all) {
  static const int64_t sizes[][3] = {{1, 1, 1},      {3, 2, 15},   {65, 9, 32},    {130, 131, 33},
                                     {129, 257, 40}, {5, 3, 4100}, {1200, 130, 8}, {64, 128, 200}};
  for (enum kind kind = ORDINARY; kind < KINDS; kind++) {
    double worst = check(cuda, kind, 130, 131, 170);
    for (size_t i = 0; all && i < sizeof sizes / sizeof sizes[0]; i++)
      worst = fmax(worst, check(cuda, kind, sizes[i][0], sizes[i][1], sizes[i][2]));
    printf("numbers %d: errors of %.3f of their bound\n", (int)kind, worst);
  }
}

static void test_absent(void) {
  tweedie_cuda *cuda;
  tweedie_cuda_device device;
  setenv("CUDA_HOST_CAPABILITY", "80", 1);
  if (tweedie_cuda_open(0, &cuda) || tweedie_cuda_info(cuda, &device)) abort();
  if (device.tile_products) failures++, printf("sm_80 has products of tiles\n");
  float number = 1;
  if (tweedie_cuda_fast_gemm(cuda, TWEEDIE_BF16X3, 1, 1, 1, &number, &number, &number, NULL) != TWEEDIE_UNSUPPORTED ||
      strstr(tweedie_cuda_message(cuda), "sm_90a") == NULL)
    failures++, printf("said where they are not: %s\n", tweedie_cuda_message(cuda));
  tweedie_cuda_close(cuda);
}

int main(int count, char **arguments) {
  tweedie_cuda *cuda;
  tweedie_cuda_device device;
  (void)arguments;
  if (tweedie_cuda_open(0, &cuda) || tweedie_cuda_info(cuda, &device)) return 1;
  if (!device.tile_products) failures++, printf("sm_90 has no products of tiles\n");
  test_bounds(cuda, count == 1);
  tweedie_cuda_close(cuda);
  test_absent();
  return failures != 0;
}
