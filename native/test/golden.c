/* The bits of every op of exact mode on fixed inputs, as digests that are kept in golden.txt: what ties processors of
 * one architecture to those of another, and one version to the next. Inputs are made by + - * / and sqrt alone, so that
 * they are the same everywhere. With an argument it prints what the scalar tier gives, for golden.txt. */
#include "blind.h"
#include "engine.h"

static int failures = 0, writing = 0;

#define FAIL(...) (failures++, printf(__VA_ARGS__), printf("\n"))

#define MOST_LINES 512
#define LINE 128
static char golden[MOST_LINES][LINE];
static int lines = 0, next = 0;

static const char *const ops[] = {
#define OP(name, parameters, arguments) #name,
#include "ops.def"
};
enum { OPS = sizeof ops / sizeof *ops };
static int seen[OPS];

static void read_golden(void) {
  FILE *file = fopen(TWEEDIE_TEST_FOLDER "/golden.txt", "r");
  if (file == NULL) {
    FAIL("no golden.txt");
    return;
  }
  while (lines < MOST_LINES && fgets(golden[lines], LINE, file)) {
    golden[lines][strcspn(golden[lines], "\n")] = 0;
    if (golden[lines][0] != '#') lines++;
  }
  fclose(file);
}

/* FNV-1a of 32-bit words, every NaN the same one: which one an operation makes is the processor's own. */
static uint64_t digest(const void *values, int64_t bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (int64_t i = 0; i < bytes / 4; i++) {
    uint32_t word;
    memcpy(&word, (const char *)values + 4 * i, 4);
    hash = (hash ^ word) * 0x100000001b3u;
  }
  return hash;
}

static void record(struct engine engine, const char *op, const char *what, const void *values, int64_t bytes) {
  char line[LINE];
  int known = 0;
  for (int i = 0; i < OPS; i++)
    if (strcmp(ops[i], op) == 0) seen[i] = known = 1;
  if (!known) FAIL("%s is no op", op);
  snprintf(line, sizeof line, "%s %s %016llx", op, what, (unsigned long long)digest(values, bytes));
  if (writing)
    printf("%s\n", line);
  else if (next >= lines || strcmp(line, golden[next]) != 0)
    FAIL("%s: found %s, golden.txt has %s", engine.name, line, next < lines ? golden[next] : "no more lines");
  next++;
}

static void record_floats(struct engine engine, const char *op, const char *what, float *values, int64_t n) {
  for (int64_t i = 0; i < n; i++)
    if (isnan(values[i])) values[i] = NAN;
  record(engine, op, what, values, n * 4);
}

static float *normals(int64_t n) {
  float *values = floats(n);
  for (int64_t i = 0; i < n; i++) values[i] = (float)normal01();
  return values;
}

static void noise(struct engine engine) {
  const tweedie_noise at = {0x0123456789abcdefu, 0xfffffff0u, 0xfffffffcu, 6, 7};
  const int64_t rows = 7, dim = 103;
  uint32_t *bits = guarded(rows * dim * 4);
  float *out = floats(rows * dim);
  ON(engine, bits, &at, rows, dim, bits);
  record(engine, "bits", "7x103", bits, rows * dim * 4);
  ON(engine, uniform, &at, rows, dim, out);
  record_floats(engine, "uniform", "7x103", out, rows * dim);
  ON(engine, normal, &at, rows, dim, out);
  record_floats(engine, "normal", "7x103", out, rows * dim);
  guarded_release();
}

/* Every 16,381st float there is, of both signs, with infinities and NaN. */
static void functions(struct engine engine) {
  const int64_t n = 0x100000000 / 16381;
  float *x = floats(n), *out = floats(n), *other = floats(n);
  for (int64_t i = 0; i < n; i++) {
    const uint32_t word = (uint32_t)(i * 16381);
    memcpy(&x[i], &word, 4);
  }
  ON(engine, apply_exp, n, x, out);
  record_floats(engine, "apply_exp", "floats", out, n);
  ON(engine, apply_log, n, x, out);
  record_floats(engine, "apply_log", "floats", out, n);
  ON(engine, apply_sincospi, n, x, out, other);
  record_floats(engine, "apply_sincospi", "floats-sin", out, n);
  record_floats(engine, "apply_sincospi", "floats-cos", other, n);
  guarded_release();
}

