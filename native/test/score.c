/* Score, curvature and draw: every tier gives the bits of the scalar tier, whatever the cut into calls, and stays
 * inside its buffers. All inputs and states end at a guard page, all outputs lie between canaries. */
#include "engine.h"
#include "output.h"
#include "prior.h"

static int failures = 0;
static struct engine engines[MOST_ENGINES];
static int engine_count;

enum { EVIDENCE, MEAN, SCORE, DIAGONAL, TIMES, RESPONSIBILITIES, DRAWN, OUTPUTS };
static const char *const output_names[] = {"evidence", "mean", "score", "diagonal", "times",
                                           "responsibilities", "draw"};

struct results {
  struct output out[OUTPUTS];
};

/* All outputs of one batch, in calls of `chunk` rows; `merging` accumulates each shard into a state of its own first. */
static struct results evaluate(struct engine engine, const struct problem *p, int64_t chunk, int merging) {
  const int64_t B = p->at.rows, d = p->at.dim, K = p->at.components, width = tweedie_width(p->at.kind, d);
  const int64_t columns[OUTPUTS] = {1, d, d, d, d, K, d};
  /* whole batches with what a device may keep, cut ones without */
  const tweedie_prior prior = merging ? p->prior : with_turned(engine, p->prior);
  struct results r;
  for (int o = 0; o < OUTPUTS; o++) r.out[o] = make_output((size_t)(B * columns[o]) * sizeof(float));
  const size_t needed =
      (size_t)SCRATCH(engine, tweedie_cpu_evaluate_scratch(&prior), tweedie_cuda_evaluate_scratch(&prior, chunk));
  char *scratch = aligned_alloc(64, (needed + 63) / 64 * 64 + 64);
  memset(scratch, 0xff, needed); /* NaN: nothing may rest on what scratch held */
  memset(scratch + needed, CANARY_BYTE, 64);
  double *top[2];
  float *sum[2], *acc[2], *diagonal = floats(chunk * d);
  int64_t *chosen[2];
  for (int i = 0; i < 2; i++) {
    top[i] = doubles(chunk);
    sum[i] = floats(chunk);
    acc[i] = floats(chunk * width);
    chosen[i] = guarded(sizeof(int64_t) * (size_t)chunk);
  }
  for (int64_t begin = 0; begin < B; begin += chunk) {
    const int64_t n = B - begin < chunk ? B - begin : chunk;
    const tweedie_noise noise = {42, 0, 7, 3, 9};
    tweedie_rows rows[2];
    for (int i = 0; i < 2; i++)
      rows[i] = (tweedie_rows){begin, n, p->x, top[i], sum[i], acc[i], diagonal, chosen[i], noise};
    memset(diagonal, 0, sizeof(float) * (size_t)(n * d));
    const int64_t part = SCRATCH(engine, 0, 1) && !merging ? K : TWEEDIE_SHARD; /* a device takes all shards */
    for (int64_t first = -1; first < K; first = first < 0 ? 0 : first + part) {
      const int64_t last = K - first < part ? K : first + part;
      const int which = first >= 0 && merging;
      if (first < 0 || merging) {
        for (int64_t i = 0; i < n; i++) top[which][i] = -INFINITY, sum[which][i] = 0, chosen[which][i] = -1;
        memset(acc[which], 0, sizeof(float) * (size_t)(n * width));
      }
      if (first < 0) continue;
      ON(engine, evaluate_accumulate, &prior, &p->level, first, last, &rows[which], scratch);
      if (merging) ON(engine, evaluate_merge, &prior, (uint32_t)(first / TWEEDIE_SHARD), &rows[0], &rows[1]);
    }
    ON(engine, evaluate_finish, &prior, &p->level, &rows[0], content(r.out[EVIDENCE]), content(r.out[MEAN]),
       content(r.out[SCORE]));
    for (int64_t first = 0; first < K; first += TWEEDIE_SHARD) {
      const int64_t last = K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD;
      ON(engine, evaluate_responsibilities, &prior, &p->level, first, last, &rows[0], content(r.out[RESPONSIBILITIES]),
         scratch);
      ON(engine, evaluate_diagonal, &prior, &p->level, first, last, &rows[0], scratch);
    }
    memcpy((float *)content(r.out[DIAGONAL]) + begin * d, diagonal, sizeof(float) * (size_t)(n * d));
    memset(diagonal, 0, sizeof(float) * (size_t)(n * d));
    for (int64_t first = 0; first < K; first += TWEEDIE_SHARD)
      ON(engine, covariance_times, &prior, &p->level, first, K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD,
         &rows[0], p->v, scratch);
    memcpy((float *)content(r.out[TIMES]) + begin * d, diagonal, sizeof(float) * (size_t)(n * d));
    ON(engine, draw, &prior, &p->reverse, &rows[0], content(r.out[DRAWN]), scratch);
  }
  for (int i = 0; i < 64; i++) {
    if ((unsigned char)scratch[needed + (size_t)i] == CANARY_BYTE) continue;
    printf("%s: scratch written beyond what evaluate_scratch says\n", engine.name);
    failures++;
    break;
  }
  free((void *)prior.turned);
  free(scratch);
  return r;
}

