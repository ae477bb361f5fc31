/* Covariance times a vector. Per row and component that weighs, 7 d flops beyond those of its weight (basis: 4 d r
 * more): both loops over d make t = M - mean anew, which costs less than to keep it. */
#include "score.h"

int32_t TIER(covariance_times)(const tweedie_prior *prior, const tweedie_level *level, int64_t first, int64_t last,
                              const tweedie_rows *rows, const float *v, void *scratch) {
  return TIER(add_covariance)(prior, level, first, last, rows, v, scratch);
}

/* Components that go together: their chains of t'v are 2 each, and a row's numbers are loaded once for all of them. */
#define COMPONENTS 4

/* The posterior mean of component k in direction j is slope x' + pull, its variance spread. */
struct affine {
  float slope, pull, spread;
};

LANE struct affine affine(const struct tweedie_pass *pass, int isotropic, int64_t k, int64_t j) {
  const tweedie_level *level = pass->level;
  const int64_t d = pass->prior->dim, at = isotropic ? k * level->stride : k * d + j;
  const float pull = isotropic ? level->pull[at] * pass->prior->means[k * d + j] : level->pull[at];
  return (struct affine){level->slope[at], pull, level->spread[at]};
}

/* Of m components, those that weigh from number `first` on. */
LANE void times_few(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int isotropic, int64_t k,
                int64_t first, const int m) {
  const int64_t d = pass->prior->dim, *picked = pass->picked + first;
  const float *weight = pass->s.weight + first * TILE;
  vf c[COMPONENTS][2];
#pragma GCC unroll 4
  for (int r = 0; r < m; r++) c[r][0] = c[r][1] = vf_set(0.0f);
  for (int64_t j = 0; j < d; j++) {
#pragma GCC unroll 4
    for (int r = 0; r < m; r++) {
      const struct affine a = affine(pass, isotropic, k + picked[r], j);
      for (int v = 0; v < 2; v++) {
        const int64_t at = j * TILE + v * VF_LANES;
        const vf mean = vf_fma(vf_set(a.slope), vf_load(tile->x + at), vf_set(a.pull));
        c[r][v] = vf_fma(vf_sub(mean, vf_load(tile->mean + at)), vf_load(tile->vector + at), c[r][v]);
      }
    }
  }
  for (int64_t j = 0; j < d; j++) {
    vf part[2] = {vf_load(tile->acc + j * TILE), vf_load(tile->acc + j * TILE + VF_LANES)};
#pragma GCC unroll 4
    for (int r = 0; r < m; r++) {
      const struct affine a = affine(pass, isotropic, k + picked[r], j);
      for (int v = 0; v < 2; v++) {
        const int64_t at = j * TILE + v * VF_LANES;
        const vf mean = vf_fma(vf_set(a.slope), vf_load(tile->x + at), vf_set(a.pull));
        part[v] = add_times(vf_load(weight + r * TILE + v * VF_LANES), c[r][v], vf_sub(mean, vf_load(tile->mean + at)),
                            vf_mul(vf_set(a.spread), vf_load(tile->vector + at)), part[v]);
      }
    }
    vf_store(tile->acc + j * TILE, part[0]);
    vf_store(tile->acc + j * TILE + VF_LANES, part[1]);
  }
}

LANE void times_all(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int isotropic, int64_t k,
                    int64_t n) {
  int64_t i = 0;
  for (; i + COMPONENTS <= n; i += COMPONENTS) times_few(pass, tile, isotropic, k, i, COMPONENTS);
  for (; i < n; i++) times_few(pass, tile, isotropic, k, i, 1);
}

void TIER(times_isotropic)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  times_all(pass, tile, 1, k, n);
}

void TIER(times_diagonal)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  times_all(pass, tile, 0, k, n);
}
