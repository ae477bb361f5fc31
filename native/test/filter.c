/* With the filter, with balls around blocks, with both and with neither: the same bits of state, outputs and draws, on every tier, over priors made to break it.
 * An argument says how many cases; the last line of a failure has the number that `filter CASES FIRST` begins again with.
 * Emulated kernels of a device, which have the filter alone, are compared with the scalar tier without it. */
#include <sys/mman.h>
#include <unistd.h>

#include "codes.h"
#include "engine.h"
#include "output.h"
#include "prior.h"

#define HEAD 64 /* first codes of the design that hides what counts behind them */

enum design {
  RANDOM,
  DUPLICATES,
  ONE_ULP,
  ROW_IS_POINT,
  CLIMBING,
  CANCELLING,
  WEIGHTS,
  OFFSET,
  BYTES,
  DENORMAL,
  FAR,
  GREAT,
  LOST_BY_ROW,
  LOST_BY_POINT,
  EDGE,
  BEHIND,
  CLUSTERED,
  EDGE_OF_BALL,
  RIM,
  HOLLOW,
  DESIGNS
};

static const char *const designs[] = {"random",
                                      "duplicates",
                                      "one ulp",
                                      "row is a point",
                                      "climbing maxima",
                                      "cancelling",
                                      "weights",
                                      "offset",
                                      "bytes",
                                      "denormal",
                                      "far rows",
                                      "great numbers",
                                      "lost by the row's codes",
                                      "lost by the point's codes",
                                      "edge of the cutoff",
                                      "behind the first codes",
                                      "clustered",
                                      "edge of the cutoff, by blocks",
                                      "at the ball's rim",
                                      "hollow ball"};

static int64_t below(int64_t n) { return (int64_t)(uniform01() * (double)n); }
static double log_uniform(double low, double high) { return low * pow(high / low, uniform01()); }

/* Points whose best logits climb from block to block by the cutoff, a hair more or a hair less. */
static void climb(struct problem *p, float *means) {
  const struct setting *at = &p->at;
  const double s = at->sigma, a = at->alpha, rise = 40 * (1 + (uniform01() - 0.5) * pow(2, -8 * uniform01()));
  const int64_t blocks = (at->components + 83) / 84;
  for (int64_t k = 0; k < at->components; k++) {
    const double behind = (double)(blocks - k / 84) * rise + (k % 84 == 0 ? 0 : 80 * uniform01());
    const double away = s * sqrt(2 * behind);
    for (int64_t j = 0; j < at->dim; j++) {
      const double x = p->x[j] - a * p->prior.centre[j];
      means[k * at->dim + j] = (float)((x + (j == k % at->dim ? away : 0)) / a);
    }
  }
}

/* Coordinates below half a code beside a large one: the codes lose them, and with them all that one point has before the
 * others, which is more than the cutoff. The large one is the rows' own, or every point's. */
static void lose(struct problem *p, float *means, int by_row) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, d = at->dim;
  const double gain = log_uniform(41, 1e4), small = at->sigma * sqrt(2 * gain / (double)(d - 1)), large = small * 127 / 0.45;
  memset(means, 0, (size_t)(K * d) * sizeof(float));
  for (int64_t k = 0; k < K && !by_row; k++) means[k * d] = (float)(large / at->alpha);
  for (int64_t i = 0; i < at->rows; i++) {
    p->x[i * d] = by_row ? (float)large : 0.0f;
    for (int64_t j = 1; j < d; j++) p->x[i * d + j] = (float)(j % 2 ? small : -small);
  }
  const int64_t best = below(K);
  for (int64_t j = 1; j < d; j++) means[best * d + j] = (float)((j % 2 ? small : -small) / at->alpha);
}

/* Points by the cutoff behind the first one, a hair more or less, at logits from small to where they are refined. Each has
 * a coordinate that the first has not, so that the least weight shows in a sum that is zero without it. */