static void release(struct results r) {
  for (int o = 0; o < OUTPUTS; o++) free(r.out[o].memory);
}

static void compare(const struct problem *p, const char *what, struct results wanted, struct results found) {
  for (int o = 0; o < OUTPUTS; o++) {
    const float *w = content(wanted.out[o]), *f = content(found.out[o]);
    const struct setting *at = &p->at;
    const char *problem = overrun(found.out[o]) ? "written out of bounds" : NULL;
    size_t i = 0;
    for (; problem == NULL && i < found.out[o].bytes / sizeof(float); i++)
      if (!same(w[i], f[i])) problem = "other bits";
    if (problem == NULL) continue;
    failures++;
    printf("%s: %s: %s at %zu (%a, scalar %a): kind %d, rows %d, dim %d, components %d, rank %d, stride %d, sigma %g,"
           " form %d\n", what, output_names[o], problem, i - 1, f[i ? i - 1 : 0], w[i ? i - 1 : 0], (int)at->kind, (int)at->rows,
           (int)at->dim, (int)at->components, (int)at->rank, (int)at->stride, at->sigma, (int)at->form);
  }
}

static void check(struct setting at) {
  struct problem p = make_problem(at);
  struct results scalar = evaluate(engines[0], &p, at.rows, 0);
  compare(&p, "scalar", scalar, scalar);
  struct results cut = evaluate(engines[0], &p, 5, 1);
  compare(&p, "scalar, five rows a call", scalar, cut);
  release(cut);
  for (int e = 1; e < engine_count; e++) {
    struct results whole = evaluate(engines[e], &p, at.rows, 0);
    compare(&p, engines[e].name, scalar, whole);
    release(whole);
    cut = evaluate(engines[e], &p, 19, 1); /* a tile and three rows of AVX2 */
    compare(&p, engines[e].name, scalar, cut);
    release(cut);
  }
  release(scalar);
  guarded_release();
}

static struct setting setting(int32_t kind, int64_t rows, int64_t dim, int64_t components, int64_t rank, int64_t stride,
                              double sigma) {
  return (struct setting){kind, rows, dim, components, rank < dim ? rank : dim, stride, 0.8, sigma, 0.9, 0.5 * sigma, 0, TWEEDIE_MEANS};
}

/* rows:       1 alone in a tile; 15, 16, 17 and 31, 32, 33 the ends of vectors and tiles; 103 several tiles and a part
 * dim:        1, 2, 3 below any vector: a load of a whole one crosses the guard page; 15, 16, 17 the ends of vectors;
 *             64 whole vectors only; 103 whole ones and a part
 * components: 1 and 2 below a tile of the product; 83, 84, 85 the end of a block; 169 two blocks and one; 1021 a prime
 * sigma:      small ones make isotropic rows refined
 * form:       of scores the diagonal is the Hessian's, and so are the products */