static void steps(struct engine engine) {
  const int64_t rows = 7, dim = 103;
  const tweedie_noise at = {42, 3, 5, 6, 7};
  tweedie_coefficients *k = guarded((size_t)rows * sizeof *k);
  random_state = 11;
  float *x = normals(rows * dim), *denoised = normals(rows * dim), *previous = normals(rows * dim);
  for (int64_t i = 0; i < rows; i++)
    k[i] = (tweedie_coefficients){(float)normal01(), (float)normal01(), (float)normal01(), (float)normal01()};
  float *out = floats(rows * dim), *squares = floats(rows);
  ON(engine, step, rows, dim, k, 0, x, denoised, NULL, NULL, out);
  record_floats(engine, "step", "7x103", out, rows * dim);
  ON(engine, step, rows, dim, k, 1, x, denoised, previous, &at, out);
  record_floats(engine, "step", "7x103-rows", out, rows * dim);
  ON(engine, residual, rows, dim, x, denoised, squares);
  record_floats(engine, "residual", "7x103", squares, rows);
  guarded_release();
}

static void product(struct engine engine) {
  const int64_t m = 29, n = 273, k = 513;
  random_state = 12;
  float *a = normals(m * k), *b = normals(k * n), *c = floats(m * n);
  ON(engine, gemm, m, n, k, a, b, c, guarded((size_t)tweedie_cpu_gemm_scratch(k)));
  record_floats(engine, "gemm", "29x273x513", c, m * n);
  guarded_release();
}

static const char *const kinds[] = {"isotropic", "diagonal", "low-rank", "full"};
static const char *const forms[] = {"means", "remainders", "scores"};

static tweedie_rows empty(const struct problem *p, int64_t sums, int64_t width) {
  const int64_t B = p->at.rows;
  tweedie_rows rows = {.rows = B, .x = p->x, .top = doubles(B), .sum = floats(B * sums), .acc = floats(B * width),
                       .diagonal = floats(B * p->at.dim), .chosen = guarded((size_t)B * sizeof(int64_t)),
                       .noise = {42, 1, 7, 3, 9}};
  for (int64_t i = 0; i < B; i++) rows.top[i] = -INFINITY, rows.chosen[i] = -1;
  return rows;
}

static void record_state(struct engine engine, const char *op, const char *what, const tweedie_rows *rows, int64_t sums,
                         int64_t width, int chosen) {
  char name[64];
  snprintf(name, sizeof name, "%s-top", what);
  record(engine, op, name, rows->top, rows->rows * 8);
  snprintf(name, sizeof name, "%s-sum", what);
  record_floats(engine, op, name, rows->sum, rows->rows * sums);
  snprintf(name, sizeof name, "%s-acc", what);
  record_floats(engine, op, name, rows->acc, rows->rows * width);
  snprintf(name, sizeof name, "%s-chosen", what);
  if (chosen) record(engine, op, name, rows->chosen, rows->rows * 8);
}

static char *scratch_of(int64_t bytes) {
  char *scratch = guarded((size_t)(bytes + 255) / 256 * 256);
  memset(scratch, 0xff, (size_t)bytes);
  return scratch;
}

static void score(struct engine engine, struct setting at, int form) {
  struct problem p = make_problem(at);
  const int64_t B = at.rows, d = at.dim, K = at.components, width = tweedie_width(at.kind, d);
  /* the columns stay those of means: bits need no meaning */
  p.level.form = form;
  char what[48], name[64];
  snprintf(what, sizeof what, "%s-%dx%dx%d-%g-%s%s", kinds[at.kind], (int)B, (int)d, (int)K, at.sigma, forms[form],
           at.stride ? "" : "-shared");
  char *scratch = scratch_of(SCRATCH(engine, tweedie_cpu_evaluate_scratch(&p.prior),
                                     tweedie_cuda_evaluate_scratch(&p.prior, B)));
  tweedie_rows rows = empty(&p, 1, width);
  for (int64_t first = 0; first < K; first += TWEEDIE_SHARD) {
    const int64_t last = K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD;
    tweedie_rows one = empty(&p, 1, width);
    ON(engine, evaluate_accumulate, &p.prior, &p.level, first, last, &one, scratch);
    record_state(engine, "evaluate_accumulate", what, &one, 1, width, 1);
    ON(engine, evaluate_merge, &p.prior, (uint32_t)(first / TWEEDIE_SHARD), &rows, &one);
    record_state(engine, "evaluate_merge", what, &rows, 1, width, 1);
  }
  float *evidence = floats(B), *mean = floats(B * d), *scores = floats(B * d), *rho = floats(B * K), *out = floats(B * d);
  ON(engine, evaluate_finish, &p.prior, &p.level, &rows, evidence, mean, scores);
  snprintf(name, sizeof name, "%s-evidence", what);
  record_floats(engine, "evaluate_finish", name, evidence, B);
  snprintf(name, sizeof name, "%s-mean", what);
  record_floats(engine, "evaluate_finish", name, mean, B * d);
  snprintf(name, sizeof name, "%s-score", what);
  record_floats(engine, "evaluate_finish", name, scores, B * d);
  for (int second = 0; second < 3; second++) {
    static const char *const names[] = {"evaluate_responsibilities", "evaluate_diagonal", "covariance_times"};
    memset(rows.diagonal, 0, sizeof(float) * (size_t)(B * d));
    for (int64_t first = 0; first < K; first += TWEEDIE_SHARD) {
      const int64_t last = K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD;
      if (second == 0) ON(engine, evaluate_responsibilities, &p.prior, &p.level, first, last, &rows, rho, scratch);
      if (second == 1) ON(engine, evaluate_diagonal, &p.prior, &p.level, first, last, &rows, scratch);
      if (second == 2) ON(engine, covariance_times, &p.prior, &p.level, first, last, &rows, p.v, scratch);
    }
    record_floats(engine, names[second], what, second == 0 ? rho : rows.diagonal, second == 0 ? B * K : B * d);
  }
  ON(engine, draw, &p.prior, &p.reverse, &rows, out, scratch);
  record_floats(engine, "draw", what, out, B * d);
  guarded_release();
}