static void stand_at_the_edge(struct problem *p, float *means) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, d = at->dim;
  const double s = at->sigma, high = s * log_uniform(1, 1e4), band = log_uniform(1e-4, 2);
  memset(means, 0, (size_t)(K * d) * sizeof(float));
  for (int64_t i = 0; i < at->rows * d; i++) p->x[i] = i % d == 0 ? (float)high : 0.0f;
  for (int64_t k = 0; k < K; k++) {
    const double behind = 40 + (uniform01() - 0.5) * band;
    means[k * d] = (float)((high + (k == 0 ? 0 : s * sqrt(2 * behind))) / at->alpha);
    if (k > 0) means[k * d + 1 + k % (d - 1)] = (float)(1e-6 * s / at->alpha);
  }
}

/* All that one point has before the others stands behind the first codes, along the rows: as much as Cauchy and Schwarz
 * allow, and by little more than the cutoff. */
static void hide_behind(struct problem *p, float *means) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, d = at->dim, from = d > HEAD ? HEAD : d / 2;
  const double gain = log_uniform(41, 400), small = at->sigma * sqrt(2 * gain / (double)(d - from));
  for (int64_t i = 0; i < at->rows * d; i++) p->x[i] = i % d < from ? 0.0f : (float)(i % 2 ? small : -small);
  memset(means, 0, (size_t)(K * d) * sizeof(float));
  for (int64_t k = 0; k < K; k++) means[k * d + k % from] = (float)(at->sigma * uniform01() / at->alpha);
  const int64_t best = K - 1 - below((K + 1) / 2);
  for (int64_t j = from; j < d; j++) means[best * d + j] = (float)((double)p->x[j] / at->alpha);
}

/* Blocks that are a cluster, or parts of two; clusters from far apart to within each other, in no order. */
static void cluster(struct problem *p, float *means) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, d = at->dim, size = 1 + below(200);
  const double apart = at->sigma * log_uniform(1, 1e3), wide = at->sigma * log_uniform(1e-3, 10);
  double centre[512];
  for (int64_t k = 0; k < K; k++) {
    for (int64_t j = 0; j < d && k % size == 0; j++) centre[j] = apart * normal01();
    for (int64_t j = 0; j < d; j++) means[k * d + j] = (float)((centre[j] + wide * normal01()) / at->alpha);
  }
  for (int64_t i = 0; i < at->rows; i++) {
    const int64_t k = below(K);
    for (int64_t j = 0; j < d; j++)
      p->x[i * d + j] = (float)(at->alpha * (p->prior.centre[j] + means[k * d + j]) + at->sigma * normal01());
  }
}

/* As stand_at_the_edge, but whole blocks, of points that differ by nothing, or by little. */
static void blocks_at_the_edge(struct problem *p, float *means) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, d = at->dim;
  const double s = at->sigma, high = s * log_uniform(1, 1e3), band = log_uniform(1e-4, 2);
  double behind = 0;
  for (int64_t i = 0; i < at->rows * d; i++) p->x[i] = i % d == 0 ? (float)high : 0.0f;
  memset(means, 0, (size_t)(K * d) * sizeof(float));
  for (int64_t k = 0; k < K; k++) {
    if (k > 0 && k % 84 == 0) behind = 40 + (uniform01() - 0.5) * band;
    means[k * d] = (float)((high + s * sqrt(2 * behind)) / at->alpha);
    if (k >= 84) means[k * d + 1 + k % (d - 1)] = (float)(1e-6 * s / at->alpha);
  }
}

/* Every row's best point stands alone at the rim of a block that is far off, and behind a block that would be the best. */
static void stand_at_the_rim(struct problem *p, float *means) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, d = at->dim;
  const double s = at->sigma, gap = log_uniform(41, 1e4), away = s * sqrt(2 * gap);
  const int64_t best = K - 1 - below(K < 84 ? K : 84);
  for (int64_t i = 0; i < at->rows * d; i++) p->x[i] = 0;
  memset(means, 0, (size_t)(K * d) * sizeof(float));
  for (int64_t k = 0; k < K; k++) {
    const double off = k / 84 == best / 84 ? away * (3 + uniform01()) : away * (1 + 0.1 * uniform01());
    if (k != best) means[k * d + k / 84 % d] = (float)(off / at->alpha);
  }
}

