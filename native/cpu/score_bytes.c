/* A data set of bytes: fast mode without a vendor's library. The products with bytes are of whole numbers, exact; what
 * is rounded is the row, to 16 bits or, where that is too coarse, 24; and each weight, to 16 bits of the block's largest.
 *
 * B = 256, N = 9,000, d = 784: with two digits the products are 3.6e9 multiply-adds of 128 a cycle, 10.4 ms at 2.7 GHz,
 * each; float32 takes 21 for each. */
#include "kernels.h"

#if defined(TWEEDIE_TIER_AVX512)
#include <math.h>

#include "bytes.h"
#include "score.h"
#include "vnni.h"

void TIER(byte_dots)(const struct tweedie_byte_dots *p);
void TIER(byte_sums)(const struct tweedie_byte_sums *p);

#define FEWEST_DIM 32
#define MOST_DIM 32768        /* 255 x 128 x d stays within 32 bits */
#define LARGEST_OF_2 32639.0f /* 0x7f7f: both digits have a sign */
#define LARGEST_OF_3 8355000.0f /* below 0x7f7f7f by more than a rounding of the quotient */
#define WHOLE 65535.0f
/* A block with less of a row's mass is left out of its sums; 32 of them are in a shard. */
#define NEGLIGIBLE 0x1p-26f

struct group {
  const tweedie_prior *prior;
  const tweedie_bytes *bytes;
  const tweedie_level *level;
  tweedie_rows rows;
  struct tweedie_byte_space s;
  int64_t vectors; /* of rows */
  double centre;   /* its norm, and that of the offset of bytes */
  uint8_t used[BYTE_BLOCK];
};

/* ---- rows to digits ---- */

static double dot(const float *x, const float *y, int64_t n) {
  double lane[16] = {0}, sum = 0;
  int64_t j = 0;
  for (; j + 16 <= n; j += 16)
    for (int l = 0; l < 16; l++) lane[l] = __builtin_fma(x[j + l], y[j + l], lane[l]);
  for (; j < n; j++) lane[j % 16] = __builtin_fma(x[j], y[j], lane[j % 16]);
  for (int l = 0; l < 16; l++) sum += lane[l];
  return sum;
}

/* Bound on the error of a row's logits: e is what its digits leave of it. The last term is the rounding of the sums'
 * few operations. */
static double error_of(const struct group *g, double norm, double e) {
  const double scale = g->level->scale[0];
  return scale * (e * g->bytes->norm + norm * g->bytes->slack) +
         0x1p-22 * (scale * norm * (g->bytes->norm + g->centre) + g->level->bound);
}

/* |x' - delta r|, r = round(x' / delta) */
static double remainder_of(const struct group *g, const float *x, float delta) {
  const vf inverse = vf_set(delta > 0.0f ? 1.0f / delta : 0.0f), minus = vf_set(-delta);
  vf ee = vf_set(0.0f);
  float lanes[VF_LANES];
  double sum = 0;
  for (int64_t j = 0; j < g->s.depth; j += VF_LANES) {
    const vf y = vf_load(x + j), e = vf_fma(minus, vf_of_int(vu_round(vf_mul(y, inverse))), y);
    ee = vf_fma(e, e, ee);
  }
  vf_store(lanes, ee);
  for (int l = 0; l < VF_LANES; l++) sum += lanes[l];
  return sqrt(sum);
}

/* Row `lane` of a vector, to its place among the digits. */
static void write_digits(const struct group *g, const float *x, float delta, int digits, int8_t *out) {
  const vf inverse = vf_set(delta > 0.0f ? 1.0f / delta : 0.0f);
  int8_t bytes[BYTE_DIGITS][BYTE_LANES];
  for (int64_t j = 0; j < g->s.depth; j += VF_LANES) {
    vu r = vu_round(vf_mul(vf_load(x + j), inverse));
    for (int i = digits - 1; i >= 0; i--) {
      const vu digit = vu_sign_of_byte(r);
      vu_store_bytes(bytes[i], digit);
      r = vu_next_digit(r, digit);
    }
    for (int64_t l = 0; l < VF_LANES; l += 4)
      for (int i = 0; i < digits; i++) memcpy(out + ((j + l) / 4 * digits + i) * BYTE_LANES * 4, bytes[i] + l, 4);
  }
}

