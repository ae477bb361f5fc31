/* Noise and elementary functions: published answers, addresses, the same bits from every engine, distributions. Outputs
 * end at a guard page and start behind a canary. */
#include "engine.h"
#include "guard.h"

#include "lane.h"
#include "philox.h"

static int failures = 0;
static struct engine engines[MOST_ENGINES];
static int engine_count;

#define FAIL(...) (failures++, printf(__VA_ARGS__), printf("\n"))

enum { CANARY = 16 };

static uint32_t *words(int64_t n) {
  uint32_t *p = guarded((size_t)(n + CANARY) * sizeof *p);
  for (int i = 0; i < CANARY; i++) p[i] = 0xa5a5a5a5u;
  return p + CANARY;
}
static int underrun(const void *out) {
  const uint32_t *p = out;
  for (int i = 1; i <= CANARY; i++)
    if (p[-i] != 0xa5a5a5a5u) return 1;
  return 0;
}

/* Every published answer, by address: the answer's counter as block b of a row, for every lane b of two vectors. */
static void test_known_answers(void) {
  FILE *file = fopen(TWEEDIE_TEST_FOLDER "/philox4x32.txt", "r");
  if (file == NULL) {
    FAIL("no philox4x32.txt");
    return;
  }
  char line[256];
  int answers = 0;
  while (fgets(line, sizeof line, file)) {
    int rounds;
    uint32_t c[4], k[2], a[4];
    if (line[0] == '#') continue;
    if (sscanf(line, "%d %x %x %x %x %x %x %x %x %x %x", &rounds, &c[0], &c[1], &c[2], &c[3], &k[0], &k[1], &a[0],
               &a[1], &a[2], &a[3]) != 11) {
      FAIL("not an answer: %s", line);
      continue;
    }
    answers++;
    philox_words one = philox((philox_words){c[0], c[1], c[2], c[3]}, k[0], k[1], rounds);
    if ((vu)one.x0 != a[0] || (vu)one.x1 != a[1] || (vu)one.x2 != a[2] || (vu)one.x3 != a[3]) FAIL("other: %s", line);
    if (rounds != PHILOX_ROUNDS) continue;
    for (int tier = 0; tier < engine_count; tier++) {
      for (int b = 0; b < 33; b++) {
        tweedie_noise noise = {(uint64_t)k[1] << 32 | k[0], c[0] - (uint32_t)b, c[1], c[2], c[3]};
        uint32_t out[4 * 33];
        ON(engines[tier], bits, &noise, 1, 4 * (b + 1), out);
        if (memcmp(&out[4 * b], a, sizeof a) != 0) FAIL("%s: block %d: other: %s", engines[tier].name, b, line);
      }
    }
  }
  fclose(file);
  if (answers != 110) FAIL("%d answers, wanted 110", answers);
}

enum kind { BITS, UNIFORM, NORMAL };
static const char *const kinds[] = {"bits", "uniform", "normal"};

static void run(struct engine engine, enum kind kind, tweedie_noise noise, int64_t rows, int64_t dim, void *out) {
  int32_t status = kind == BITS      ? ON(engine, bits, &noise, rows, dim, out)
                   : kind == UNIFORM ? ON(engine, uniform, &noise, rows, dim, out)
                                     : ON(engine, normal, &noise, rows, dim, out);
  if (status != TWEEDIE_OK || underrun(out)) FAIL("%s: status %d, underrun %d", kinds[kind], status, underrun(out));
}

/* What the header says of one element, in float64, and how far from it a kernel may be. */
static double element(enum kind kind, tweedie_noise noise, int64_t i, int64_t j, double *bound) {
  philox_words counter = {noise.block + (uint32_t)(j / 4), noise.row + (uint32_t)i, noise.stream, noise.step};
  philox_words w = philox(counter, (uint32_t)noise.seed, (uint32_t)(noise.seed >> 32), PHILOX_ROUNDS);
  uint32_t x[4] = {(uint32_t)w.x0, (uint32_t)w.x1, (uint32_t)w.x2, (uint32_t)w.x3};
  *bound = 0;
  if (kind == BITS) return x[j % 4];
  *bound = 0x1p-25 + 0x1p-33; /* half an ulp below 1; the half is added after the bits were rounded */
  if (kind == UNIFORM) return (x[j % 4] + 0.5) * 0x1p-32;
  double radius = sqrt(-2 * log((x[j % 4 & 2] + 0.5) * 0x1p-32)), angle = 2 * M_PI * (x[(j % 4) | 1] * 0x1p-32);
  /* 2e-6: an ulp each of log, sine and cosine, |z| < 7. Rounding u moves the radius by 2^-24 / radius, and by
   * sqrt(2 2^-25) where 1 - u is lost. */
  *bound = 2e-6 + fmin(0x1p-24 / radius, sqrt(0x1p-24));
  return radius * (j % 2 ? sin(angle) : cos(angle));
}