/* The rows are in the middle of a first block whose points all are far off: a block that is less far has all the mass. */
static void surround_rows(struct problem *p, float *means) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, d = at->dim;
  const double s = at->sigma, next = log_uniform(41, 1e3), far = next + log_uniform(1, 1e3);
  for (int64_t i = 0; i < at->rows * d; i++) p->x[i] = 0;
  memset(means, 0, (size_t)(K * d) * sizeof(float));
  for (int64_t k = 0; k < K; k++) {
    const double away = s * sqrt(2 * (k < 84 ? far : next * (1 + 0.01 * uniform01())));
    means[k * d + k / 2 % d] = (float)((k % 2 && k < 84 ? -away : away) / at->alpha);
  }
}

static void design(struct problem *p, enum design how) {
  const struct setting *at = &p->at;
  const int64_t K = at->components, d = at->dim;
  float *means = (float *)p->prior.means, *centre = (float *)p->prior.centre;
  switch (how) {
    case DUPLICATES:
      for (int64_t k = 3; k < K; k++) memcpy(means + k * d, means + below(3) * d, (size_t)d * sizeof(float));
      break;
    case ONE_ULP:
      for (int64_t k = 1; k < K; k++) {
        memcpy(means + k * d, means, (size_t)d * sizeof(float));
        float *one = means + k * d + below(d);
        *one = nextafterf(*one, uniform01() < 0.5 ? -INFINITY : INFINITY);
      }
      break;
    case ROW_IS_POINT:
      for (int64_t i = 0; i < at->rows; i++) {
        const int64_t k = below(K);
        for (int64_t j = 0; j < d; j++) p->x[i * d + j] = (float)(at->alpha * ((double)centre[j] + means[k * d + j]));
      }
      break;
    case CLIMBING: climb(p, means); break;
    case CANCELLING: /* sums of coordinates that are zero, or of rounding alone */
      for (int64_t k = 0; k + 1 < K; k += 2)
        for (int64_t j = 0; j < d; j++) means[(k + 1) * d + j] = -means[k * d + j];
      for (int64_t i = 0; i < at->rows * d; i++)
        p->x[i] = (float)at->alpha * centre[i % d] + (i % 3 ? 0.0f : (float)(at->sigma * normal01()));
      break;
    case WEIGHTS:
      for (int64_t k = 0; k < K; k++) p->weight[k] = uniform01() < 0.3 ? 0 : pow(10, -300 * uniform01());
      p->weight[below(K)] = 1;
      break;
    case OFFSET:
      for (int64_t j = 0; j < d; j++) centre[j] = 0;
      for (int64_t i = 0; i < K * d; i++) means[i] += 1e3f;
      for (int64_t i = 0; i < at->rows * d; i++) p->x[i] += (float)(1e3 * at->alpha);
      break;
    case BYTES:
      for (int64_t i = 0; i < K * d; i++) means[i] = (float)below(256) / 255 - centre[i % d];
      break;
    case DENORMAL:
      for (int64_t i = 0; i < K * d; i++) means[i] *= 1e-41f;
      break;
    case GREAT: {
      const float by = (float)pow(10, 18 * uniform01());
      for (int64_t i = 0; i < K * d; i++) means[i] *= by > 1e13f ? 1e13f : by;
      for (int64_t i = 0; i < at->rows * d; i++) p->x[i] *= by;
      break;
    }
    case LOST_BY_ROW:
    case LOST_BY_POINT:
    case EDGE:
    case BEHIND:
    case CLUSTERED:
    case EDGE_OF_BALL:
    case RIM:
    case HOLLOW:
      memset(centre, 0, (size_t)d * sizeof(float));
      p->variance[0] = 0;
      for (int64_t k = 0; k < K && how > CLUSTERED; k++) p->weight[k] = 1; /* others would hide a margin that is too small */
      if (how == EDGE)
        stand_at_the_edge(p, means);
      else if (how == BEHIND)
        hide_behind(p, means);
      else if (how == CLUSTERED)
        cluster(p, means);
      else if (how == EDGE_OF_BALL)
        blocks_at_the_edge(p, means);
      else if (how == RIM)
        stand_at_the_rim(p, means);
      else if (how == HOLLOW)
        surround_rows(p, means);
      else
        lose(p, means, how == LOST_BY_ROW);
      break;
    default: break;
  }
  if (how != RANDOM && how != FAR) set_level(p);
}