static void load_row(struct group *g, int64_t i, float *x) {
  const int64_t d = g->prior->dim;
  const float *from = g->rows.x + (g->rows.begin + i) * d;
  const vf alpha = vf_set(-(float)g->level->alpha);
  memset(x, 0, (size_t)g->s.depth * sizeof(float));
  if (i >= g->rows.rows) return;
  for (int64_t j = 0; j < d; j += VF_LANES)
    store(x + j, vf_fma(alpha, load(g->prior->centre + j, d - j), load(from + j, d - j)), d - j);
}

static float largest_of(const float *x, int64_t n) {
  float largest = 0.0f;
  for (int64_t j = 0; j < n; j++) largest = __builtin_fabsf(x[j]) > largest ? __builtin_fabsf(x[j]) : largest;
  return largest;
}

/* How the state of a row counts |x'|^2 / (2 p), which all components share: with the logits where those of exact mode
 * are evaluated again, else not. Unclear near the border, where the last bits of the norm decide: -1. */
static int is_refined(const struct group *g, double squared) {
  const float error = vf_first(logit_error(g->level, vf_set((float)squared)));
  return error <= TWEEDIE_LOGIT_ERROR * (1 - LOGIT_ERROR_MARGIN)  ? 0
         : error > TWEEDIE_LOGIT_ERROR * (1 + LOGIT_ERROR_MARGIN) ? 1
                                                                  : -1;
}

/* False where a row needs more digits, or its logits float64. */
static int load_vector(struct group *g, int64_t v) {
  const int64_t d = g->prior->dim, first = v * BYTE_LANES;
  const float scale = g->level->scale[0];
  int digits = 2;
  float largest[BYTE_LANES];
  for (int64_t l = 0; l < BYTE_LANES; l++) {
    float *x = g->s.x + l * g->s.depth;
    load_row(g, first + l, x);
    const double squared = dot(x, x, d);
    g->s.norm[first + l] = squared;
    largest[l] = largest_of(x, d);
    if (is_refined(g, squared) < 0 || !(error_of(g, sqrt(squared), 0) <= TWEEDIE_LOGIT_ERROR)) return 0;
    if (error_of(g, sqrt(squared), remainder_of(g, x, largest[l] / LARGEST_OF_2)) > TWEEDIE_LOGIT_ERROR) digits = 3;
  }
  int8_t *out = g->s.digits + first * g->s.depth * BYTE_DIGITS;
  for (int64_t l = 0; l < BYTE_LANES; l++, out += 4) {
    const float *x = g->s.x + l * g->s.depth, delta = largest[l] / (digits == 2 ? LARGEST_OF_2 : LARGEST_OF_3);
    double sum = 0;
    if (digits == 3 && error_of(g, sqrt(g->s.norm[first + l]), remainder_of(g, x, delta)) > TWEEDIE_LOGIT_ERROR)
      return 0;
    for (int64_t j = 0; j < d; j++) sum += x[j];
    g->s.scale[first + l] = delta * g->bytes->unit * scale;
    g->s.shift[first + l] = (float)(scale * (g->bytes->low * sum - dot(x, g->prior->centre, d)));
    g->s.top[first + l] = first + l < g->rows.rows ? -FLT_MAX : FLT_MAX; /* what is over weighs nothing */
    g->s.sum[first + l] = 0.0f;
    write_digits(g, x, delta, digits, out);
  }
  g->s.count[v] = digits;
  return 1;
}

static int load_rows(struct group *g) {
  for (int64_t v = 0; v < g->vectors; v++)
    if (!load_vector(g, v)) return 0;
  return 1;
}

/* ---- points [k, k + n), a block ---- */

