/* Blocks out of reach: a ball around the points of a block bounds all of its logits, so that most blocks of a clustered
 * data set are never read. docs/pruning.md derives the bounds; the rules are those of the filter, block by block.
 *
 * A block's ball costs a distance and a few operations, 1 / 84 of what its logits take: where nothing can be left out,
 * looking takes 1 % of the time. */
#include "balls.h"

#include <math.h>

#include "score.h"

#define TINY 1e-18f  /* what squares that underflowed may hide of a distance */
#define GREAT 1e30f  /* beyond it a row needs everything: its bounds could overflow */
#define SURE (1.0f + 0x1p-20f)
#define CLOSELY 80.0f  /* so far below what is out of reach bounds still decide where rule R2 begins */
#define FIRST_LOOKS 4 /* blocks are looked at closely, and the others where half of the lanes were out of reach: 2 % of the
                       * time at most where none is */

int TIER(balls_apply)(const struct tweedie_pass *pass) {
  return pass->prior->balls && pass->level && pass->level->stride == 0 && pass->prior->kind == TWEEDIE_ISOTROPIC;
}

void TIER(balls_open)(struct tweedie_pass *pass) {
  tweedie_balls_carve(&pass->b, pass->prior->balls->scratch, pass->prior, TILE);
  pass->balls = 1;
}

/* A bit for each lane of a tile that has a row which needs something of the shard. */
void TIER(balls_want)(struct tweedie_pass *pass, int64_t group, int64_t first, int64_t last) {
  tweedie_balls *balls = pass->prior->balls;
  const uint8_t *wanted = balls->wanted ? balls->wanted + first / TWEEDIE_SHARD * balls->wanted_stride : NULL;
  for (int64_t t = 0; t < pass->s.group / TILE && group + t * TILE < pass->rows->rows; t++) {
    const int64_t row = group + t * TILE, left = pass->rows->rows - row, rows = left < TILE ? left : TILE;
    uint32_t lanes = 0;
    for (int64_t l = 0; l < rows; l++) lanes |= (uint32_t)(wanted == NULL || wanted[row + l] != 0) << l;
    pass->b.wanted[t] = lanes;
    balls->pairs += rows * (last - first);
    if (lanes == 0) balls->skipped += rows * (last - first);
  }
}

/* What a row's bounds are made of, of one vector of lanes. */
struct reach {
  vf wider, off; /* of a distance: its relative error, and its absolute one */
  vf lost;       /* of a logit: what float32 may lose, whatever the component */
  vf margin;
  vm usual;
};

struct bounds {
  vf high, low;
};

static struct reach reach_of(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int v) {
  const tweedie_level *level = pass->level;
  const float d = (float)pass->prior->dim, norm = pass->prior->balls->largest, scale = level->scale[0];
  const float chain = (d + 8.0f) * 0x1p-23f, inverse = (float)(1.0 / level->alpha);
  const vf size = vf_fma(vf_sqrt(vf_load(tile->norm + v)), vf_set(1.0f + chain), vf_set(TINY));
  const vf away = vf_mul(size, vf_set(inverse * SURE)), furthest = vf_add(away, vf_set(norm));
  struct reach reach;
  reach.wider = vf_set(chain);
  reach.off = vf_fma(away, vf_set(0x1p-21f), vf_set(0x1p-22f * norm + TINY));
  const vf products = vf_mul(vf_mul(size, vf_set(scale)), vf_set(norm * (chain + 0x1p-20f)));
  reach.lost = vf_mul(vf_add(products, vf_set(0x1p-21f * level->bound + 0x1p-20f + scale * d * 0x1p-148f)), vf_set(SURE));
  reach.margin = zero_margin(pass, tile, v, norm);
  const vf half = vf_set((float)(level->alpha * level->alpha * level->half[0]));
  const vf largest = vf_add(vf_mul(half, vf_mul(furthest, furthest)), vf_add(reach.lost, reach.margin));
  reach.usual = vf_lt(vf_add(largest, furthest), vf_set(GREAT)); /* false for NaN */
  return reach;
}

/* Of the logits of points within a radius of a centre at this squared distance. */
LANE struct bounds bounds_of(const struct reach *reach, float half, vf square, float radius, float spread, float most,
                             float least) {
  const vf distance = vf_sqrt(square), error = vf_fma(distance, reach->wider, reach->off);
  const vf near = vf_max(vf_sub(vf_sub(distance, error), vf_set(radius)), vf_set(0.0f)), far = vf_add(distance, error);
  const vf high = vf_fma(vf_set(-half * (1.0f - 0x1p-20f)), vf_mul(near, near), vf_add(vf_set(most), reach->lost));
  const vf low = vf_fma(vf_set(-half * SURE), vf_fma(far, far, vf_set(spread)),
                        vf_sub(vf_set(least), vf_add(reach->lost, reach->margin)));
  return (struct bounds){vf_select(reach->usual, high, vf_set(INFINITY)), vf_select(reach->usual, low, vf_set(-INFINITY))};
}

