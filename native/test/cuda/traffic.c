/* What kernels move between registers and memory, counted: the kernels are compiled as for a race detector, whose calls
 * before every load and store come here instead. A warp's loads at one place count as the sectors of 32 bytes that they
 * touch, as a device counts them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "codes.h"

static int failures = 0;

#define FAIL(...) (failures++, printf(__VA_ARGS__), printf("\n"))

/* ---- counting ---- */

struct triple {
  unsigned x, y, z;
};
extern struct triple threadIdx, blockIdx; /* of emulation/runtime.h */

enum { SECTOR = 32, SLOTS = 1 << 22 };
static uint64_t set[SLOTS];
static uint32_t times[SLOTS]; /* that a key came again */
static int64_t used;
static struct {
  char *from, *to; /* what is watched */
  int64_t bytes, sectors;
} seen;

static uint64_t mixed(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
  return hash ^ hash >> 32;
}
static uint32_t come(uint64_t key) {
  uint64_t at = mixed(key, 1) % SLOTS;
  key |= 1;
  while (set[at] != 0 && set[at] != key) at = (at + 1) % SLOTS;
  if (set[at] == 0 && ++used > SLOTS / 2) abort();
  set[at] = key;
  return times[at]++;
}

static void note(char *at, int64_t bytes, uint64_t place) {
  if (at < seen.from || at >= seen.to) return;
  seen.bytes += bytes;
  const uint64_t block = mixed(mixed(place, blockIdx.x), blockIdx.y);
  const uint64_t turn = come(mixed(mixed(block, threadIdx.x), 2)); /* of this thread at this place */
  const uint64_t access = mixed(mixed(block, threadIdx.x / 32), turn + 3);
  for (uintptr_t sector = (uintptr_t)at / SECTOR; sector <= ((uintptr_t)at + (uintptr_t)bytes - 1) / SECTOR; sector++)
    seen.sectors += come(mixed(access, sector)) == 0;
}

#define HOOK __attribute__((visibility("default"), noinline))
#define HOOKS(bytes) \
  HOOK void __tsan_read##bytes(void *at) { note(at, bytes, (uint64_t)__builtin_return_address(0)); } \
  HOOK void __tsan_write##bytes(void *at) { note(at, bytes, (uint64_t)__builtin_return_address(0)); } \
  HOOK void __tsan_unaligned_read##bytes(void *at) { note(at, bytes, (uint64_t)__builtin_return_address(0)); } \
  HOOK void __tsan_unaligned_write##bytes(void *at) { note(at, bytes, (uint64_t)__builtin_return_address(0)); }
HOOKS(1) HOOKS(2) HOOKS(4) HOOKS(8) HOOKS(16) HOOK void __tsan_init(void) {}
HOOK void __tsan_func_entry(void *at) { (void)at; }
HOOK void __tsan_func_exit(void) {}
HOOK void __tsan_vptr_update(void **at, void *value) { (void)at, (void)value; }
HOOK void __tsan_vptr_read(void **at) { (void)at; }
HOOK void __tsan_read_range(void *at, size_t bytes) { (void)at, (void)bytes; }
HOOK void __tsan_write_range(void *at, size_t bytes) { (void)at, (void)bytes; }

/* Copies into shared memory that go on (cp.async), whose calls the linker turns here. */
void __real__Z13emulated_copyPfPKfi(float *to, const float *from, int bytes);
HOOK void __wrap__Z13emulated_copyPfPKfi(float *to, const float *from, int bytes) {
  note((char *)(uintptr_t)from, bytes, (uint64_t)__builtin_return_address(0));
  __real__Z13emulated_copyPfPKfi(to, from, bytes);
}

static void watch(void *from, int64_t bytes) {
  memset(set, 0, sizeof set), memset(times, 0, sizeof times);
  used = 0;
  memset(&seen, 0, sizeof seen);
  seen.from = from, seen.to = seen.from + bytes;
}

/* ---- what is bounded ---- */

static tweedie_cuda *cuda;

