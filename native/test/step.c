/* The step and the residual of every engine are, bit for bit, the loops below. Inputs and outputs end at a guard page. */
#include "engine.h"
#include "guard.h"

static int failures = 0;

#define FAIL(...) (failures++, printf(__VA_ARGS__), printf("\n"))

static float *random_floats(int64_t n) {
  float *p = floats(n);
  for (int64_t i = 0; i < n; i++) p[i] = (float)normal01();
  return p;
}
static int same(const float *a, const float *b, int64_t n) { return memcmp(a, b, (size_t)n * sizeof *a) == 0; }

/* terms: bit 0 denoised, 1 previous, 2 noise, 3 coefficients of each row */
static void check_step(struct engine engine, int64_t rows, int64_t dim, int terms) {
  const int64_t n = rows * dim, stride = terms >> 3;
  const tweedie_noise noise = {42, 0xfffffffe, 5, 6, 7};
  float *x = random_floats(n), *denoised = random_floats(n), *previous = random_floats(n), *z = floats(n);
  tweedie_coefficients *k = guarded((size_t)(stride ? rows : 1) * sizeof *k);
  for (int64_t i = 0; i < (stride ? rows : 1); i++)
    k[i] = (tweedie_coefficients){(float)normal01(), (float)normal01(), (float)normal01(), (float)normal01()};
  ON(engine, normal, &noise, rows, dim, z);
  float *wanted = floats(n), *out = floats(n);
  for (int64_t e = 0; e < n; e++) {
    const tweedie_coefficients *c = &k[e / dim * stride];
    float t = c->a * x[e];
    if (terms & 1) t = fmaf(c->b, denoised[e], t);
    if (terms & 2) t = fmaf(c->c, previous[e], t);
    if (terms & 4) t = fmaf(c->e, z[e], t);
    wanted[e] = t;
  }
  const float *d = terms & 1 ? denoised : NULL, *p = terms & 2 ? previous : NULL;
  const tweedie_noise *at = terms & 4 ? &noise : NULL;
  ON(engine, step, rows, dim, k, stride, x, d, p, at, out);
  if (!same(out, wanted, n)) FAIL("%s: step of %d x %d, terms %d: other bits", engine.name, (int)rows, (int)dim, terms);
  /* onto each input: a vector must be read before any part of it is written */
  float *onto[] = {x, denoised, previous};
  for (int o = 0; o < 3; o++) {
    float *kept = floats(n);
    memcpy(kept, onto[o], (size_t)n * sizeof *kept);
    ON(engine, step, rows, dim, k, stride, x, d, p, at, onto[o]);
    if (!same(onto[o], wanted, n))
      FAIL("%s: step of %d x %d, terms %d, onto input %d: other bits", engine.name, (int)rows, (int)dim, terms, o);
    memcpy(onto[o], kept, (size_t)n * sizeof *kept);
  }
  guarded_release();
}

static void check_residual(struct engine engine, int64_t rows, int64_t dim) {
  float *x = random_floats(rows * dim), *y = random_floats(rows * dim), *out = floats(rows);
  ON(engine, residual, rows, dim, x, y, out);
  for (int64_t i = 0; i < rows; i++) {
    float lane[16] = {0};
    for (int64_t j = 0; j < dim; j++) {
      float t = x[i * dim + j] - y[i * dim + j];
      lane[j % 16] = fmaf(t, t, lane[j % 16]);
    }
    for (int half = 8; half > 0; half /= 2)
      for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    if (same(&out[i], lane, 1)) continue;
    FAIL("%s: residual %d of %d x %d is %a, wanted %a", engine.name, (int)i, (int)rows, (int)dim, out[i], lane[0]);
    break;
  }
  guarded_release();
}

/* rows: 7, 33 leave lanes of row ends empty; dim: 1 to 5 blocks cut by a row's end, 15 to 17, 31 to 33, 63 to 65 the
 * ends of vectors and of vectors of counters, where a whole load or store would cross the guard page; 784; 1021 */
int main(void) {
  static const int64_t rows[] = {0, 1, 7, 33};
  static const int64_t dims[] = {1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 103, 784, 1021};
  struct engine engines[MOST_ENGINES];
  const int count = open_engines(engines);
  for (int e = 0; e < count; e++) {
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
      for (size_t d = 0; d < sizeof dims / sizeof *dims; d++) {
        for (int terms = 0; terms < 16; terms++) check_step(engines[e], rows[r], dims[d], terms);
        check_residual(engines[e], rows[r], dims[d]);
      }
    }
  }
  close_engines(engines, count);
  return count == 0 ? 77 : failures != 0;
}