/* Codes of the means in any order but where the design has one. */
static tweedie_filter encode(const struct problem *p, enum design how, int32_t dots, int always) {
  const int64_t d = p->at.dim, head = how == BEHIND && d > HEAD ? HEAD : 64 * below((d + 63) / 64);
  int32_t *order = guarded((size_t)d * sizeof(int32_t));
  for (int64_t j = 0; j < d; j++) {
    const int64_t other = how == BEHIND ? j : below(j + 1);
    order[j] = order[other];
    order[other] = (int32_t)j;
  }
  tweedie_filter filter = encode_means(p, order, head);
  filter.dots = dots, filter.always = always;
  return filter;
}

/* A ball around those of points [begin, end) that have weight and are in part `part` of `parts` by turns, in double. */
static void surround_part(const struct problem *p, tweedie_balls *balls, int64_t at, int64_t begin, int64_t end, int64_t part,
                          int64_t parts, double heaviest) {
  const int64_t d = p->at.dim;
  float *centre = (float *)balls->centre + at * d, *least = (float *)balls->least + at, *most = (float *)balls->most + at;
  double count = 0, widest = 0, squares = 0, high = -INFINITY, low = INFINITY, *sum = calloc((size_t)d, sizeof(double));
  for (int64_t k = begin + part; k < end; k += parts) {
    if (p->weight[k] == 0) continue;
    count++;
    for (int64_t j = 0; j < d; j++) sum[j] += p->prior.means[k * d + j];
    high = fmax(high, plain_log(p->weight[k]) - plain_log(heaviest)), low = fmin(low, plain_log(p->weight[k]) - plain_log(heaviest));
  }
  for (int64_t j = 0; j < d; j++) centre[j] = count > 0 ? (float)(sum[j] / count) : 0;
  for (int64_t k = begin + part; k < end; k += parts) {
    double square = 0;
    for (int64_t j = 0; j < d; j++) square += pow((double)p->prior.means[k * d + j] - centre[j], 2);
    if (p->weight[k] == 0) continue;
    widest = fmax(widest, square), squares += square;
  }
  ((float *)balls->radius)[at] = nextafterf((float)(sqrt(widest) * (1 + 1e-9)), INFINITY);
  ((float *)balls->spread)[at] = count > 0 ? nextafterf((float)(squares / count * (1 + 1e-9)), INFINITY) : 0;
  *most = count > 0 ? (float)(high + fabs(high) * 0x1p-20) : -INFINITY;
  *least = count > 0 ? (float)(low - fabs(low) * 0x1p-20) : -INFINITY;
  free(sum);
}

/* Balls around blocks: 1 to TWEEDIE_BALLS_OF_BLOCK of each, by turns. */
static tweedie_balls surround(const struct problem *p) {
  const int64_t K = p->at.components, d = p->at.dim, blocks = (K + 83) / 84, all = TWEEDIE_BALLS_OF_BLOCK * blocks;
  int32_t *further = guarded((size_t)(blocks + 1) * sizeof *further);
  tweedie_balls balls = {.centre = floats(all * d), .radius = floats(all), .spread = floats(all), .most = floats(all),
                         .least = floats(all), .further = further};
  double heaviest = 0;
  for (int64_t k = 0; k < K; k++) {
    double norm = 0;
    for (int64_t j = 0; j < d; j++) norm += (double)p->prior.means[k * d + j] * p->prior.means[k * d + j];
    balls.largest = fmaxf(balls.largest, nextafterf((float)(sqrt(norm) * (1 + 1e-9)), INFINITY));
    heaviest = fmax(heaviest, p->weight[k]);
  }
  further[0] = (int32_t)blocks;
  for (int64_t b = 0; b < blocks; b++) {
    const int64_t last = b * 84 + 84 < K ? b * 84 + 84 : K, parts = 1 + (b + d) % TWEEDIE_BALLS_OF_BLOCK;
    further[b + 1] = further[b] + (int32_t)parts - 1;
    for (int64_t part = 0; part < parts; part++)
      surround_part(p, &balls, part == 0 ? b : further[b] + part - 1, b * 84, last, part, parts, heaviest);
  }
  return balls;
}

/* Components of a call: few, so that states of several calls merge. */
static int64_t shard = TWEEDIE_SHARD;
static int together = 0; /* a device accumulates all shards in one call */

