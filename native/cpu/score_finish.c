/* States of rows: two merged into one, and one turned into outputs. Row by row, elements in vectors. */
#include "score.h"

#define AT_A_TIME 32

static void merge_row(const tweedie_rows *into, const tweedie_rows *from, int64_t i, int64_t sums, int64_t width,
                      float u) {
  const double before = into->top[i], other = from->top[i], top = other > before ? other : before;
  if (other == -HUGE_VAL) return; /* nothing seen */
  const float keep = vf_first(vf_weight(vf_set((float)(before - top))));
  const float take = vf_first(vf_weight(vf_set((float)(other - top))));
  float mass = 0.0f, *sum = into->sum + i * sums;
  into->top[i] = top;
  for (int64_t s = 0; s < sums; s++) {
    mass = from->sum[i * sums + s] * take;
    sum[s] = __builtin_fmaf(sum[s], keep, mass);
  }
  if (into->chosen && mass > 0.0f && u * sum[0] <= mass) into->chosen[i] = from->chosen[i];
  if (!into->acc) return;
  float *acc = into->acc + i * width;
  const float *add = from->acc + i * width;
  for (int64_t c = 0; c < width; c++) acc[c] = __builtin_fmaf(acc[c], keep, add[c] * take);
}

void TIER(merge_rows)(uint32_t shard, const tweedie_rows *into, const tweedie_rows *from, int64_t sums, int64_t width) {
  float u[AT_A_TIME] = {0};
  for (int64_t first = 0; first < into->rows; first += AT_A_TIME) {
    const int64_t n = into->rows - first < AT_A_TIME ? into->rows - first : AT_A_TIME;
    if (into->chosen) {
      tweedie_noise at = into->noise;
      at.block = shard;
      at.row += (uint32_t)(into->begin + first);
      at.stream ^= UINT32_C(1) << 30;
      TIER(uniform)(&at, n, 1, u);
    }
    for (int64_t i = 0; i < n; i++) merge_row(into, from, first + i, sums, width, u[i]);
  }
}

int32_t TIER(evaluate_merge)(const tweedie_prior *prior, uint32_t shard, const tweedie_rows *into,
                          const tweedie_rows *from) {
  TIER(merge_rows)(shard, into, from, 1, tweedie_width(prior->kind, prior->dim));
  return TWEEDIE_OK;
}

double TIER(log_mass)(double offset, double top, float sum) {
  return offset + (top + (double)vf_first(vf_log(vf_set(sum))));
}

static float log_evidence(const tweedie_prior *prior, const tweedie_level *level, const float *x, double top,
                          float sum) {
  const double evidence = TIER(log_mass)(level->offset, top, sum);
  if (prior->kind != TWEEDIE_ISOTROPIC || level->stride != 0) return (float)evidence;
  const float alpha = (float)level->alpha;
  float yy = 0.0f;
  double exact = 0.0;
  for (int64_t j = 0; j < prior->dim; j++) {
    const float y = __builtin_fmaf(-alpha, prior->centre[j], x[j]);
    yy = __builtin_fmaf(y, y, yy);
    exact = __builtin_fma(y, y, exact);
  }
  /* logits from products leave |x'|^2 / (2 p) out, which all components share */
  const int refined = !(vf_first(logit_error(level, vf_set(yy))) <= TWEEDIE_LOGIT_ERROR);
  return (float)(refined ? evidence : __builtin_fma(-level->half[0], exact, evidence));
}

void TIER(finish_row)(const tweedie_prior *prior, const struct tweedie_finish *how, const float *x, float *acc, float sum,
                      float *mean, float *score) {
  const int64_t d = prior->dim;
  const vf inverse = vf_set(1.0f / sum), alpha = vf_set(how->alpha), lift = vf_set(how->lift), back = vf_set(how->back);
  const vf slope = vf_set(how->kind == TWEEDIE_ISOTROPIC ? acc[d] * (1.0f / sum) : 0.0f);
  for (int64_t j = 0; j < d; j += VF_LANES) {
    const int64_t n = d - j;
    const vf centre = load(prior->centre + j, n);
    const vf y = vf_fma(vf_negate(alpha), centre, load(x + j, n));
    const vf pulled = vf_mul(load(acc + j, n), inverse);
    vf m = pulled;
    if (how->kind == TWEEDIE_ISOTROPIC) m = vf_fma(slope, y, m);
    if (how->kind == TWEEDIE_DIAGONAL) m = vf_fma(m, y, vf_mul(load(acc + d + j, n), inverse));
    m = vf_add(m, vf_set(0.0f)); /* the sign of a zero may depend on which zero weights were skipped */
    store(acc + j, m, n);
    if (mean) store(mean + j, vf_add(m, centre), n);
    if (!score) continue;
    const vf of = how->pulled ? vf_add(pulled, vf_set(0.0f)) : m;
    store(score + j, how->form == TWEEDIE_SCORES ? m : vf_mul(vf_fms(lift, of, y), back), n);
  }
}

/* x' - a m loses nothing that x did not, but x' - a D does where D is nearly x' / a: so of one shared variance the means
 * alone are taken. */
static struct tweedie_finish finish_of(const tweedie_prior *prior, const tweedie_level *level) {
  return (struct tweedie_finish){.kind = prior->kind,
                                 .form = level->form,
                                 .alpha = (float)level->alpha,
                                 .lift = level->lift,
                                 .back = level->back,
                                 .pulled = prior->kind == TWEEDIE_ISOTROPIC && level->stride == 0};
}

int32_t TIER(evaluate_finish)(const tweedie_prior *prior, const tweedie_level *level, const tweedie_rows *rows,
                           float *evidence, float *mean, float *score) {
  const int64_t d = prior->dim, width = tweedie_width(prior->kind, d);
  const struct tweedie_finish how = finish_of(prior, level);
  for (int64_t i = 0; i < rows->rows; i++) {
    const int64_t row = rows->begin + i;
    const float *x = rows->x + row * d;
    if (evidence) evidence[row] = log_evidence(prior, level, x, rows->top[i], rows->sum[i]);
    if (!rows->acc) continue;
    TIER(finish_row)(prior, &how, x, rows->acc + i * width, rows->sum[i], mean ? mean + row * d : NULL, score ? score + row * d : NULL);
  }
  return TWEEDIE_OK;
}
