/* Random numbers, and memory that ends at a guard page: reading or writing beyond it ends the test. */
#ifndef TWEEDIE_TEST_GUARD_H
#define TWEEDIE_TEST_GUARD_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t random_state = 1;

/* xorshift64*: nothing of what is tested */
static inline double uniform01(void) {
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return ((random_state * 2685821657736338717ull) >> 11) * 0x1p-53;
}
/* log to some 1e-16 by + - * / alone: libm's differs between machines, and what tests compute on must not. */
static inline double plain_log(double x) {
  if (!(x > 0)) return -INFINITY;
  int exponent;
  double mantissa = frexp(x, &exponent);
  if (mantissa < M_SQRT1_2) mantissa *= 2, exponent--;
  const double t = (mantissa - 1) / (mantissa + 1);
  double sum = 0;
  for (int n = 25; n > 0; n -= 2) sum = sum * t * t + 1.0 / n;
  return 2 * t * sum + exponent * M_LN2;
}
/* the polar method of Marsaglia */
static inline double normal01(void) {
  double u, v, square;
  do {
    u = 2 * uniform01() - 1, v = 2 * uniform01() - 1, square = u * u + v * v;
  } while (square >= 1 || square == 0);
  return u * sqrt(-2 * plain_log(square) / square);
}

/* Memory whose last byte lies before a page that nobody may touch. Freed all together. */
static struct {
  void *start;
  size_t length;
} guarded_blocks[256];
static int guarded_count = 0;

static inline void *guarded(size_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (bytes + page - 1) / page * page;
  char *start = mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED || mprotect(start + body, page, PROT_NONE) != 0 || guarded_count == 256) abort();
  guarded_blocks[guarded_count].start = start;
  guarded_blocks[guarded_count++].length = body + page;
  return start + body - bytes;
}
static inline void guarded_release(void) {
  while (guarded_count > 0) {
    guarded_count--;
    munmap(guarded_blocks[guarded_count].start, guarded_blocks[guarded_count].length);
  }
}
static inline float *floats(int64_t n) { return guarded((size_t)n * sizeof(float)); }
static inline double *doubles(int64_t n) { return guarded((size_t)n * sizeof(double)); }

#endif