static float half_of(const tweedie_level *level) { return (float)(level->alpha * level->alpha * level->half[0]); }

/* A tile's reach by vectors of lanes; the number of vectors that have rows. */
struct reaches {
  struct reach at[TILE / VF_LANES];
  int vectors;
};

static struct reaches reaches_of(const struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  struct reaches reaches = {.vectors = tile->half ? 1 : TILE / VF_LANES};
  for (int i = 0; i < reaches.vectors; i++) reaches.at[i] = reach_of(pass, tile, i * VF_LANES);
  return reaches;
}

static struct bounds bounds_of_ball(const tweedie_balls *balls, int64_t ball, const struct reach *reach, float half,
                                    const float *square) {
  return bounds_of(reach, half, vf_load(square), balls->radius[ball], balls->spread[ball], balls->most[ball], balls->least[ball]);
}

/* Bounds of the logits of `blocks` blocks from component `first` on to b.high and b.low. */
static void bound(struct tweedie_pass *pass, const struct tweedie_tile *tile, const struct reaches *reaches, int64_t first,
                  int64_t blocks) {
  const tweedie_balls *balls = pass->prior->balls;
  const int64_t d = pass->prior->dim, from = first / TWEEDIE_BLOCK_ISOTROPIC;
  const int32_t *further = balls->further + from;
  const vf inverse = vf_set((float)(1.0 / pass->level->alpha));
  const float half = half_of(pass->level);
  for (int64_t i = 0; i < d * TILE; i += VF_LANES) vf_store(pass->b.z + i, vf_mul(vf_load(tile->x + i), inverse));
  TIER(squared_distances)(blocks, balls->centre + from * d, d, d, pass->b.z, 0, pass->b.high);
  TIER(squared_distances)(further[blocks] - further[0], balls->centre + further[0] * d, d, d, pass->b.z, 0, pass->b.further);
  for (int i = 0; i < reaches->vectors; i++) {
    const int v = i * VF_LANES;
    const struct reach *reach = &reaches->at[i];
    for (int64_t b = 0; b < blocks; b++) {
      float *high = pass->b.high + b * TILE + v, *low = pass->b.low + b * TILE + v;
      struct bounds bounds = bounds_of_ball(balls, from + b, reach, half, high);
      for (int32_t f = further[b]; f < further[b + 1]; f++) {
        const struct bounds next = bounds_of_ball(balls, f, reach, half, pass->b.further + (f - further[0]) * TILE + v);
        bounds = (struct bounds){vf_max(next.high, bounds.high), vf_max(next.low, bounds.low)};
      }
      vf_store(high, bounds.high);
      vf_store(low, bounds.low);
    }
  }
}

static int64_t blocks_of(int64_t first, int64_t last) {
  return (last - first + TWEEDIE_BLOCK_ISOTROPIC - 1) / TWEEDIE_BLOCK_ISOTROPIC;
}

static uint32_t lanes_of(const struct tweedie_tile *tile) { return ~UINT32_C(0) >> (32 - tile->rows); }

/* Better bounds of the block of components [k, k + n): each point is a ball of its own. */
static void look_closely(struct tweedie_pass *pass, const struct reaches *reaches, int64_t b, int64_t k, int64_t n) {
  const tweedie_balls *balls = pass->prior->balls;
  const int64_t d = pass->prior->dim, block = k / TWEEDIE_BLOCK_ISOTROPIC;
  float most = balls->most[block], lowest = balls->least[block];
  for (int32_t f = balls->further[block]; f < balls->further[block + 1]; f++) {
    most = balls->most[f] > most ? balls->most[f] : most;
    lowest = balls->least[f] < lowest ? balls->least[f] : lowest;
  }
  TIER(squared_distances)(n, pass->prior->means + k * d, d, d, pass->b.z, 0, pass->b.distances);
  for (int v = 0; v < reaches->vectors * VF_LANES; v += VF_LANES) {
    vf least = vf_set(INFINITY);
    for (int64_t i = 0; i < n; i++) {
      const vf square = vf_load(pass->b.distances + i * TILE + v);
      if (pass->level->bias[k + i] > -INFINITY) least = vf_select(vf_lt(square, least), square, least);
    }
    const struct bounds bounds =
        bounds_of(&reaches->at[v / VF_LANES], half_of(pass->level), least, 0.0f, 0.0f, most, lowest);
    float *high = pass->b.high + b * TILE + v, *low = pass->b.low + b * TILE + v;
    vf_store(high, vf_select(vf_lt(bounds.high, vf_load(high)), bounds.high, vf_load(high)));
    vf_store(low, vf_max(bounds.low, vf_load(low)));
  }
}

