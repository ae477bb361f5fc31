/* The grid of every launch, for awkward sizes up to more rows than an int counts: nothing is run, so arrays may have any
 * size. A grid that a device refuses, a product of sizes that overflowed, and a part left out show here. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tweedie.h"

void emulated_watch(void (*watcher)(unsigned x, unsigned y, unsigned threads, size_t shared));

static int failures = 0;
static tweedie_cuda *cuda;
static const char *what = "";
static int64_t sizes[3];

#define FAIL(...) (failures++, where(), printf(__VA_ARGS__), printf("\n"))
static void where(void) {
  printf("%s %lld x %lld x %lld: ", what, (long long)sizes[0], (long long)sizes[1], (long long)sizes[2]);
}

enum { KEPT = 8 };
static struct {
  int64_t launches, blocks, threads; /* threads of the last, blocks of all */
  int64_t bulk, tiles; /* products by bulk copies, and their blocks */
  int64_t shared; /* bytes that its last one asked for */
  int64_t most;                      /* blocks of the largest */
  int64_t list[KEPT];                /* blocks of the last ones, in turn */
} seen;
static int multiprocessors = 2; /* of the emulated device */

static void watch(unsigned x, unsigned y, unsigned threads, size_t shared) {
  /* of a product by bulk copies, one block where others are two */
  const int64_t blocks = (int64_t)x * y, halves = threads == 288 ? 2 * blocks : blocks;
  seen.list[seen.launches % KEPT] = halves;
  seen.launches++, seen.blocks += blocks, seen.threads = threads;
  seen.bulk += threads == 288, seen.tiles += threads == 288 ? blocks : 0;
  seen.shared = threads == 288 ? (int64_t)shared : seen.shared;
  if (seen.most < halves) seen.most = halves;
  if (x < 1 || x > INT_MAX || y < 1 || y > 65535) FAIL("a grid of %u x %u", x, y);
  if (threads < 32 || threads > 1024 || threads % 32 != 0) FAIL("a block of %u threads", threads);
}

/* What is done with an array is never looked at. */
#define ARRAY ((void *)0x100000)

static void start(const char *name, int64_t a, int64_t b, int64_t c) {
  what = name, sizes[0] = a, sizes[1] = b, sizes[2] = c;
  memset(&seen, 0, sizeof seen);
}
static void expect(int32_t status, int32_t wanted) {
  if (status != wanted) FAIL("status %d: %s", (int)status, tweedie_cuda_message(cuda));
}

/* A thread for an item, or as many as the device keeps busy: one launch, none where there is nothing. */
static void expect_strided(int64_t items) {
  if (seen.launches != (items > 0)) FAIL("%lld launches", (long long)seen.launches);
  if (items <= 0) return;
  const int64_t most = 8 * multiprocessors; /* what the device holds, of 256 threads each */
  if (seen.blocks > most) FAIL("%lld blocks", (long long)seen.blocks);
  if (seen.blocks < most && seen.blocks * seen.threads < items) FAIL("%lld threads left out", (long long)items);
  if ((seen.blocks - 1) * seen.threads >= items) FAIL("idle blocks");
}

static const int64_t many[] = {0, 1, 31, 32, 33, 255, 257, (1 << 20) + 1, INT64_C(0x7fffffff), INT64_C(0x80000005)};
static const int64_t dims[] = {1, 2, 3, 4, 5, 31, 33, 784, 4096};
#define EACH(array, i) for (size_t i = 0; i < sizeof array / sizeof *array; i++)

static void test_elements(void) {
  const tweedie_noise at = {1, 2, 3, 4, 5};
  EACH(many, i) {
    const int64_t n = many[i];
    start("exp", n, 1, 1), expect(tweedie_cuda_apply_exp(cuda, n, ARRAY, ARRAY), 0), expect_strided(n);
    start("log", n, 1, 1), expect(tweedie_cuda_apply_log(cuda, n, ARRAY, ARRAY), 0), expect_strided(n);
    start("sincospi", n, 1, 1), expect(tweedie_cuda_apply_sincospi(cuda, n, ARRAY, ARRAY, ARRAY), 0), expect_strided(n);
    EACH(dims, j) {
      const int64_t d = dims[j], quads = n * ((d + 3) / 4);
      start("bits", n, d, 1), expect(tweedie_cuda_bits(cuda, &at, n, d, ARRAY), 0), expect_strided(quads);
      start("uniform", n, d, 1), expect(tweedie_cuda_uniform(cuda, &at, n, d, ARRAY), 0), expect_strided(quads);
      start("normal", n, d, 1), expect(tweedie_cuda_normal(cuda, &at, n, d, ARRAY), 0), expect_strided(quads);
      start("step", n, d, 1);
      expect(tweedie_cuda_step(cuda, n, d, ARRAY, 1, ARRAY, NULL, NULL, &at, ARRAY), 0), expect_strided(quads);
      start("residual", n, d, 1);
      expect(tweedie_cuda_residual(cuda, n, d, ARRAY, ARRAY, ARRAY), 0), expect_strided(16 * n);
    }
  }
}