/* Weights of a vector of rows, over the block's largest, to shares; the running maximum and mass with them. */
static void weigh(struct group *g, int64_t v, int64_t k, int64_t n) {
  const int64_t first = v * BYTE_LANES;
  uint16_t *share = g->s.share + first * BYTE_BLOCK;
  TIER(byte_dots)(&(struct tweedie_byte_dots){.points = g->bytes->values + k * g->bytes->stride,
                                                .stride = g->bytes->stride,
                                                .count = n,
                                                .steps = (g->prior->dim + 3) / 4,
                                                .digits = g->s.count[v],
                                                .rows = g->s.digits + first * g->s.depth * BYTE_DIGITS,
                                                .scale = g->s.scale + first,
                                                .shift = g->s.shift + first,
                                                .out = g->s.weight});
  float *at = g->s.weight;
  vf here = vf_set(-FLT_MAX), mass = vf_set(0.0f);
  for (int64_t i = 0; i < n; i++, at += BYTE_LANES)
    here = put_logit(at, vf_add(vf_load(at), vf_set(g->level->bias[k + i])), here);
  at = g->s.weight;
  for (int64_t i = 0; i < n; i++, at += BYTE_LANES) {
    const vf w = vf_weight(vf_sub(vf_load(at), here));
    vf_store(at, w);
    mass = vf_add(mass, w);
  }
  const vf before = vf_load(g->s.top + first), top = vf_max(here, before);
  const vf fade = vf_weight(vf_sub(before, top)), taken = vf_mul(mass, vf_weight(vf_sub(here, top)));
  const vf sum = vf_fma(vf_load(g->s.sum + first), fade, taken);
  const vm weighs = vf_lt(vf_mul(sum, vf_set(NEGLIGIBLE)), taken);
  vf_store(g->s.top + first, top);
  vf_store(g->s.fade + first, fade);
  vf_store(g->s.sum + first, sum);
  g->s.live[v] = g->rows.acc && vm_any(weighs);
  if (!g->s.live[v]) return;
  const vf whole = vf_keep(weighs, vf_set(WHOLE));
  vu total = vu_set(0);
  at = g->s.weight;
  for (int64_t i = 0; i < n; i++, at += BYTE_LANES, share += BYTE_LANES) {
    const vu q = vu_round(vf_mul(vf_load(at), whole));
    total = vu_add(total, q);
    g->used[i] |= (uint8_t)vu_any(q);
    vu_store_pairs(share, q);
  }
  const vf shares = vf_of_int(total);
  vf_store(g->s.factor + first, vf_keep(weighs, vf_div(taken, vf_max(shares, vf_set(1.0f)))));
}

/* Points that weigh for any row, to s.picked; returns how many, made whole fours by -1. */
static int64_t pick(struct group *g, int64_t n) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) {
    g->s.picked[count] = i;
    count += g->used[i];
  }
  while (count % 4 != 0) g->s.picked[count++] = -1;
  return count;
}

/* Shares and bytes of the picked points, by fours. */
static void pack(struct group *g, int64_t k, int64_t steps) {
  static const uint16_t none[BYTE_LANES];
  const int64_t chunks = (g->prior->dim + BYTE_LANES - 1) / BYTE_LANES;
  for (int64_t l = 0; l < steps; l++) {
    const int64_t *four = g->s.picked + 4 * l;
    const uint8_t *points[4];
    for (int i = 0; i < 4; i++) /* any point where there is none: its share is 0 */
      points[i] = g->bytes->values + (k + (four[i] < 0 ? four[0] : four[i])) * g->bytes->stride;
    for (int64_t c = 0; c < chunks; c++) {
      vu_signed_bytes(points, g->s.bytes + ((c / 3 * steps + l) * 3 + c % 3) * BYTE_LANES * 4);
      for (int i = 0; i < 4; i++) points[i] += BYTE_LANES;
    }
    for (int64_t v = 0; v < g->vectors; v++) {
      if (!g->s.live[v]) continue;
      const uint16_t *share = g->s.share + v * BYTE_LANES * BYTE_BLOCK, *shares[4];
      for (int i = 0; i < 4; i++) shares[i] = four[i] < 0 ? none : share + four[i] * BYTE_LANES;
      const int64_t at = (v * (BYTE_BLOCK / 4) + l) * BYTE_LANES;
      vu high, low;
      vu_pairs(shares, &high, &low);
      vu_store(g->s.high + at, high);
      vu_store(g->s.low + at, low);
    }
  }
}