static void blind(struct engine engine, struct setting at, int64_t levels) {
  struct problem p = make_problem(at);
  const tweedie_blind grid = make_blind(&p, levels);
  const int64_t B = at.rows, d = at.dim, K = at.components, width = tweedie_blind_width(at.kind, d);
  char what[48], name[64];
  snprintf(what, sizeof what, "%s-%dx%dx%d-%d", kinds[at.kind], (int)B, (int)d, (int)K, (int)levels);
  char *scratch = scratch_of(SCRATCH(engine, tweedie_cpu_blind_scratch(&p.prior, levels),
                                     tweedie_cuda_blind_scratch(&p.prior, levels, B)));
  tweedie_rows rows = empty(&p, levels, width), one = empty(&p, levels, width);
  ON(engine, blind_accumulate, &p.prior, &grid, 0, K, &one, scratch);
  record_state(engine, "blind_accumulate", what, &one, levels, width, 0);
  ON(engine, blind_merge, &p.prior, &grid, &rows, &one);
  record_state(engine, "blind_merge", what, &rows, levels, width, 0);
  float *mean = floats(B * d), *masses = floats(B * levels), *evidence = floats(B);
  ON(engine, blind_finish, &p.prior, &grid, &rows, mean, masses, evidence);
  snprintf(name, sizeof name, "%s-mean", what);
  record_floats(engine, "blind_finish", name, mean, B * d);
  snprintf(name, sizeof name, "%s-levels", what);
  record_floats(engine, "blind_finish", name, masses, B * levels);
  snprintf(name, sizeof name, "%s-evidence", what);
  record_floats(engine, "blind_finish", name, evidence, B);
  guarded_release();
}

static struct setting setting(int32_t kind, int64_t rows, int64_t dim, int64_t components, int64_t stride, double sigma) {
  const int64_t rank = kind == TWEEDIE_LOW_RANK ? 3 : 0;
  return (struct setting){kind, rows, dim, components, rank, stride, 0.8, sigma, 0.9, 0.5 * sigma, 0, TWEEDIE_MEANS};
}

/* 35 rows are two tiles and a part, 19 dimensions a vector and a part, 169 components two blocks and one. At sigma 1e-3
 * logits are evaluated again in float64. */
static void all(struct engine engine) {
  next = 0;
  noise(engine);
  functions(engine);
  steps(engine);
  product(engine);
  for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_FULL; kind++) {
    for (int form = TWEEDIE_MEANS; form <= TWEEDIE_SCORES; form++) score(engine, setting(kind, 35, 19, 169, 1, 1.0), form);
    score(engine, setting(kind, 35, 19, 169, 1, 1e-3), TWEEDIE_MEANS);
    blind(engine, setting(kind, 35, 19, 169, 1, 0.5), 13);
  }
  score(engine, setting(TWEEDIE_ISOTROPIC, 35, 300, 170, 0, 0.05), TWEEDIE_MEANS);
  score(engine, setting(TWEEDIE_ISOTROPIC, 9, 3, TWEEDIE_SHARD + 85, 1, 0.5), TWEEDIE_MEANS);
  blind(engine, setting(TWEEDIE_ISOTROPIC, 9, 300, 85, 1, 0.5), 5);
}

int main(int argc, char **argv) {
  (void)argv;
  struct engine engines[MOST_ENGINES];
  const int count = open_engines(engines);
  if (count == 0) return 77;
  writing = argc > 1;
  if (!writing) read_golden();
  for (int e = 0; e < (writing ? 1 : count); e++) {
    all(engines[e]);
    if (!writing && next < lines) FAIL("%s: golden.txt has %d lines too many", engines[e].name, lines - next);
  }
  for (int i = 0; i < OPS; i++)
    if (!seen[i]) FAIL("%s has no digest: add it to golden.c", ops[i]);
  close_engines(engines, count);
  return failures != 0;
}