struct state {
  tweedie_rows rows;
  char *scratch;
  int64_t bytes;
};

static void expect(int32_t status) {
  if (status != TWEEDIE_OK) FAIL("%s", tweedie_cuda_message(cuda));
}

/* What the score of a batch moves to and from its scratch, or reads of the prior's means. */
static struct state evaluate(const struct problem *p, int means) {
  const int64_t B = p->at.rows;
  struct state s = {.bytes = tweedie_cuda_evaluate_scratch(&p->prior, B)};
  s.scratch = aligned_alloc(64, (size_t)s.bytes);
  s.rows = (tweedie_rows){.rows = B,
                          .x = p->x,
                          .top = doubles(B),
                          .sum = floats(B),
                          .acc = floats(B * tweedie_width(p->at.kind, p->at.dim))};
  if (means)
    watch((float *)p->prior.means, p->at.components * p->at.dim * (int64_t)sizeof(float));
  else
    watch(s.scratch, s.bytes);
  expect(tweedie_cuda_evaluate_reset(cuda, &p->prior, &s.rows));
  expect(tweedie_cuda_evaluate_accumulate(cuda, &p->prior, &p->level, 0, p->at.components, &s.rows, s.scratch));
  return s;
}

static struct problem data_set(int64_t rows, int64_t dim, int64_t components, double sigma) {
  return make_problem(
      (struct setting){TWEEDIE_ISOTROPIC, rows, dim, components, 0, 0, 0.8, sigma, 0.9, 0.5 * sigma, 0, TWEEDIE_MEANS});
}

/* One row of eight is refined, and of its blocks those that raise the maximum or come near it, not all logits of all eight. */
static void test_refine(void) {
  struct problem p = data_set(8, 16, TWEEDIE_SHARD, 0.02);
  double norm = 0;
  for (int64_t j = 0; j < p.at.dim; j++) {
    const double y = p.x[j] - p.at.alpha * p.prior.centre[j];
    norm += y * y;
    for (int64_t i = 1; i < p.at.rows; i++) p.x[i * p.at.dim + j] = (float)(p.at.alpha * p.prior.centre[j]);
  }
  p.level.error_scale = 0;
  struct state none = evaluate(&p, 0);
  const int64_t without = seen.bytes;
  p.level.error_scale = TWEEDIE_LOGIT_ERROR / (p.level.bound + 0.5f * p.level.reach * (float)sqrt(norm));
  struct state one = evaluate(&p, 0);
  const int64_t moved = seen.bytes - without;
  printf("a refined row moves %lld bytes of logits and maxima\n", (long long)moved);
  if (moved <= 0 || moved > 4 * p.at.components) FAIL("of %lld logits", (long long)p.at.components);
  free(none.scratch), free(one.scratch);
  guarded_release();
}

/* Rows are read in whole lines, each of them once. */
static void test_evidence(void) {
  struct problem p = data_set(67, 64, 85, 1);
  struct state s = evaluate(&p, 0);
  const int64_t bytes = p.at.rows * p.at.dim * (int64_t)sizeof(float);
  char *lines = aligned_alloc(128, (size_t)(bytes + 127) / 128 * 128);
  memcpy(lines, p.x, (size_t)bytes);
  s.rows.x = (const float *)lines;
  s.rows.acc = NULL;
  watch(lines, bytes);
  expect(tweedie_cuda_evaluate_finish(cuda, &p.prior, &p.level, &s.rows, floats(p.at.rows), NULL, NULL));
  printf("evidence reads %lld sectors of rows\n", (long long)seen.sectors);
  if (seen.bytes != bytes || seen.sectors * SECTOR != bytes)
    FAIL("%lld bytes in %lld sectors of %lld bytes of rows", (long long)seen.bytes, (long long)seen.sectors,
         (long long)bytes);
  free(lines), free(s.scratch);
  guarded_release();
}