static void add_weighted(struct group *g, int64_t k, int64_t n) {
  const int64_t d = g->prior->dim, width = d + 1, steps = pick(g, n) / 4;
  for (int64_t i = 0; i < g->rows.rows; i++) {
    const float fade = g->s.fade[i];
    if (!(fade < 1.0f)) continue;
    for (int64_t j = 0; j < d; j++) g->s.acc[i * width + j] *= fade;
  }
  pack(g, k, steps);
  for (int64_t j = 0; j < d && steps > 0; j += BYTE_PANEL) {
    for (int64_t v = 0; v < g->vectors; v++) {
      const int64_t first = v * BYTE_LANES, left = g->rows.rows - first;
      if (!g->s.live[v]) continue;
      TIER(byte_sums)(&(struct tweedie_byte_sums){.high = g->s.high + first * (BYTE_BLOCK / 4),
                                                    .low = g->s.low + first * (BYTE_BLOCK / 4),
                                                    .steps = steps,
                                                    .bytes = g->s.bytes + j * steps * 4,
                                                    .scale = g->s.factor + first,
                                                    .rows = left < BYTE_LANES ? left : BYTE_LANES,
                                                    .n = d - j < BYTE_PANEL ? d - j : BYTE_PANEL,
                                                    .out = g->s.acc + first * width + j,
                                                    .stride = width});
    }
  }
}

/* ---- a shard ---- */

/* The state of a shard as the other kernels have it. */
static void merge(struct group *g, uint32_t shard) {
  const int64_t d = g->prior->dim, width = d + 1;
  const tweedie_level *level = g->level;
  const float unit = g->bytes->unit, zero = g->bytes->low + 128 * unit;
  tweedie_rows from = g->rows;
  from.top = g->s.exact;
  from.sum = g->s.sum;
  from.acc = g->rows.acc ? g->s.acc : NULL;
  for (int64_t i = 0; i < g->rows.rows; i++) {
    const double shared = is_refined(g, g->s.norm[i]) ? level->half[0] * g->s.norm[i] : 0;
    float *acc = g->s.acc + i * width, sum = g->s.sum[i];
    g->s.exact[i] = g->s.top[i] - shared;
    if (from.acc == NULL) continue;
    for (int64_t j = 0; j < d; j++)
      acc[j] = level->pull[0] * __builtin_fmaf(unit, acc[j], sum * (zero - g->prior->centre[j]));
    acc[d] = level->slope[0] * sum;
  }
  TIER(merge_rows)(shard, &g->rows, &from, 1, width);
}

static void accumulate(struct group *g, int64_t first, int64_t last) {
  if (g->rows.acc) memset(g->s.acc, 0, (size_t)(g->rows.rows * (g->prior->dim + 1)) * sizeof(float));
  for (int64_t k = first, n; k < last; k += n) {
    n = last - k < BYTE_BLOCK ? last - k : BYTE_BLOCK;
    memset(g->used, 0, sizeof g->used);
    for (int64_t v = 0; v < g->vectors; v++) weigh(g, v, k, n);
    if (g->rows.acc) add_weighted(g, k, n);
  }
  merge(g, (uint32_t)(first / TWEEDIE_SHARD));
}

int32_t TIER(bytes_accumulate)(const tweedie_prior *prior, const tweedie_bytes *bytes, const tweedie_level *level,
                            int64_t first, int64_t last, const tweedie_rows *rows, void *scratch) {
  const int64_t d = prior->dim;
  if (prior->kind != TWEEDIE_ISOTROPIC || d < FEWEST_DIM || d > MOST_DIM || level->stride != 0 || rows->chosen)
    return TIER(evaluate_accumulate)(prior, level, first, last, rows, scratch);
  struct group g = {.prior = prior, .bytes = bytes, .level = level};
  g.centre = sqrt(dot(prior->centre, prior->centre, d)) + fabs(bytes->low) * sqrt((double)d);
  tweedie_byte_carve(&g.s, scratch, prior);
  for (int64_t i = 0; i < rows->rows; i += g.s.group) {
    g.rows = *rows;
    g.rows.begin += i;
    g.rows.rows = rows->rows - i < g.s.group ? rows->rows - i : g.s.group;
    g.rows.top += i;
    g.rows.sum += i;
    if (rows->acc) g.rows.acc += i * (d + 1);
    g.vectors = (g.rows.rows + BYTE_LANES - 1) / BYTE_LANES;
    if (load_rows(&g))
      accumulate(&g, first, last);
    else
      TIER(evaluate_accumulate)(prior, level, first, last, &g.rows, scratch);
  }
  return TWEEDIE_OK;
}

#else

int32_t TIER(bytes_accumulate)(const tweedie_prior *prior, const tweedie_bytes *bytes, const tweedie_level *level,
                            int64_t first, int64_t last, const tweedie_rows *rows, void *scratch) {
  (void)prior, (void)bytes, (void)level, (void)first, (void)last, (void)rows, (void)scratch;
  return TWEEDIE_UNSUPPORTED;
}
#endif