static void test_gemm(void) {
  EACH(many, i) {
    EACH(dims, j) {
      const int64_t m = many[i], n = dims[j];
      start("gemm", m, n, 7);
      expect(tweedie_cuda_gemm(cuda, m, n, 7, ARRAY, ARRAY, ARRAY, NULL), 0);
      /* tiles of one size: all of C, and no tile more */
      int whole = 0;
      for (int64_t edge = 32; edge <= 128; edge *= 2)
        whole |= seen.blocks == ((m + edge - 1) / edge) * ((n + edge - 1) / edge) && seen.threads == (edge == 128 ? 256 : 64);
      /* more rows than an int counts go in two launches */
      if (m > 0 && m < INT_MAX && !whole) FAIL("%lld tiles", (long long)seen.blocks);
    }
  }
  start("gemm", 1, INT_MAX, 1);
  expect(tweedie_cuda_gemm(cuda, 1, INT_MAX, 1, ARRAY, ARRAY, ARRAY, NULL), TWEEDIE_BAD_ARGUMENT);
}

static tweedie_rows rows_of(int64_t n) {
  const tweedie_noise at = {1, 2, 3, 4, 5};
  return (tweedie_rows){7, n, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY, at};
}

/* A score pass takes rows in groups, so only the calls that give rows a block each have a largest number. */
static void test_rows(const tweedie_prior *prior, const tweedie_level *level, const tweedie_blind *blind, int64_t n) {
  const tweedie_rows rows = rows_of(n);
  const int32_t one_each = n > INT_MAX ? TWEEDIE_BAD_ARGUMENT : TWEEDIE_OK;
  start("evaluate_reset", n, prior->dim, 1), expect(tweedie_cuda_evaluate_reset(cuda, prior, &rows), 0), expect_strided(n);
  start("evaluate_merge", n, prior->dim, 1), expect(tweedie_cuda_evaluate_merge(cuda, prior, 3, &rows, &rows), one_each);
  if (one_each == TWEEDIE_OK && seen.blocks != n) FAIL("%lld blocks", (long long)seen.blocks);
  start("evaluate_finish", n, prior->dim, 1);
  expect(tweedie_cuda_evaluate_finish(cuda, prior, level, &rows, NULL, ARRAY, ARRAY), 0), expect_strided(n * prior->dim);
  start("evidence", n, prior->dim, 1);
  tweedie_rows alone = rows;
  alone.acc = NULL;
  expect(tweedie_cuda_evaluate_finish(cuda, prior, level, &alone, ARRAY, NULL, NULL), 0), expect_strided(n);
  start("blind_reset", n, prior->dim, 1);
  expect(tweedie_cuda_blind_reset(cuda, prior, blind, &rows), 0), expect_strided(n);
  start("blind_merge", n, prior->dim, 1), expect(tweedie_cuda_blind_merge(cuda, prior, blind, &rows, &rows), one_each);
  start("blind_finish", n, prior->dim, 1);
  expect(tweedie_cuda_blind_finish(cuda, prior, blind, &rows, ARRAY, ARRAY, ARRAY), one_each);
  if (one_each == TWEEDIE_OK && seen.blocks != n) FAIL("%lld blocks", (long long)seen.blocks);
}

