/* Blind: every tier gives the bits of the scalar tier, whatever the cut into calls, and stays inside its buffers. All
 * inputs and states end at a guard page, all outputs lie between canaries. */
#include "blind.h"
#include "engine.h"
#include "output.h"

static int failures = 0;
static struct engine engines[MOST_ENGINES];
static int engine_count;

enum { MEAN, LEVELS, EVIDENCE, OUTPUTS };
static const char *const output_names[] = {"mean", "levels", "evidence"};

struct results {
  struct output out[OUTPUTS];
};

/* All outputs of one batch, in calls of `chunk` rows; `merging` accumulates each shard into a state of its own first. */
static struct results evaluate(struct engine engine, const struct problem *p, const tweedie_blind *blind, int64_t chunk,
                               int merging, int mean) {
  const int64_t B = p->at.rows, d = p->at.dim, K = p->at.components, S = blind->levels;
  const int64_t width = tweedie_blind_width(p->at.kind, d), columns[OUTPUTS] = {d, S, 1};
  /* whole batches with what a device may keep, cut ones without */
  const tweedie_prior prior = merging ? p->prior : with_turned(engine, p->prior);
  struct results r;
  for (int o = 0; o < OUTPUTS; o++) r.out[o] = make_output((size_t)(B * columns[o]) * sizeof(float));
  const size_t needed =
      (size_t)SCRATCH(engine, tweedie_cpu_blind_scratch(&prior, S), tweedie_cuda_blind_scratch(&prior, S, chunk));
  char *scratch = aligned_alloc(64, (needed + 63) / 64 * 64 + 64);
  memset(scratch, 0xff, needed); /* NaN: nothing may rest on what scratch held */
  memset(scratch + needed, CANARY_BYTE, 64);
  tweedie_rows rows[2];
  for (int i = 0; i < 2; i++)
    rows[i] = (tweedie_rows){.x = p->x, .top = doubles(chunk), .sum = floats(chunk * S),
                             .acc = mean ? floats(chunk * width) : NULL};
  for (int64_t begin = 0; begin < B; begin += chunk) {
    const int64_t n = B - begin < chunk ? B - begin : chunk;
    for (int64_t first = -1; first < K; first = first < 0 ? 0 : first + TWEEDIE_SHARD) {
      const int64_t last = K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD;
      tweedie_rows *which = &rows[first >= 0 && merging];
      which->begin = begin;
      which->rows = n;
      if (first < 0 || merging) {
        for (int64_t i = 0; i < n; i++) which->top[i] = -INFINITY;
        memset(which->sum, 0, sizeof(float) * (size_t)(n * S));
        if (mean) memset(which->acc, 0, sizeof(float) * (size_t)(n * width));
      }
      if (first < 0) continue;
      ON(engine, blind_accumulate, &prior, blind, first, last, which, scratch);
      if (merging) ON(engine, blind_merge, &prior, blind, &rows[0], &rows[1]);
    }
    ON(engine, blind_finish, &prior, blind, &rows[0], mean ? content(r.out[MEAN]) : NULL, content(r.out[LEVELS]),
       content(r.out[EVIDENCE]));
  }
  for (int i = 0; i < 64; i++) {
    if ((unsigned char)scratch[needed + (size_t)i] == CANARY_BYTE) continue;
    printf("%s: scratch written beyond what blind_scratch says\n", engine.name);
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

static void compare(const struct problem *p, const char *what, struct results wanted, struct results found, int from) {
  for (int o = from; o < OUTPUTS; o++) {
    const float *w = content(wanted.out[o]), *f = content(found.out[o]);
    const struct setting *at = &p->at;
    const char *problem = overrun(found.out[o]) ? "written out of bounds" : NULL;
    size_t i = 0;
    for (; problem == NULL && i < found.out[o].bytes / sizeof(float); i++)
      if (!same(w[i], f[i])) problem = "other bits";
    if (problem == NULL) continue;
    failures++;
    printf("%s: %s: %s at %zu (%a, scalar %a): kind %d, rows %d, dim %d, components %d, rank %d, stride %d, away %g\n",
           what, output_names[o], problem, i - 1, f[i ? i - 1 : 0], w[i ? i - 1 : 0], (int)at->kind, (int)at->rows,
           (int)at->dim, (int)at->components, (int)at->rank, (int)at->stride, at->away);
  }
}

/* Masses add up to one, up to the rounding of each; also where every logit overflowed. */
static void sum_up(const struct problem *p, const tweedie_blind *blind, struct results r) {
  const float *levels = content(r.out[LEVELS]);
  for (int64_t i = 0; i < p->at.rows; i++) {
    double sum = 0;
    for (int64_t s = 0; s < blind->levels; s++) sum += levels[i * blind->levels + s];
    if (fabs(sum - 1) < 1e-6 * (double)blind->levels) continue;
    printf("levels: row %d sums to %g: kind %d\n", (int)i, sum, (int)p->at.kind);
    failures++;
  }
}

static void check(struct setting at, int64_t levels) {
  struct problem p = make_problem(at);
  const tweedie_blind blind = make_blind(&p, levels);
  struct results scalar = evaluate(engines[0], &p, &blind, at.rows, 0, 1);
  compare(&p, "scalar", scalar, scalar, 0);
  sum_up(&p, &blind, scalar);
  struct results cut = evaluate(engines[0], &p, &blind, 19, 1, 1);
  compare(&p, "scalar, 19 rows a call", scalar, cut, 0);
  release(cut);
  for (int e = 1; e < engine_count; e++) {
    struct results whole = evaluate(engines[e], &p, &blind, at.rows, 0, 1);
    compare(&p, engines[e].name, scalar, whole, 0);
    release(whole);
    cut = evaluate(engines[e], &p, &blind, 19, 1, 1); /* a tile and three rows of AVX2 */
    compare(&p, engines[e].name, scalar, cut, 0);
    release(cut);
    struct results meanless = evaluate(engines[e], &p, &blind, 5, 0, 0);
    compare(&p, engines[e].name, scalar, meanless, LEVELS);
    release(meanless);
  }
  release(scalar);
  guarded_release();
}

static struct setting setting(int32_t kind, int64_t rows, int64_t dim, int64_t components, int64_t rank,
                              int64_t stride) {
  return (struct setting){kind, rows, dim, components, rank < dim ? rank : dim, stride, 1, 0.5, 1, 0.1, 0, TWEEDIE_MEANS};
}

/* rows, dim, components: as in the test of the score family; levels 1, 2, a prime, and more than a block of
 * components, since both share memory */
static void test_sizes(void) {
  static const int64_t rows[] = {1, 15, 16, 17, 31, 32, 33, 103}, dims[] = {1, 2, 3, 15, 16, 17, 64, 103};
  static const int64_t components[] = {1, 2, 83, 84, 85, 169}, levels[] = {1, 2, 13, 97};
  for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_FULL; kind++) {
    for (int i = 0; i < 8; i++) {
      for (int j = 0; j < 8; j++) {
        for (int k = 0; k < 6; k++) {
          const int basis = kind != TWEEDIE_ISOTROPIC;
          if ((3 * i + 5 * j + 7 * k) % THIN != 0 || (basis && components[k] * dims[j] * dims[j] > MOST_WORK / 4)) continue;
          check(setting(kind, rows[i], dims[j], components[k], 1 + (i + j) % 3 * 8, (j + k) % 2), levels[(i + k) % 4]);
        }
      }
    }
  }
}

/* Whole shards and the start of another, and more rows than a group holds. */
static void test_shards_and_groups(void) {
  const int64_t many = WHOLE_SHARDS * TWEEDIE_SHARD + 85;
  for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_FULL; kind++)
    if (kind == TWEEDIE_ISOTROPIC || many <= MOST_BASIS) check(setting(kind, (FEW_ROWS + 1) / 2, 2, many, 1, 1), 5);
  check(setting(TWEEDIE_ISOTROPIC, 1100, 3, 85, 0, 0), 9);
}

/* Rows so far out that the logits of small levels, or of all, overflow. */
static void test_far(void) {
  for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_FULL; kind++) {
    struct setting at = setting(kind, 19, 23, 85, 3, 1);
    for (double away = 3e3; away < 1e30; away *= 1e7) {
      at.away = away;
      check(at, 13);
    }
  }
}

int main(void) {
  engine_count = open_engines(engines);
  if (engine_count == 0) return 77;
  test_sizes();
  test_shards_and_groups();
  test_far();
  close_engines(engines, engine_count);
  return failures != 0;
}