enum { TOP, SUM, CHOSEN, EVIDENCE, MEAN, SCORE, DIAGONAL, TIMES, DRAWN, OUTPUTS };
static const char *const outputs[] = {"top", "sum", "chosen", "evidence", "mean", "score", "diagonal", "times", "draw"};

/* Which rows need something of each call's components by what surveys of all of them say: no row needs what comes before
 * one that is far above, nor what is far below one that it needs. */
static uint8_t *plan(tweedie_cpu *cpu, struct problem *p, const tweedie_rows *rows, float *floors, void *scratch) {
  const int64_t B = p->at.rows, K = p->at.components, calls = (K + shard - 1) / shard;
  float *high = calloc((size_t)(calls * B), sizeof(float)), *low = calloc((size_t)(calls * B), sizeof(float));
  uint8_t *wanted = calloc((size_t)(calls * B), 1);
  p->prior.balls->floor = NULL;
  for (int closely = 0; closely < 2; closely++) {
    for (int64_t s = 0; s < calls; s++)
      tweedie_cpu_evaluate_survey(cpu, &p->prior, &p->level, s * shard, K < (s + 1) * shard ? K : (s + 1) * shard, rows,
                                  high + s * B, low + s * B, scratch);
    for (int64_t i = 0; i < calls * B && !closely; i++) floors[i % B] = fmaxf(floors[i % B], low[i]);
    p->prior.balls->floor = floors;
  }
  for (int64_t i = 0; i < B; i++) {
    float before = -INFINITY, floor = -INFINITY;
    int64_t begin = 0;
    for (int64_t s = 0; s < calls; s++) {
      if (before < low[s * B + i]) begin = s;
      before = fmaxf(before, high[s * B + i]);
    }
    for (int64_t s = begin; s < calls; s++) {
      wanted[s * B + i] = !(high[s * B + i] < floor);
      floor = fmaxf(floor, low[s * B + i]);
    }
  }
  free(high);
  free(low);
  return wanted;
}

static void *scratch_of(int64_t bytes) {
  void *scratch = aligned_alloc(64, ((size_t)bytes + 63) / 64 * 64);
  memset(scratch, 0xff, (size_t)bytes);
  return scratch;
}

static void evaluate(struct engine engine, struct problem *p, int drawing, struct output *out) {
  const int64_t B = p->at.rows, d = p->at.dim, K = p->at.components;
  const size_t bytes[OUTPUTS] = {(size_t)B * 8, (size_t)B * 4, (size_t)B * 8, (size_t)B * 4, (size_t)(B * d) * 4,
                                 (size_t)(B * d) * 4, (size_t)(B * d) * 4, (size_t)(B * d) * 4, (size_t)(B * d) * 4};
  for (int o = 0; o < OUTPUTS; o++) {
    out[o] = make_output(bytes[o]);
    memset(content(out[o]), 0, bytes[o]);
  }
  void *scratch =
      scratch_of(SCRATCH(engine, tweedie_cpu_evaluate_scratch(&p->prior), tweedie_cuda_evaluate_scratch(&p->prior, B)));
  double *top = content(out[TOP]);
  int64_t *chosen = content(out[CHOSEN]);
  float *acc = calloc((size_t)(B * (d + 1)), sizeof(float));
  for (int64_t i = 0; i < B; i++) top[i] = -FLT_MAX, chosen[i] = -1;
  tweedie_rows rows = {0, B, p->x, top, content(out[SUM]), drawing ? NULL : acc, content(out[DIAGONAL]),
                       drawing ? chosen : NULL, {42, 0, 7, 3, 9}};
  float *floors = malloc((size_t)B * sizeof(float));
  for (int64_t i = 0; i < B; i++) floors[i] = -INFINITY;
  uint8_t *wanted = p->prior.balls && shard < K ? plan(engine.cpu, p, &rows, floors, scratch) : NULL;
#define SHARDS(call) PARTS(shard, call)
#define PARTS(part, call) \
  for (int64_t first = 0; first < K; first += part) { \
    if (wanted) \
      p->prior.balls->wanted = wanted + first / shard * B - first / TWEEDIE_SHARD * B, \
      p->prior.balls->wanted_stride = B; \
    const int64_t last = K - first < part ? K : first + part; \
    call; \
  }
  const int64_t most = engine.cuda && together ? K : shard;
  PARTS(most, ON(engine, evaluate_accumulate, &p->prior, &p->level, first, last, &rows, scratch))
  if (drawing) {
    ON(engine, evaluate_finish, &p->prior, &p->level, &rows, content(out[EVIDENCE]), NULL, NULL);
    ON(engine, draw, &p->prior, &p->reverse, &rows, content(out[DRAWN]), scratch);
  } else {
    ON(engine, evaluate_finish, &p->prior, &p->level, &rows, content(out[EVIDENCE]), content(out[MEAN]),
       content(out[SCORE]));
    SHARDS(ON(engine, evaluate_diagonal, &p->prior, &p->level, first, last, &rows, scratch))
    rows.diagonal = content(out[TIMES]);
    SHARDS(ON(engine, covariance_times, &p->prior, &p->level, first, last, &rows, p->v, scratch))
  }
  free(wanted);
  free(floors);
  free(acc);
  free(scratch);
}