static void test_passes(const tweedie_prior *prior, const tweedie_level *level, const tweedie_blind *blind, int64_t n) {
  const tweedie_rows rows = rows_of(n);
  const tweedie_reverse reverse = {1, 1, ARRAY, ARRAY, ARRAY, ARRAY, ARRAY, 1};
  const int64_t K = prior->components, bytes = tweedie_cuda_evaluate_scratch(prior, n);
  start("scratch", n, prior->dim, K);
  if (bytes <= 0 || bytes > tweedie_cuda_evaluate_scratch(prior, INT64_MAX)) FAIL("%lld bytes", (long long)bytes);
  if (bytes % 64 != 0) FAIL("%lld bytes are cut badly", (long long)bytes);
  start("evaluate_accumulate", n, prior->dim, K);
  expect(tweedie_cuda_evaluate_accumulate(cuda, prior, level, 0, K, &rows, ARRAY), 0);
  if ((seen.launches > 0) != (n > 0)) FAIL("%lld launches", (long long)seen.launches);
  start("evaluate_responsibilities", n, prior->dim, K);
  expect(tweedie_cuda_evaluate_responsibilities(cuda, prior, level, 0, K, &rows, ARRAY, ARRAY), 0);
  start("evaluate_diagonal", n, prior->dim, K);
  expect(tweedie_cuda_evaluate_diagonal(cuda, prior, level, 0, K, &rows, ARRAY), 0);
  start("covariance_times", n, prior->dim, K);
  expect(tweedie_cuda_covariance_times(cuda, prior, level, 0, K, &rows, ARRAY, ARRAY), 0);
  start("draw", n, prior->dim, K), expect(tweedie_cuda_draw(cuda, prior, &reverse, &rows, ARRAY, ARRAY), 0);
  if (seen.blocks != n) FAIL("%lld blocks", (long long)seen.blocks);
  start("blind_accumulate", n, prior->dim, K);
  expect(tweedie_cuda_blind_accumulate(cuda, prior, blind, 0, K, &rows, ARRAY), 0);
}

/* The bench's workloads on a device of 132 multiprocessors: what has most of the work fills it, and launches are few: not
 * more where there are more components. The last launch but `after` are the sums over components. */
enum { DEVICE = 132, FULL = 2 * DEVICE };
enum {
  PLAIN,
  BULK /* products large enough for bulk copies, which lie so */,
  FUSED /* one kernel, and what turns components */
};
static const struct workload {
  const char *name;
  int32_t kind, rank;
  int64_t rows, dim, components;
  int64_t after, launches;
  int way; /* on sm_90 */
} workloads[] = {
    {"data set", TWEEDIE_ISOTROPIC, 0, 8192, 784, 60000, 1, 26, BULK},
    {"data set, few rows", TWEEDIE_ISOTROPIC, 0, 64, 784, 60000, 1, 14, PLAIN},
    {"data set, draws", TWEEDIE_ISOTROPIC, 0, 8192, 784, 9000, 1, 14, BULK},
    {"isotropic", TWEEDIE_ISOTROPIC, 0, 65536, 16, 1000, 0, 12, BULK},
    {"isotropic, fewer components", TWEEDIE_ISOTROPIC, 0, 65536, 16, 250, 0, 2, FUSED},
    {"diagonal", TWEEDIE_DIAGONAL, 0, 1000000, 64, 128, 0, 3, FUSED},
    {"diagonal, few rows", TWEEDIE_DIAGONAL, 0, 8384, 64, 128, 0, 15, PLAIN},
    {"diagonal, more components", TWEEDIE_DIAGONAL, 0, 200000, 64, 512, 0, 28, BULK},
    {"low rank", TWEEDIE_LOW_RANK, 16, 16384, 64, 128, 1, 32, PLAIN},
    {"full", TWEEDIE_FULL, 64, 16384, 64, 128, 1, 18, PLAIN},
    {"full, fewer rows", TWEEDIE_FULL, 64, 4096, 64, 32, 1, 18, PLAIN},
    {"few components", TWEEDIE_ISOTROPIC, 0, 1000000, 2, 8, 0, 2, FUSED},
    {"many dimensions", TWEEDIE_ISOTROPIC, 0, 512, 196608, 100, 0, 60, PLAIN},
};

static void check_filled(const struct workload *w, int64_t after) {
  const int64_t sums = seen.list[(seen.launches - 1 - after) % KEPT];
  if (seen.most < FULL) FAIL("%lld blocks in the largest launch", (long long)seen.most);
  if (sums < FULL / 2 || (w->rows > 4096 && sums < FULL)) FAIL("sums of %lld blocks", (long long)sums);
}

/* Of what a device does while it sums a data set, what lies inside of C: tiles that hang over the edge, and the last blocks,
 * which leave places empty, are lost. Tiles of 128 x 128 of one shard at a time had 74 %, 256 x 128 of four 85 %. */