/* rows: 7 and 33 leave lanes of the last vector of row ends empty
 * dim:  1, 2, 3, 5 blocks cut by the row's end; 4, 16, 64 whole blocks; 31 to 33, 63 to 65, 127 to 129 around the
 *       elements of a vector of counters (4, 16, 32, 64); 36, 37 rows whose end is less than half a vector; 784, 1021
 * address: block, row at the top of their range, so that counters wrap */
static const int64_t all_rows[] = {0, 1, 7, 33};
static const int64_t all_dims[] = {1,  2,  3,  4,  5,  15,  16,  17,  31,  32,  33,
                                   36, 37, 63, 64, 65, 103, 127, 128, 129, 784, 1021};

static void test_shapes(enum kind kind) {
  const tweedie_noise noise = {0x0123456789abcdefu, 0xfffffffd, 0xfffffffb, 77, 0x80000001};
  for (size_t r = 0; r < sizeof all_rows / sizeof *all_rows; r++) {
    for (size_t d = 0; d < sizeof all_dims / sizeof *all_dims; d++) {
      int64_t rows = all_rows[r], dim = all_dims[d], n = rows * dim;
      uint32_t *wanted = words(n);
      run(engines[0], kind, noise, rows, dim, wanted);
      for (int64_t e = 0; e < n; e++) {
        double bound, exact = element(kind, noise, e / dim, e % dim, &bound), found = wanted[e];
        if (kind != BITS) found = ((float *)wanted)[e];
        if (fabs(found - exact) <= bound) continue;
        FAIL("%s: %d x %d: element %d is %.9g, wanted %.9g", kinds[kind], (int)rows, (int)dim, (int)e, found, exact);
        break;
      }
      for (int tier = 0; tier < engine_count; tier++) {
        uint32_t *found = words(n);
        run(engines[tier], kind, noise, rows, dim, found);
        if (memcmp(found, wanted, (size_t)n * sizeof *found) != 0)
          FAIL("%s: %s: %d x %d: other bits", engines[tier].name, kinds[kind], (int)rows, (int)dim);
        int64_t head = rows / 3; /* a batch in two calls */
        tweedie_noise later = noise;
        later.row += (uint32_t)head;
        uint32_t *top = words(head * dim), *rest = words(n - head * dim);
        run(engines[tier], kind, noise, head, dim, top);
        run(engines[tier], kind, later, rows - head, dim, rest);
        if (memcmp(top, wanted, (size_t)(head * dim) * sizeof *top) != 0 ||
            memcmp(rest, wanted + head * dim, (size_t)(n - head * dim) * sizeof *rest) != 0)
          FAIL("%s: %s: %d x %d: other bits when cut", engines[tier].name, kinds[kind], (int)rows, (int)dim);
        for (int64_t b = 1; rows == 1 && 4 * b < dim; b += 7) { /* a row in two calls */
          tweedie_noise right = noise;
          right.block += (uint32_t)b;
          uint32_t *end = words(dim - 4 * b);
          run(engines[tier], kind, right, 1, dim - 4 * b, end);
          if (memcmp(end, wanted + 4 * b, (size_t)(dim - 4 * b) * sizeof *end) != 0)
            FAIL("%s: %s: row of %d cut at block %d: other bits", engines[tier].name, kinds[kind], (int)dim, (int)b);
        }
      }
      guarded_release();
    }
  }
}

static int same(const float *a, const float *b, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i]))) return 0;
  return 1;
}

