/* Data sets by products of bfloat16: fast mode without a vendor's library. The passes are those of exact mode; only the
 * two products of a block differ, and the logits' one only where what rounding may change of a logit is bounded.
 *
 * A word is a pair of bfloat16 and vdpbf16ps an fma of words, so products take half the steps: on a Zen 5, which starts
 * two of either a cycle, B = 256, N = 9,000, d = 784 is 16.5 ms of products beside float32's 33. */
#include "kernels.h"

#if defined(TWEEDIE_TIER_AVX512)
#include "bf16.h"
#include "pairs.h"
#include "score.h"

#define FEWEST_DIM 32

struct bf16_pass {
  struct tweedie_pass pass; /* first: what its kernels get is this */
  const tweedie_bf16 *points;
  struct tweedie_bf16_space s;
};

static int64_t words_of(int64_t n) { return (n + 1) / 2; }

/* Tile of a group, counted from 0. */
static int64_t index_of(const struct bf16_pass *p, const struct tweedie_tile *tile) {
  return (tile->top - p->pass.s.top) / TILE;
}

static float *pairs_of(const struct bf16_pass *p, const struct tweedie_tile *tile) {
  return p->s.x + index_of(p, tile) * words_of(p->pass.prior->dim) * TILE;
}

/* Bounds on the errors of a vector's logits, where rounding took e of |x'|. By Cauchy and Schwarz for what rounding took
 * from either factor; each of the d additions of a product adds 2^-24 of the sum of absolute values. */
static vf error_of(const struct bf16_pass *p, vf yy, vf ee) {
  const tweedie_level *level = p->pass.level;
  const vf slack = vf_set(level->scale[0] * p->points->slack), norm = vf_sqrt(yy);
  const vf reach = vf_add(vf_set(level->reach), slack);
  const vf taken = vf_fma(vf_set(0x1p-23f * (float)p->pass.prior->dim), norm, vf_sqrt(ee));
  return vf_add(vf_fma(slack, norm, vf_mul(reach, taken)), logit_error(level, yy));
}

static void load_pairs(struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  struct bf16_pass *p = (struct bf16_pass *)pass;
  const int64_t d = pass->prior->dim;
  int coarse = *tile->refined == 0;
  for (int v = 0; v < TILE; v += VF_LANES) {
    const float *x = tile->x + v;
    float *out = pairs_of(p, tile) + v;
    vf ee = vf_set(0.0f);
    for (int64_t j = 0; j < d; j += 2, out += TILE) {
      const vf even = vf_load(x + j * TILE), odd = j + 1 < d ? vf_load(x + (j + 1) * TILE) : vf_set(0.0f);
      const vf pair = vf_round_pairs(even, odd);
      const vf e0 = vf_sub(even, vf_even(pair)), e1 = vf_sub(odd, vf_odd(pair));
      vf_store(out, pair);
      ee = vf_fma(e0, e0, vf_fma(e1, e1, ee));
    }
    const vf error = error_of(p, vf_load(tile->norm + v), ee);
    coarse &= vm_bits(vf_ge(vf_set(TWEEDIE_BF16_LOGIT_ERROR), error)) == (1u << VF_LANES) - 1;
  }
  p->s.coarse[index_of(p, tile)] = coarse;
}

static void logits(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const struct bf16_pass *p = (struct bf16_pass *)pass;
  const int64_t words = words_of(pass->prior->dim);
  if (!p->s.coarse[index_of(p, tile)]) {
    TIER(isotropic).logits(pass, tile, k, n);
    return;
  }
  const struct tweedie_logits to = TIER(isotropic_logits)(pass, tile, k);
  TIER(product_rows)(&(struct tweedie_product){.a = (const float *)p->points->rows + k * words,
                                               .stride = words,
                                               .m = n,
                                               .k = words,
                                               .b = pairs_of(p, tile),
                                               .c = pass->s.weight,
                                               .ldc = TILE,
                                               .below = 1,
                                               .half = tile->half,
                                               .pairs = 1,
                                               .logits = &to});
}

/* Factors of the components that weigh, to pairs where either does; returns how many, and to `at` which they are. */
static int64_t pair_up(struct tweedie_pass *pass, int64_t n, int64_t *at) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; count++) {
    const int64_t pair = pass->picked[i] / 2;
    const float *even = NULL, *odd = NULL;
    if (pass->picked[i] % 2 == 0) even = pass->s.pulled + i++ * TILE;
    if (i < n && pass->picked[i] == 2 * pair + 1) odd = pass->s.pulled + i++ * TILE;
    at[count] = pair;
    for (int v = 0; v < TILE; v += VF_LANES)
      vf_store(pass->s.pulled + count * TILE + v, vf_round_pairs(even ? vf_load(even + v) : vf_set(0.0f),
                                                                 odd ? vf_load(odd + v) : vf_set(0.0f)));
  }
  return count;
}

static void add_weighted(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n, int fading) {
  const struct bf16_pass *p = (struct bf16_pass *)pass;
  const int64_t d = pass->prior->dim;
  int64_t at[TWEEDIE_BLOCK_ISOTROPIC / 2];
  const int64_t count = pair_up(pass, n, at);
  TIER(product_columns)(&(struct tweedie_product){.a = (const float *)p->points->pairs + k / 2 * d,
                                                  .stride = d,
                                                  .m = d,
                                                  .k = count,
                                                  .b = pass->s.pulled,
                                                  .c = tile->acc,
                                                  .ldc = TILE,
                                                  .start = fading ? FROM_FADED_C : FROM_C,
                                                  .fade = pass->s.fade,
                                                  .half = tile->half,
                                                  .picked = at,
                                                  .pairs = 1});
}

/* Second passes are those of exact mode. */
static const struct tweedie_component_kernels kernels = {
    .load = load_pairs, .logits = logits, .weigh = TIER(weigh_pulled), .add_weighted = add_weighted};

int32_t TIER(bf16_accumulate)(const tweedie_prior *prior, const tweedie_bf16 *bf16, const tweedie_level *level,
                          int64_t first, int64_t last, const tweedie_rows *rows, void *scratch) {
  if (prior->kind != TWEEDIE_ISOTROPIC || prior->dim < FEWEST_DIM || level->stride != 0 || rows->chosen)
    return TIER(evaluate_accumulate)(prior, level, first, last, rows, scratch);
  struct bf16_pass p = {.points = bf16};
  tweedie_bf16_carve(&p.s, scratch, prior);
  TIER(open_pass)(&p.pass, prior, level, NULL, rows, p.s.exact);
  p.pass.kernels = &kernels;
  TIER(accumulate_shard)(&p.pass, first, last, TIER(accumulate_block));
  return TWEEDIE_OK;
}

#else

int32_t TIER(bf16_accumulate)(const tweedie_prior *prior, const tweedie_bf16 *bf16, const tweedie_level *level,
                          int64_t first, int64_t last, const tweedie_rows *rows, void *scratch) {
  (void)prior, (void)bf16, (void)level, (void)first, (void)last, (void)rows, (void)scratch;
  return TWEEDIE_UNSUPPORTED;
}
#endif