static void check_waves(int64_t rows, int64_t dim, int64_t sums) {
  const int64_t large = (rows + 127) / 128 * ((dim + 127) / 128), edge = sums % large == 0 ? 128 : 64;
  /* four stages of twelve lines of A and B */
  const int64_t tall = seen.bulk ? 256 : edge, wide = seen.bulk ? seen.shared / (4 * 12 * 4) - tall : edge;
  const int64_t blocks = seen.bulk ? sums / 2 : sums, resident = seen.bulk ? 1 : edge == 128 ? 2 : 6;
  const int64_t down = (rows + tall - 1) / tall, across = (dim + wide - 1) / wide, shards = blocks / (down * across);
  const int64_t places = DEVICE * resident, waves = (blocks + places - 1) / places;
  const double share = (double)(rows * dim * shards) / (double)(waves * places * tall * wide);
  printf("%lld x %lld tiles: %.1f %% of the waves lie inside\n", (long long)tall, (long long)wide, 100 * share);
  if (!(share >= (seen.bulk ? 0.96 : 0.87))) FAIL("too few");
}

static void test_workloads(int newer) {
  EACH(workloads, i) {
    const struct workload *w = &workloads[i];
    const int64_t n = w->rows, d = w->dim, K = w->components;
    const tweedie_prior prior = {.kind = w->kind, .rank = w->rank, .components = K, .dim = d, .centre = ARRAY,
                                 .means = ARRAY, .basis = ARRAY};
    const tweedie_level level = {.alpha = 1, .sigma = 1, .stride = 1, .constant_stride = 1, .pull = ARRAY};
    tweedie_rows rows = rows_of(n);
    rows.chosen = NULL;
    start(w->name, n, d, K);
    expect(tweedie_cuda_evaluate_accumulate(cuda, &prior, &level, 0, K, &rows, ARRAY), 0);
    check_filled(w, w->after);
    if (i == 0) check_waves(n, d, seen.list[(seen.launches - 1 - w->after) % KEPT]);
    const int way = seen.bulk ? BULK : seen.launches <= 3 ? FUSED : PLAIN;
    if (newer ? way != w->way : way == BULK) FAIL("the way is %d", way);
    if (way == w->way && seen.launches > w->launches) FAIL("%lld launches", (long long)seen.launches);
    const int64_t bytes = tweedie_cuda_evaluate_scratch(&prior, INT64_MAX);
    if (bytes > INT64_C(2) << 30) FAIL("%lld bytes of scratch", (long long)bytes);
  }
  static const struct workload blinds[] = {
      {"blind data set", TWEEDIE_ISOTROPIC, 0, 4096, 784, TWEEDIE_SHARD, 0, 16, PLAIN},
      {"blind diagonal", TWEEDIE_DIAGONAL, 0, 16384, 64, 256, 5, 90, PLAIN},
      {"blind full", TWEEDIE_FULL, 64, 4096, 64, 128, 5, 24, PLAIN},
  };
  EACH(blinds, i) {
    const struct workload *w = &blinds[i];
    const tweedie_prior prior = {.kind = w->kind, .rank = w->rank, .components = w->components, .dim = w->dim,
                                 .centre = ARRAY, .means = ARRAY, .basis = ARRAY};
    const tweedie_blind blind = {.levels = 40, .stride = 1, .bias_stride = 1};
    const tweedie_rows rows = rows_of(w->rows);
    start(w->name, w->rows, w->dim, w->components);
    expect(tweedie_cuda_blind_accumulate(cuda, &prior, &blind, 0, w->components, &rows, ARRAY), 0);
    check_filled(w, w->after);
    if (seen.launches > w->launches) FAIL("%lld launches", (long long)seen.launches);
    const int64_t bytes = tweedie_cuda_blind_scratch(&prior, 40, INT64_MAX);
    if (bytes > INT64_C(2) << 30) FAIL("%lld bytes of scratch", (long long)bytes);
  }
}

/* With a filter: launches are those of all components, whatever is left, and a recording holds for any rows. */
static void test_filter(void) {
  tweedie_filter filter = {.codes = ARRAY,
                           .stride = 832,
                           .order = ARRAY,
                           .scale = ARRAY,
                           .norm = ARRAY,
                           .slack = ARRAY,
                           .largest = 1,
                           .counted = ARRAY};
  const tweedie_prior prior = {
      .kind = TWEEDIE_ISOTROPIC, .components = 60000, .dim = 784, .centre = ARRAY, .means = ARRAY, .filter = &filter};
  const tweedie_level level = {.alpha = 1, .sigma = 1, .pull = ARRAY};
  EACH(many, i) {
    if (many[i] > (1 << 20) + 1) continue;
    tweedie_rows rows = rows_of(many[i]);
    rows.chosen = NULL;
    start("filtered data set", many[i], prior.dim, prior.components);
    expect(tweedie_cuda_evaluate_accumulate(cuda, &prior, &level, 0, prior.components, &rows, ARRAY), 0);
    expect(tweedie_cuda_evaluate_diagonal(cuda, &prior, &level, 0, TWEEDIE_SHARD, &rows, ARRAY), 0);
  }
  tweedie_rows rows = rows_of(8192);
  rows.chosen = NULL;
  start("filtered data set", 8192, prior.dim, prior.components);
  expect(tweedie_cuda_evaluate_accumulate(cuda, &prior, &level, 0, prior.components, &rows, ARRAY), 0);
  if (seen.launches > 34) FAIL("%lld launches", (long long)seen.launches);
  const int64_t bytes = tweedie_cuda_evaluate_scratch(&prior, INT64_MAX);
  if (bytes > INT64_C(2) << 30) FAIL("%lld bytes of scratch", (long long)bytes);
}