/* Every 4099th float (a prime: all exponents, all low bits) and lengths around the vectors. */
static void test_functions(void) {
  enum { MANY = 1 << 16 };
  static const int64_t lengths[] = {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33};
  for (uint64_t first = 0; first < 1ull << 32; first += 4099ull * MANY) {
    for (size_t l = 0; l <= (first == 0 ? sizeof lengths / sizeof *lengths : 0); l++) {
      int64_t n = l == 0 ? MANY : lengths[l - 1];
      uint32_t *x = words(n);
      for (int64_t i = 0; i < n; i++) x[i] = (uint32_t)(first + 4099u * (uint64_t)i);
      float *wanted[4], *found[4];
      for (int tier = 0; tier < engine_count; tier++) {
        for (int f = 0; f < 4; f++) (tier == 0 ? wanted : found)[f] = (float *)words(n);
        float **out = tier == 0 ? wanted : found;
        ON(engines[tier], apply_exp, n, (float *)x, out[0]);
        ON(engines[tier], apply_log, n, (float *)x, out[1]);
        ON(engines[tier], apply_sincospi, n, (float *)x, out[2], out[3]);
        for (int f = 0; f < 4; f++)
          if (!same(out[f], wanted[f], n) || underrun(out[f]))
            FAIL("%s: function %d, %d floats from %08x: other bits", engines[tier].name, f, (int)n, (unsigned)first);
      }
      guarded_release();
    }
  }
}

/* Moments, tails and correlations of N normals; every statistic below has mean 0 and variance 1, so |.| < 5 holds by
 * chance but for 6 in ten million, and the seed is fixed. */
static void test_distribution(void) {
  enum { ROWS = 4096, DIM = 1024, N = ROWS * DIM };
  float *z = malloc(N * sizeof *z), *other = malloc(N * sizeof *other);
  const int best = engine_count - 1;
  tweedie_noise noise = {20240607, 0, 0, 0, 0};
  ON(engines[best], normal, &noise, ROWS, DIM, z);
  double sum[5] = {0};
  for (int i = 0; i < N; i++) {
    double x = z[i];
    sum[1] += x, sum[2] += x * x, sum[3] += x * x * x, sum[4] += x * x * x * x;
  }
  const double root = sqrt((double)N); /* variances of x^k - E: 1, 2, 15, 96 */
  double score[] = {sum[1] / root, (sum[2] - N) / root / sqrt(2), sum[3] / root / sqrt(15),
                    (sum[4] - 3.0 * N) / root / sqrt(96)};
  for (int k = 0; k < 4; k++)
    if (!(fabs(score[k]) < 5)) FAIL("moment %d: %g standard errors", k + 1, score[k]);
  for (double t = 0.5; t <= 5; t += 0.5) {
    for (int sign = -1; sign <= 1; sign += 2) {
      double p = erfc(t / sqrt(2)) / 2, count = 0;
      for (int i = 0; i < N; i++) count += sign * z[i] > t;
      double s = (count - p * N) / sqrt(p * (1 - p) * N);
      if (!(fabs(s) < 5)) FAIL("tail beyond %g: %g standard errors", sign * t, s);
    }
  }
  /* lags within a counter, to the next counters, to the next row */
  static const int lags[] = {1, 2, 3, 4, 5, 8, 16, 64, DIM, DIM + 1};
  for (size_t l = 0; l < sizeof lags / sizeof *lags; l++) {
    double c = 0, squares = 0;
    for (int i = 0; i + lags[l] < N; i++) {
      double a = z[i], b = z[i + lags[l]];
      c += a * b;
      squares += (a * a - 1) * (b * b - 1) / 2;
    }
    if (!(fabs(c / root) < 5) || !(fabs(squares / root) < 5))
      FAIL("lag %d: correlation %g, of squares %g standard errors", lags[l], c / root, squares / root);
  }
  tweedie_noise others[] = {
      {20240608, 0, 0, 0, 0}, {20240607, 0, 0, 1, 0}, {20240607, 0, 0, 0, 1}, {20240607 | 1ull << 32, 0, 0, 0, 0}};
  for (size_t o = 0; o < sizeof others / sizeof *others; o++) {
    ON(engines[best], normal, &others[o], ROWS, DIM, other);
    double c = 0;
    for (int i = 0; i < N; i++) c += (double)z[i] * other[i];
    if (!(fabs(c / root) < 5)) FAIL("neighbour %d: correlation %g standard errors", (int)o, c / root);
  }
  free(z), free(other);
}

int main(void) {
  engine_count = open_engines(engines);
  if (engine_count == 0) return 77;
  test_known_answers();
  test_shapes(BITS);
  test_shapes(UNIFORM);
  test_shapes(NORMAL);
  test_functions();
  test_distribution();
  close_engines(engines, engine_count);
  return failures != 0;
}