/* Looks closely at blocks of which balls do not say whether they are in reach of a lane that is open. One such block before
 * the best one would keep rule R2 from leaving out what is between them. */
static void tighten(struct tweedie_pass *pass, const struct tweedie_tile *tile, const struct reaches *reaches, int64_t first,
                    int64_t last, uint32_t open) {
  const float *floors = pass->prior->balls->floor;
  const int64_t size = TWEEDIE_BLOCK_ISOTROPIC, blocks = blocks_of(first, last);
  uint32_t unsure[BALLS_BLOCKS] = {0};
  float tops[TILE];
  for (int v = 0; v < reaches->vectors * VF_LANES; v += VF_LANES) {
    const vf margin = reaches->at[v / VF_LANES].margin;
    vf floor = floors && v < tile->rows ? load(floors + tile->first + v, tile->rows - v) : vf_set(-INFINITY);
    for (int64_t b = 0; b < blocks; b++) floor = vf_max(vf_load(pass->b.low + b * TILE + v), floor);
    vf_store(tops + v, floor);
    for (int64_t b = 0; b < blocks; b++) {
      const vf high = vf_load(pass->b.high + b * TILE + v), low = vf_load(pass->b.low + b * TILE + v);
      const uint32_t reached = ~vm_bits(vf_lt(high, vf_sub(floor, vf_set(CLOSELY))));
      unsure[b] |= (reached & vm_bits(vf_lt(vf_add(low, margin), floor)) & open >> v) << v;
    }
  }
  int looks = 0, lanes = 0, beyond = 0;
  for (int64_t b = 0; b < blocks && (looks < FIRST_LOOKS || 2 * beyond >= lanes); b++) {
    const int64_t k = first + b * size;
    if ((unsure[b] & open) == 0) continue;
    look_closely(pass, reaches, b, k, last - k < size ? last - k : size);
    looks++;
    for (uint32_t rest = unsure[b] & open; rest != 0; rest &= rest - 1, lanes++)
      beyond += pass->b.high[b * TILE + __builtin_ctz(rest)] < tops[__builtin_ctz(rest)];
  }
}

void TIER(balls_survey)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t first, int64_t last,
                        float *high, float *low) {
  const int64_t blocks = blocks_of(first, last);
  const struct reaches reaches = reaches_of(pass, tile);
  bound(pass, tile, &reaches, first, blocks);
  if (pass->prior->balls->floor) tighten(pass, tile, &reaches, first, last, lanes_of(tile));
  for (int v = 0; v < TILE && v < tile->rows; v += VF_LANES) {
    vf most = vf_set(-INFINITY), least = vf_set(-INFINITY);
    for (int64_t b = 0; b < blocks; b++) {
      most = vf_max(vf_load(pass->b.high + b * TILE + v), most);
      least = vf_max(vf_load(pass->b.low + b * TILE + v), least);
    }
    store(high + tile->first + v, most, tile->rows - v);
    store(low + tile->first + v, least, tile->rows - v);
  }
}

/* Rules R1 and R2: forwards, which blocks are not below the best before them, and which are so far above all before them
 * that nothing of those is left; backwards, what is left. */
void TIER(balls_mark)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t first, int64_t last) {
  const int64_t blocks = blocks_of(first, last);
  uint32_t *near = pass->b.near + t * BALLS_BLOCKS;
  const struct reaches reaches = reaches_of(pass, tile);
  bound(pass, tile, &reaches, first, blocks);
  tighten(pass, tile, &reaches, first, last, pass->b.wanted[t]);
  for (int64_t b = 0; b < blocks; b++) near[b] = 0;
  for (int v = 0; v < reaches.vectors * VF_LANES; v += VF_LANES) {
    uint32_t wiped[BALLS_BLOCKS], reached[BALLS_BLOCKS];
    vf before = vf_set(-INFINITY), floor = vf_set(-INFINITY);
    for (int64_t b = 0; b < blocks; b++) {
      const vf high = vf_load(pass->b.high + b * TILE + v), low = vf_load(pass->b.low + b * TILE + v);
      wiped[b] = vm_bits(vf_lt(before, low));
      reached[b] = ~vm_bits(vf_lt(high, floor));
      before = vf_max(high, before);
      floor = vf_max(low, floor);
    }
    uint32_t open = pass->b.wanted[t] >> v;
    for (int64_t b = blocks - 1; b >= 0; b--) {
      near[b] |= (reached[b] & open & ~UINT32_C(0) >> (32 - VF_LANES)) << v;
      open &= ~wiped[b];
    }
  }
}