/* A shard of a data set in fast mode by tensor cores: both products fill the device, and the launches are those of a group. */
static void test_tensor_cores(void) {
  const tweedie_prior prior = {
      .kind = TWEEDIE_ISOTROPIC, .components = 60000, .dim = 784, .centre = ARRAY, .means = ARRAY};
  const tweedie_level level = {.alpha = 1, .sigma = 1, .pull = ARRAY};
  const tweedie_bytes bytes = {.unit = 1};
  const tweedie_rows rows = rows_of(8192);
  for (int of_bytes = 0; of_bytes < 2; of_bytes++) {
    start(of_bytes ? "shard of bytes" : "shard of three parts", rows.rows, prior.dim, TWEEDIE_SHARD);
    expect(of_bytes ? tweedie_cuda_bytes_accumulate(cuda, &prior, &bytes, &level, 0, TWEEDIE_SHARD, &rows, ARRAY)
                    : tweedie_cuda_fast_evaluate_accumulate(cuda, TWEEDIE_BF16X3, &prior, &level, 0, TWEEDIE_SHARD,
                                                            &rows, ARRAY),
           0);
    const int64_t logits = 64 * 63, sums = 64 * 7; /* tiles of 128 x 128 */
    if (seen.bulk != 2 || seen.tiles != logits + sums || seen.list[(seen.launches - 1) % KEPT] != 2 * sums)
      FAIL("%lld products, of %lld blocks", (long long)seen.bulk, (long long)seen.tiles);
    if (seen.launches > 17 + of_bytes) FAIL("%lld launches", (long long)seen.launches);
  }
}

int main(void) {
  static const int64_t components[] = {1, 85, TWEEDIE_SHARD};
  if (tweedie_cuda_open(0, &cuda) != TWEEDIE_OK) return 1;
  emulated_watch(watch);
  test_elements();
  test_gemm();
  tweedie_cuda_close(cuda);
  emulated_watch(NULL);
  setenv("CUDA_HOST_MULTIPROCESSORS", "132", 1);
  multiprocessors = DEVICE;
  setenv("CUDA_HOST_CAPABILITY", "80", 1);
  if (tweedie_cuda_open(0, &cuda) != TWEEDIE_OK) return 1;
  emulated_watch(watch);
  test_workloads(0);
  tweedie_cuda_close(cuda);
  emulated_watch(NULL);
  unsetenv("CUDA_HOST_CAPABILITY");
  if (tweedie_cuda_open(0, &cuda) != TWEEDIE_OK) return 1;
  emulated_watch(watch);
  test_gemm();
  test_workloads(1);
  test_filter();
  test_tensor_cores();
  for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_FULL; kind++) {
    const int basis = kind == TWEEDIE_LOW_RANK || kind == TWEEDIE_FULL;
    EACH(dims, j) {
      EACH(components, k) {
        const int64_t d = dims[j], K = components[k];
        const int32_t rank = kind == TWEEDIE_FULL ? (int32_t)d : kind == TWEEDIE_LOW_RANK ? (int32_t)(1 + d / 2) : 0;
        const tweedie_prior prior = {kind, rank, K, d, ARRAY, ARRAY, ARRAY, NULL, NULL, NULL, NULL};
        const tweedie_level level = {.alpha = 1, .sigma = 1, .stride = 1, .constant_stride = 1};
        const tweedie_blind blind = {.levels = 17, .stride = 1, .bias_stride = 1};
        EACH(many, i) {
          test_rows(&prior, &level, &blind, many[i]);
          /* where every component is a launch of its own, millions of rows only with few of them */
          if (many[i] <= 257 ? !basis || K <= 85 || d == 33 : many[i] <= (1 << 20) + 1 && (!basis || K == 1))
            test_passes(&prior, &level, &blind, many[i]);
        }
      }
    }
  }
  emulated_watch(NULL);
  tweedie_cuda_close(cuda);
  return failures != 0;
}
