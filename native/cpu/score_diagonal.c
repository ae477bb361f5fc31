/* Components N(m, diag(c)). Per row and component 4 d flops for the logit, 4 d for the mean. */
#include "score.h"

/* Components that go together: q of each is 2 chains, and 6 x 2 of them hide the latency of fma. AVX2 has 16 registers:
 * 4 x 2 chains, 2 vectors of x', the two broadcasts and the z between. */
#if VF_LANES == 8
#define COMPONENTS 4
#else
#define COMPONENTS 6
#endif

/* Of m rows of scale, or none, and shift; a chain that goes on is added to what is there. */
LANE void quadratic(const int m, const float *scale, const float *shift, int64_t stride, int64_t d, const float *x,
                    const int goes_on, float *out) {
  vf q[COMPONENTS][2];
#pragma GCC unroll 6
  for (int r = 0; r < m; r++) q[r][0] = q[r][1] = vf_set(0.0f);
  for (int64_t j = 0; j < d; j++, x += TILE) {
    const vf x0 = vf_load(x), x1 = vf_load(x + VF_LANES);
#pragma GCC unroll 6
    for (int r = 0; r < m; r++) {
      const vf s = vf_set(scale ? scale[r * stride + j] : 1.0f), h = vf_set(shift[r * stride + j]);
      const vf z0 = scale ? vf_fms(x0, s, h) : vf_sub(x0, h), z1 = scale ? vf_fms(x1, s, h) : vf_sub(x1, h);
      q[r][0] = vf_fma(z0, z0, q[r][0]);
      q[r][1] = vf_fma(z1, z1, q[r][1]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < m; r++) {
    float *at = out + r * TILE;
    vf_store(at, goes_on ? vf_add(vf_load(at), q[r][0]) : q[r][0]);
    vf_store(at + VF_LANES, goes_on ? vf_add(vf_load(at + VF_LANES), q[r][1]) : q[r][1]);
  }
}

LANE void quadratics(int64_t n, const float *scale, const float *shift, int64_t stride, int64_t d, const float *x,
                     const int goes_on, float *out) {
  int64_t i = 0;
  for (; i + COMPONENTS <= n; i += COMPONENTS)
    quadratic(COMPONENTS, scale ? scale + i * stride : NULL, shift + i * stride, stride, d, x, goes_on, out + i * TILE);
  for (; i < n; i++)
    quadratic(1, scale ? scale + i * stride : NULL, shift + i * stride, stride, d, x, goes_on, out + i * TILE);
}

void TIER(squared_distances)(int64_t n, const float *m, int64_t stride, int64_t d, const float *x, int goes_on, float *out) {
  if (goes_on)
    quadratics(n, NULL, m, stride, d, x, 1, out);
  else
    quadratics(n, NULL, m, stride, d, x, 0, out);
}

static void logits(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const tweedie_level *level = pass->level;
  const int64_t d = pass->prior->dim;
  float *out = pass->s.weight;
  quadratics(n, level->scale + k * d, level->shift + k * d, d, d, tile->x, 0, out);
  vf top[2] = {vf_load(tile->top), vf_load(tile->top + VF_LANES)};
  for (int64_t i = 0; i < n; i++, out += TILE) {
    const vf bias = vf_set(level->bias[k + i]);
    for (int v = 0; v < 2; v++)
      top[v] = put_logit(out + v * VF_LANES, vf_fma(vf_set(-0.5f), vf_load(out + v * VF_LANES), bias), top[v]);
  }
  for (int v = 0; v < 2; v++) vf_store(tile->top + v * VF_LANES, top[v]);
}

static void add_weighted(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n, int fading) {
  const int64_t d = pass->prior->dim;
  struct tweedie_product p = {.a = pass->level->slope + k * d,
                              .stride = d,
                              .m = d,
                              .k = n,
                              .b = pass->s.weight,
                              .c = tile->acc,
                              .ldc = TILE,
                              .start = fading ? FROM_FADED_C : FROM_C,
                              .fade = pass->s.fade,
                              .half = tile->half,
                              .picked = pass->picked};
  TIER(product_columns)(&p);
  p.a = pass->level->pull + k * d;
  p.c = tile->acc + d * TILE;
  TIER(product_columns)(&p);
}

static void spread(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const tweedie_level *level = pass->level;
  const int64_t d = pass->prior->dim;
  for (int64_t j = 0; j < d; j++) {
    const vf x[2] = {vf_load(tile->x + j * TILE), vf_load(tile->x + j * TILE + VF_LANES)};
    const vf mean[2] = {vf_load(tile->mean + j * TILE), vf_load(tile->mean + j * TILE + VF_LANES)};
    vf part[2] = {vf_load(tile->acc + j * TILE), vf_load(tile->acc + j * TILE + VF_LANES)};
    for (int64_t i = 0; i < n; i++) {
      const int64_t at = (k + pass->picked[i]) * d + j;
      const vf slope = vf_set(level->slope[at]), pull = vf_set(level->pull[at]), h = vf_set(level->spread[at]);
      for (int v = 0; v < 2; v++)
        part[v] =
            moment(vf_load(pass->s.weight + i * TILE + v * VF_LANES), vf_fma(slope, x[v], pull), mean[v], h, part[v]);
    }
    vf_store(tile->acc + j * TILE, part[0]);
    vf_store(tile->acc + j * TILE + VF_LANES, part[1]);
  }
}

const struct tweedie_component_kernels TIER(diagonal) = {NULL, logits, NULL, add_weighted, spread, TIER(times_diagonal)};