static int64_t pairs, skipped, pairs_of_balls, skipped_by_balls;
enum { FILTER = 1, BALLS = 2 };
#if defined(TWEEDIE_TEST_CUDA)
#define ALL_WAYS FILTER
#define CASES 40
#else
#define ALL_WAYS (FILTER | BALLS)
#define CASES 10000
#endif
/* The ways of a number. */
static int way(int64_t number) { return ALL_WAYS == FILTER ? FILTER : 1 + (int)(number % 3); }

/* `plain` computes without. */
static int check(const struct engine *plain, const struct engine *engine, struct problem *p, enum design how,
                 int64_t number, int always, int what) {
  const int vnni = tweedie_cpu_support(TWEEDIE_AVX512_VNNI) == TWEEDIE_USABLE && strcmp(engine->name, "avx512") == 0;
  int failures = 0;
  tweedie_filter filter = encode(p, how, vnni && number % 4 != 3 ? TWEEDIE_DOTS_VNNI : TWEEDIE_DOTS_PLAIN, always);
  filter.scratch = scratch_of(tweedie_cpu_filter_scratch(&p->prior));
  uint64_t counted[2] = {0, 0};
  filter.counted = counted;
  tweedie_balls balls = surround(p);
  balls.scratch = scratch_of(tweedie_cpu_balls_scratch(&p->prior));
  for (int drawing = 0; drawing < 2; drawing++) {
    struct output off[OUTPUTS], on[OUTPUTS];
    p->prior.filter = NULL;
    p->prior.balls = NULL;
    evaluate(*plain, p, drawing, off);
    p->prior.filter = what & FILTER ? &filter : NULL;
    p->prior.balls = what & BALLS ? &balls : NULL;
    evaluate(*engine, p, drawing, on);
    for (int o = 0; o < OUTPUTS; o++) {
      const float *w = content(off[o]), *f = content(on[o]);
      const char *problem = overrun(on[o]) ? "written out of bounds" : NULL;
      size_t i = 0;
      for (; problem == NULL && i < on[o].bytes / sizeof(float); i++)
        if (!same(w[i], f[i])) problem = "other bits";
      if (problem != NULL) {
        failures++;
        printf("%s, %s: %s: %s at %zu (%a, without %a): %s, rows %d, dim %d, components %d, alpha %g, sigma %g: case %lld\n",
               engine->name, what == FILTER ? "filter" : what == BALLS ? "balls" : "both", outputs[o], problem, i - 1, f[i ? i - 1 : 0], w[i ? i - 1 : 0], designs[how], (int)p->at.rows,
               (int)p->at.dim, (int)p->at.components, p->at.alpha, p->at.sigma, (long long)number);
      }
      free(off[o].memory);
      free(on[o].memory);
    }
  }
  pairs += filter.pairs + (int64_t)counted[0], skipped += filter.skipped + (int64_t)counted[1];
  pairs_of_balls += balls.pairs, skipped_by_balls += balls.skipped;
  free(filter.scratch);
  free(balls.scratch);
  return failures;
}