/* Means that are kept turned are not turned again. */
static void test_turned(void) {
  struct problem p = data_set(9, 17, 169, 1);
  struct state anew = evaluate(&p, 1);
  const int64_t means = p.at.components * p.at.dim;
  const int64_t read = seen.bytes;
  p.prior = with_turned((struct engine){.cuda = cuda}, p.prior);
  struct state kept = evaluate(&p, 1);
  /* sums read them too */
  if (read - seen.bytes != means * (int64_t)sizeof(float) || seen.bytes != read / 2)
    FAIL("%lld bytes of means are read, %lld where they are kept turned", (long long)read, (long long)seen.bytes);
  if (kept.bytes + means * (int64_t)sizeof(float) > anew.bytes) FAIL("there is room for turned means that are kept");
  if (memcmp(anew.rows.acc, kept.rows.acc, sizeof(float) * (size_t)(p.at.rows * (p.at.dim + 1)))) FAIL("other bits");
  free(anew.scratch), free(kept.scratch), free((void *)p.prior.turned);
  guarded_release();
}

/* Of a prior with a filter, means that no row needs are not read: rows here are near one point, and are of two tiles. And
 * what a pass moves a logit beside its products: sums of codes, written and read twice, where the logits will be; these are
 * cleared, and read and written as without. */
static void test_filter(void) {
  const int64_t K = 2520, d = 64, B = 96;
  struct problem p = data_set(B, d, K, 0.1);
  int32_t order[64];
  uint64_t counted[2] = {0, 0};
  for (int j = 0; j < d; j++) order[j] = j;
  for (int64_t i = 0; i < B * d; i++)
    p.x[i] = (float)(p.at.alpha * (p.prior.means[1000 * d + i % d] + p.prior.centre[i % d]) + 0.01 * normal01());
  struct state all = evaluate(&p, 1);
  const int64_t without = seen.bytes, means = K * d * (int64_t)sizeof(float);
  tweedie_filter filter = encode_means(&p, order, 0);
  filter.counted = counted;
  p.prior.filter = &filter;
  struct state left = evaluate(&p, 1);
  printf("a filter leaves %lld of %lld pairs, and reads %lld bytes of means where all are %lld\n",
         (long long)(counted[0] - counted[1]), (long long)counted[0], (long long)seen.bytes, (long long)without);
  if (counted[0] != (uint64_t)(B * K) || counted[1] < counted[0] * 9 / 10) FAIL("too few");
  if (seen.bytes > means / 4) FAIL("%lld bytes of %lld", (long long)seen.bytes, (long long)means);
  if (memcmp(all.rows.acc, left.rows.acc, sizeof(float) * (size_t)(B * (d + 1)))) FAIL("other bits");
  free(left.scratch);
  left = evaluate(&p, 0);
  const double each = (double)seen.bytes / (double)(B * K);
  printf("it moves %.2f bytes a logit\n", each);
  if (!(each < 36)) FAIL("more than 36");
  free(all.scratch), free(left.scratch);
  guarded_release();
}

/* What an evaluation of few components moves a row: rows, their states, outputs and scratch memory; and numbers of
 * components, which come from the second-level cache. By bytes: a compiler may make four stores of a vector's. */