static void test_sizes(void) {
  static const int64_t rows[] = {1, 15, 16, 17, 31, 32, 33, 103}, dims[] = {1, 2, 3, 15, 16, 17, 64, 103};
  static const int64_t components[] = {1, 2, 83, 84, 85, 169, 1021};
  for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_FULL; kind++) {
    for (int i = 0; i < 8; i++) {
      for (int j = 0; j < 8; j++) {
        for (int k = 0; k < 7; k++) {
          const int basis = kind == TWEEDIE_LOW_RANK || kind == TWEEDIE_FULL;
          /* every pair of sizes; of the triples enough that none of the rows, dims and components stays together */
          if (basis && components[k] > MOST_BASIS) continue;
          if ((3 * i + 5 * j + 7 * k) % THIN != 0 || (basis && components[k] * dims[j] * dims[j] > MOST_WORK)) continue;
          const int64_t rank = 1 + (i + j) % 3 * 8; /* 1, 9, 17 */
          const double sigma = (i + k) % 3 == 0 ? 1e-3 : (i + k) % 3 == 1 ? 0.05 : 1.0;
          struct setting at = setting(kind, rows[i], dims[j], components[k], rank, (j + k) % 2, sigma);
          at.form = (int32_t)(i + j) % 3;
          check(at);
        }
      }
    }
  }
}

/* Whole shards and the start of another: their states merge in order, and a draw sees every merge. */
static void test_shards(void) {
  const int64_t many = WHOLE_SHARDS * TWEEDIE_SHARD + 85, half = (FEW_ROWS + 1) / 2;
  check(setting(TWEEDIE_ISOTROPIC, FEW_ROWS, 2, many, 0, 0, 1.0));
  check(setting(TWEEDIE_ISOTROPIC, FEW_ROWS, 3, many, 0, 1, 1e-3));
  check(setting(TWEEDIE_DIAGONAL, half, 2, many, 0, 1, 1.0));
  if (many > MOST_BASIS) return;
  check(setting(TWEEDIE_LOW_RANK, half, 2, many, 1, 1, 1.0));
  check(setting(TWEEDIE_FULL, half, 2, many, 2, 1, 1.0));
}

/* More rows than a group holds. */
static void test_groups(void) {
  check(setting(TWEEDIE_ISOTROPIC, 1100, 3, 85, 0, 0, 0.5));
  check(setting(TWEEDIE_ISOTROPIC, 33, 3000, 85, 0, 0, 0.5));
  /* few components, many numbers a row: scratch is hardly more than what a draw takes for a group */
  check(setting(TWEEDIE_ISOTROPIC, 1100, 40, 2, 0, 0, 0.5));
}

/* Rows so far out that logits from products lie far above the exact ones: lanes without a row have only the former. */
static void test_far(void) {
  for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_FULL; kind++) {
    for (int64_t stride = kind % FAR_STRIDES; stride < 2; stride += FAR_STRIDES) {
      struct setting at = setting(kind, 19, 23, 85, 3, stride, 0.5);
      at.away = 3000;
      check(at);
      at.away = 1e20; /* their squares overflow */
      check(at);
    }
  }
}

/* Few components, for which a device has a kernel of its own: more rows than a block of it has, several slices of steps and
 * of components; small sigma and far rows make some refined. */
static void test_few(void) {
  for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_DIAGONAL; kind++) {
    check(setting(kind, 67, 29, 131, 0, 1, 1.0));
    check(setting(kind, 67, 40, 85, 0, 1, 0.01));
    struct setting at = setting(kind, 67, 5, 100, 0, 1, 0.5);
    at.away = 3000;
    check(at);
  }
}

/* With an argument, the short ones only. */
int main(int argc, char **argv) {
  (void)argv;
  engine_count = open_engines(engines);
  if (engine_count == 0) return 77;
  test_few();
  if (failures > 0) return 1;
  test_shards();
  if (failures > 0) return 1;
  test_far();
  if (argc > 1) return failures != 0;
  test_sizes();
  test_groups();
  close_engines(engines, engine_count);
  return failures != 0;
}