#if !defined(TWEEDIE_TEST_CUDA)
/* The plain tier costs as much as all others together: it has every eighth turn through the designs. */
static int turn(const struct engine *engines, int count, int64_t number) {
  const int64_t round = number / DESIGNS;
  if (count == 1 || strcmp(engines[0].name, "scalar") != 0) return (int)(round % count);
  return round % 8 == 0 ? 0 : 1 + (int)(round % (count - 1));
}
#endif

static int run(const struct engine *plain, const struct engine *engine, int64_t number) {
  static const int64_t rows[] = {1, 1, 2, 4, 5, 16, 17, 32, 33, 70}, sizes[] = {1, 2, 83, 84, 85, 168, 169, 300};
  random_state = 0x9e3779b97f4a7c15u * (uint64_t)(number + 1);
  const enum design how = (enum design)(number % DESIGNS);
  const int what = way(below(3));
  struct setting at = {.kind = TWEEDIE_ISOTROPIC, .alpha = log_uniform(1e-3, 1), .target_alpha = 0.9};
  at.rows = rows[below(10)], at.dim = 32 + below(uniform01() < 0.4 ? 300 : 40), at.components = sizes[below(8)];
  at.sigma = uniform01() < 0.5 ? log_uniform(1e-6, 1e3) : log_uniform(1e-2, 3), at.target_sigma = at.sigma / 2;
  if (uniform01() < 0.5) at.alpha = 1;
  if (how == FAR) at.away = uniform01() < 0.2 ? 1e20 : log_uniform(10, 1e6);
  if (how == CLIMBING) at.components = 84 * (1 + below(6));
  if (what == BALLS && uniform01() < 0.6) at.dim = 2 + below(30);
  if (how >= CLUSTERED) at.components = 85 + below(500);
  struct problem p = make_problem(at);
  if (uniform01() < 0.7) p.variance[0] = 0, set_level(&p);
  design(&p, how);
  shard = uniform01() < 0.5 ? TWEEDIE_SHARD : 84 * (1 + below(3));
  const int failures = check(plain, engine, &p, how, number, 1, what);
  guarded_release();
  return failures;
}

#if !defined(TWEEDIE_TEST_CUDA)
/* Whole shards and a part, with the choice by samples, at levels where much, some and nothing may be left out. */
static int run_shards(const struct engine *plain, const struct engine *engine) {
  int failures = 0;
  shard = TWEEDIE_SHARD;
  for (int i = 0; i < 6; i++) {
    struct setting at = {.kind = TWEEDIE_ISOTROPIC, .rows = i % 2 ? 33 : 3, .dim = 32, .alpha = 0.9, .target_alpha = 0.95};
    at.components = TWEEDIE_SHARD + (i % 3 == 0 ? 0 : i % 3 == 1 ? 1 : 85);
    at.sigma = i < 2 ? 0.05 : i < 4 ? 0.5 : 5, at.target_sigma = at.sigma / 2;
    struct problem p = make_problem(at);
    failures += check(plain, engine, &p, i < 2 ? CLUSTERED : RANDOM, i, i % 2, way(i));
    guarded_release();
  }
  return failures;
}

/* Points out of reach are not read: their pages may be missing, as those of a mapped file are until someone asks. */
static int leaves_unread(const struct engine *engine) {
  struct setting at = {.kind = TWEEDIE_ISOTROPIC, .rows = 5, .dim = 16, .alpha = 0.9, .sigma = 0.1, .target_alpha = 0.95,
                       .target_sigma = 0.05, .components = 3 * TWEEDIE_SHARD};
  struct problem p = make_problem(at);
  const size_t bytes = (size_t)(at.components * at.dim) * sizeof(float), page = (size_t)sysconf(_SC_PAGESIZE);
  float *means = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int64_t i = 0; i < at.components * at.dim; i++)
    means[i] = p.prior.means[i] + (i / at.dim < TWEEDIE_SHARD ? 0 : 100);
  for (int64_t i = 0; i < at.rows * at.dim; i++)
    p.x[i] = (float)at.alpha * (p.prior.centre[i % at.dim] + means[i]) + 0.01f;
  p.prior.means = means;
  for (int64_t k = 0; k < at.components; k++) p.weight[k] = 1;
  p.variance[0] = 0;
  set_level(&p);
  tweedie_balls balls = surround(&p);
  balls.scratch = scratch_of(tweedie_cpu_balls_scratch(&p.prior));
  const size_t begin = ((size_t)(TWEEDIE_SHARD * at.dim) * sizeof(float) + page - 1) / page * page;
  int failures = 0;
  shard = TWEEDIE_SHARD;
  for (int drawing = 0; drawing < 2; drawing++) {
    struct output off[OUTPUTS], on[OUTPUTS];
    p.prior.balls = NULL;
    evaluate(*engine, &p, drawing, off);
    p.prior.balls = &balls;
    mprotect((char *)means + begin, bytes - begin, PROT_NONE);
    evaluate(*engine, &p, drawing, on); /* a page that is read ends the test */
    mprotect((char *)means + begin, bytes - begin, PROT_READ | PROT_WRITE);
    for (int o = 0; o < OUTPUTS; o++) {
      if (memcmp(content(off[o]), content(on[o]), off[o].bytes) != 0)
        failures++, printf("%s: %s: other bits with most points out of reach\n", engine->name, outputs[o]);
      free(off[o].memory);
      free(on[o].memory);
    }
  }
  free(balls.scratch);
  munmap(means, bytes);
  guarded_release();
  return failures;
}
#endif