static void test_fused(void) {
  struct problem p =
      make_problem((struct setting){TWEEDIE_DIAGONAL, 192, 64, 128, 0, 0, 0.8, 1, 0.9, 0.5, 0, TWEEDIE_MEANS});
  const int64_t B = p.at.rows, d = p.at.dim, K = p.at.components, of_rows = B * d * (int64_t)sizeof(float);
  double each[2], components[2];
  for (int fused = 0; fused < 2; fused++) {
    setenv("CUDA_HOST_FUSED", fused ? "1" : "0", 1);
    const int64_t bytes = tweedie_cuda_evaluate_scratch(&p.prior, B), width = tweedie_width(p.at.kind, d);
    char *scratch = aligned_alloc(64, (size_t)bytes);
    const tweedie_rows rows = {.rows = B, .x = p.x, .top = doubles(B), .sum = floats(B), .acc = floats(B * width)};
    float *mean = floats(B * d);
    const struct {
      const void *at;
      int64_t bytes;
    } watched[] = {{p.x, of_rows},
                   {rows.acc, 2 * of_rows},
                   {scratch, bytes},
                   {mean, of_rows},
                   {p.level.slope, K * d * (int64_t)sizeof(float)},
                   {p.level.pull, K * d * (int64_t)sizeof(float)}};
    int64_t moved[6] = {0};
    for (int i = 0; i < 6; i++) {
      watch((void *)(uintptr_t)watched[i].at, watched[i].bytes);
      expect(tweedie_cuda_evaluate_reset(cuda, &p.prior, &rows));
      expect(tweedie_cuda_evaluate_accumulate(cuda, &p.prior, &p.level, 0, K, &rows, scratch));
      expect(tweedie_cuda_evaluate_finish(cuda, &p.prior, &p.level, &rows, NULL, mean, NULL));
      moved[i] = seen.bytes;
    }
    const int64_t turned = fused ? moved[2] : 0; /* then scratch has nothing but turned components */
    each[fused] = (double)(moved[0] + moved[1] + moved[2] + moved[3] - turned) / (double)B;
    components[fused] = (double)(moved[4] + moved[5] + turned) / (double)B;
    if (fused && 2 * each[1] > each[0]) FAIL("nothing is saved");
    printf("%s: %.0f bytes a row, and %.0f of components\n", fused ? "one kernel" : "many kernels", each[fused],
           components[fused]);
    free(scratch);
  }
  unsetenv("CUDA_HOST_FUSED");
  guarded_release();
}

/* Passes over the logits of fast mode beside its products: for the maxima, where products become logits, for the weights,
 * and for the factor of the second product, which needs that of the block too. Of three parts of bfloat16, and of bytes, the
 * first product is counted as well, and two panels of means. */
static void test_fast(void) {
  enum { BYTES = TWEEDIE_BF16X3 + 1 };
  static const int64_t most[] = {[TWEEDIE_F32] = 28,    [TWEEDIE_TF32] = 28,   [TWEEDIE_BF16] = 26,
                                 [TWEEDIE_TF32X3] = 32, [TWEEDIE_BF16X3] = 36, [BYTES] = 35};
  const tweedie_bytes values = {.low = -4, .unit = 1.0f / 32};
  for (int32_t form = TWEEDIE_F32; form <= BYTES; form++) {
    /* panels have 128 rows, which one dimension does not fill: many rows make that little */
    struct problem p = data_set(form >= TWEEDIE_BF16X3 ? 512 : 64, 1, 840, 1);
    const int64_t B = p.at.rows, K = p.at.components, logits = B * K;
    const int64_t bytes =
        form == BYTES ? tweedie_cuda_bytes_scratch(&p.prior, B) : tweedie_cuda_fast_evaluate_scratch(form, &p.prior, B);
    void *scratch = aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64);
    const tweedie_rows rows = {.rows = B, .x = p.x, .top = doubles(B), .sum = floats(B), .acc = floats(2 * B)};
    expect(tweedie_cuda_evaluate_reset(cuda, &p.prior, &rows));
    watch(scratch, bytes);
    expect(form == BYTES ? tweedie_cuda_bytes_accumulate(cuda, &p.prior, &values, &p.level, 0, K, &rows, scratch)
                         : tweedie_cuda_fast_evaluate_accumulate(cuda, form, &p.prior, &p.level, 0, K, &rows, scratch));
    const double each = (double)seen.bytes / (double)logits;
    printf("form %d moves %.2f bytes a logit\n", (int)form, each);
    if (!(each < (double)most[form] + 1.5 /* what belongs to blocks and rows */))
      FAIL("%lld is what they need", (long long)most[form]);
    free(scratch);
    guarded_release();
  }
}

int main(void) {
  setenv("CUDA_HOST_ORDER", "0", 1);
  if (tweedie_cuda_open(0, &cuda) != TWEEDIE_OK) return 1;
  test_refine();
  test_evidence();
  test_turned();
  test_filter();
  test_fused();
  test_fast();
  tweedie_cuda_close(cuda);
  return failures != 0;
}