#if defined(TWEEDIE_TEST_CUDA)
/* A shard and a part of one, in one call; the rows' best points are in the part, or in the shard. */
static int run_shards(const struct engine *plain, const struct engine *engine) {
  int failures = 0;
  shard = TWEEDIE_SHARD;
  together = 1;
  for (int i = 0; i < 2; i++) {
    struct setting at = {.kind = TWEEDIE_ISOTROPIC,
                         .rows = 2,
                         .dim = 32,
                         .alpha = 0.9,
                         .sigma = 0.05,
                         .components = TWEEDIE_SHARD + 85,
                         .target_alpha = 0.95,
                         .target_sigma = 0.1};
    struct problem p = make_problem(at);
    const float *best = p.prior.means + (i == 0 ? TWEEDIE_SHARD + 9 : 100) * at.dim;
    for (int64_t j = 0; j < at.rows * at.dim; j++) p.x[j] = (float)(0.9 * (best[j] + p.prior.centre[j % at.dim]));
    failures += check(plain, engine, &p, RANDOM, i, 1, FILTER);
    guarded_release();
  }
  return failures;
}

/* An argument that is no number, as planted faults are given, is many small cases. */
int main(int argc, char **argv) {
  struct engine engines[MOST_ENGINES];
  const int count = open_engines(engines);
  const int64_t cases = argc > 1 && atoll(argv[1]) > 0 ? atoll(argv[1])
                        : argc > 1                     ? 30 * CASES
                                                       : CASES,
                first = argc > 2 ? atoll(argv[2]) : 0;
  int failures = 0;
  if (count == 0) return 77;
  for (int64_t i = first; i < first + cases && failures == 0; i++) failures += run(&engines[0], &engines[1], i);
  if (argc == 1) failures += run_shards(&engines[0], &engines[1]);
  printf("%lld of %lld pairs were left out\n", (long long)skipped, (long long)pairs);
  if (!(skipped > pairs / 10)) failures++, printf("the filter left out too little\n");
  close_engines(engines, count);
  return failures != 0;
}
#else
int main(int argc, char **argv) {
  struct engine engines[MOST_ENGINES];
  const int count = open_engines(engines);
  const int64_t cases = argc > 1 ? atoll(argv[1]) : CASES, first = argc > 2 ? atoll(argv[2]) : 0;
  int failures = 0;
  if (count == 0) return 77;
  for (int64_t i = first; i < first + cases && failures < 20; i++)
    failures += run(&engines[turn(engines, count, i)], &engines[turn(engines, count, i)], i);
  for (int e = 0; e < count && argc < 3; e++) failures += run_shards(&engines[e], &engines[e]);
  for (int e = 0; e < count && argc < 3; e++) failures += leaves_unread(&engines[e]);
  printf("%lld of %lld pairs were left out by the filter, %lld of %lld by balls\n", (long long)skipped, (long long)pairs,
         (long long)skipped_by_balls, (long long)pairs_of_balls);
  if (skipped == 0 || skipped_by_balls == 0) failures++, printf("the filter never left anything out\n");
  close_engines(engines, count);
  return failures != 0;
}
#endif
