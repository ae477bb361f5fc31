/* One shard of components over some rows: accumulate, and the second passes that need the complete softmax.
 *
 * Data set of N points, B rows: 4 B N d flops, and every point read once for a group of 32 to 1024 rows. With d = 784
 * a group is 64 rows: 4 bytes for 256 flops, so arithmetic bounds it. At 2.7 GHz two fma ports of 512 bits make
 * 173 GFLOP/s, and B = 256, N = 9,000 would take 42 ms; measured 47 ms (154 GFLOP/s), gemm 160 GFLOP/s. */
#include "score.h"

static const struct tweedie_component_kernels *component_kernels(int32_t kind) {
  switch (kind) {
    case TWEEDIE_ISOTROPIC: return &TIER(isotropic);
    case TWEEDIE_DIAGONAL: return &TIER(diagonal);
    case TWEEDIE_LOW_RANK: return &TIER(low_rank);
    default: return &TIER(full);
  }
}

void TIER(open_pass)(struct tweedie_pass *pass, const tweedie_prior *prior, const tweedie_level *level,
                     const tweedie_blind *blind, const tweedie_rows *rows, void *scratch) {
  pass->prior = prior;
  pass->level = level;
  pass->blind = blind;
  pass->rows = rows;
  pass->kernels = component_kernels(prior->kind);
  pass->alpha = blind ? 1.0f : (float)level->alpha;
  tweedie_space_carve(&pass->s, scratch, prior, TILE, blind ? blind->levels : 0);
  for (int64_t i = 0; i < pass->s.block; i++) pass->picked[i] = pass->order[i] = i;
  pass->member = pass->order;
  pass->second = 0;
  pass->balls = 0;
}

/* Tile t of the group that begins at row `first`. */
static struct tweedie_tile tile_at(struct tweedie_pass *pass, int64_t first, int64_t t) {
  struct tweedie_space *s = &pass->s;
  const int64_t d = pass->prior->dim, lane = t * TILE, left = pass->rows->rows - first - lane;
  return (struct tweedie_tile){.first = first + lane,
                               .rows = left < TILE ? left : TILE,
                               .half = left <= VF_LANES,
                               .x = s->x + lane * d,
                               .acc = s->acc + lane * s->width,
                               .mean = s->mean + lane * d,
                               .vector = s->vector + lane * d,
                               .top = s->top + lane,
                               .final = s->final + lane,
                               .sum = s->sum + lane * s->sums,
                               .norm = s->norm + lane,
                               .error = s->error + lane,
                               .lead = s->lead + lane,
                               .exact = s->exact + lane,
                               .chosen = s->chosen + lane,
                               .refined = s->refined + t};
}

static void fill(float *out, int64_t n, float value) {
  for (int64_t i = 0; i < n; i += VF_LANES) vf_store(out + i, vf_set(value));
}

/* x' = x - alpha centre, its norm, and which rows products are too coarse for. */
static void load_rows(struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  const tweedie_prior *prior = pass->prior;
  const int64_t d = prior->dim;
  TIER(rows_to_lanes)(pass->rows->x + (pass->rows->begin + tile->first) * d, d, tile->rows, d, tile->x);
  *tile->refined = 0;
  fill(tile->lead, TILE, -FLT_MAX);
  for (int v = 0; v < TILE; v += VF_LANES) {
    vf yy = vf_set(0.0f);
    for (int64_t j = 0; j < d; j++) {
      const vf x = vf_fma(vf_set(-pass->alpha), vf_set(prior->centre[j]), vf_load(tile->x + j * TILE + v));
      vf_store(tile->x + j * TILE + v, x);
      yy = vf_fma(x, x, yy);
    }
    vf_store(tile->norm + v, yy);
    if (!pass->blind) vf_store(tile->error + v, logit_error(pass->level, yy));
  }
  if (pass->blind) return;
  for (int64_t l = 0; l < tile->rows; l++)
    if (!(tile->error[l] <= TWEEDIE_LOGIT_ERROR)) *tile->refined |= UINT32_C(1) << l;
}

/* Logits and weights of a block. While accumulating the maximum moves, and s.fade is what the state so far fades by. Where
 * sums go on, they may have become the factors of these. */
static int weigh_block(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n,
                       int accumulating) {
  const vf before[2] = {vf_load(tile->top), vf_load(tile->top + VF_LANES)};
  pass->kernels->logits(pass, tile, k, n);
  for (int v = 0; v < 2; v++) {
    const vf top = vf_load(tile->top + v * VF_LANES);
    vf_store(pass->s.base + v * VF_LANES, accumulating ? top : vf_load(tile->final + v * VF_LANES));
    vf_store(pass->s.fade + v * VF_LANES, vf_sub(before[v], top));
  }
  if (*tile->refined != 0)
    (pass->prior->kind == TWEEDIE_ISOTROPIC ? TIER(refine) : TIER(refine_spectral))(pass, tile, k, n, accumulating);
  for (int v = 0; v < TILE; v += VF_LANES) vf_store(pass->s.fade + v, vf_weight(vf_load(pass->s.fade + v)));
  return accumulating && pass->kernels->weigh && pass->rows->acc ? pass->kernels->weigh(pass, tile, k, n)
                                                              : TIER(weigh)(pass, n);
}

/* From this dimension on, components that weigh nothing for a whole tile are looked for and left out of the sums. At
 * small sigma nearly all are: a data set with d = 784 takes 31 ms where it took 48. Where none is, the search costs
 * 5 % at d = 16 (3.0 ms to 3.15), d times less of what is there to do. */
#define PICK_DIM 32

/* Closes the gaps in weights, or in their factors; returns how many components weigh. Zeros would only add zeros. */
static int64_t pick(struct tweedie_pass *pass, const struct tweedie_tile *tile, float *weight, int64_t n) {
  if (pass->prior->dim < PICK_DIM) return n;
  const vf zero = vf_set(0.0f);
  int64_t count = 0;
  for (int64_t i = 0; i < n; i++) {
    const vf w0 = vf_load(weight + i * TILE), w1 = vf_load(weight + i * TILE + VF_LANES);
    vf_store(weight + count * TILE, w0);
    vf_store(weight + count * TILE + VF_LANES, w1);
    pass->picked[count] = pass->member[i];
    count += vm_any(vm_or(vf_lt(zero, w0), vf_lt(zero, tile->half ? zero : w1)));
  }
  return count;
}

/* The block replaces what was chosen before with its share of the mass so far. */
static void choose(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k) {
  tweedie_noise at = pass->rows->noise;
  at.block += (uint32_t)(k / pass->s.block);
  at.row += (uint32_t)(pass->rows->begin + tile->first);
  at.stream ^= UINT32_C(1) << 31;
  float u[TILE];
  TIER(uniform)(&at, tile->rows, 1, u);
  for (int64_t l = 0; l < tile->rows; l++) {
    const float mass = pass->s.mass[l], t = u[l] * tile->sum[l];
    if (!(mass > 0.0f && t <= mass)) continue;
    const float *w = pass->s.weight + l;
    float s = w[0];
    int64_t i = 0;
    while (s < t) s += w[++i * TILE]; /* ends: the last sum is mass, the same chain */
    tile->chosen[l] = k + pass->member[i];
  }
}

void TIER(accumulate_block)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  const int any = weigh_block(pass, tile, k, n, 1);
  vm fading = vf_lt(vf_set(0.0f), vf_set(0.0f));
  for (int v = 0; v < TILE; v += VF_LANES) {
    const vf fade = vf_load(pass->s.fade + v);
    vf_store(tile->sum + v, vf_fma(vf_load(tile->sum + v), fade, vf_load(pass->s.mass + v)));
    fading = vm_or(fading, vf_lt(fade, vf_set(1.0f)));
  }
  if (pass->rows->chosen && any) choose(pass, tile, k);
  if (!pass->rows->acc) return;
  if (any) {
    float *weight = pass->kernels->weigh ? pass->s.pulled : pass->s.weight;
    pass->kernels->add_weighted(pass, tile, k, pick(pass, tile, weight, n), vm_any(fading));
  } else if (vm_any(fading)) { /* an infinite logit: fade is 0, also a second time */
    for (int64_t c = 0; c < pass->s.width; c++)
      for (int v = 0; v < TILE; v += VF_LANES)
        vf_store(tile->acc + c * TILE + v, vf_mul(vf_load(tile->acc + c * TILE + v), vf_load(pass->s.fade + v)));
  }
}

/* The part of `rows` that a tile is on. */
static tweedie_rows rows_of(const struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  tweedie_rows part = *pass->rows;
  part.begin += tile->first;
  part.rows = tile->rows;
  part.top += tile->first;
  part.sum += tile->first * pass->s.sums;
  if (part.acc) part.acc += tile->first * pass->s.width;
  if (part.diagonal) part.diagonal += tile->first * pass->prior->dim;
  if (part.chosen) part.chosen += tile->first;
  return part;
}

static void merge_tile(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t shard) {
  for (int64_t l = 0; l < tile->rows; l++) {
    if (pass->balls && !(pass->b.wanted[t] >> l & 1))
      tile->exact[l] = -HUGE_VAL;
    else if (!(*tile->refined >> l & 1))
      tile->exact[l] = tile->top[l];
  }
  const tweedie_rows into = rows_of(pass, tile);
  tweedie_rows from = into;
  from.top = tile->exact;
  from.sum = tile->sum;
  if (pass->s.sums > 1) {
    from.sum = pass->s.weight; /* of no other use between blocks */
    TIER(lanes_to_rows)(tile->sum, tile->rows, pass->s.sums, from.sum, pass->s.sums);
  }
  if (into.acc) {
    from.acc = pass->s.rows;
    TIER(lanes_to_rows)(tile->acc, tile->rows, pass->s.width, from.acc, pass->s.width);
  }
  if (into.chosen) from.chosen = tile->chosen;
  TIER(merge_rows)((uint32_t)shard, &into, &from, pass->s.sums, pass->s.width);
}

/* Every block of the shard over every tile of the group: the block comes from memory once. */
#define FOR_EACH_BLOCK(pass, k, n, first, last) \
  for (int64_t k = first, n; n = last - k < (pass)->s.block ? last - k : (pass)->s.block, k < last; k += n)
/* Tiles of a group of which a row needs something of the shard. */
#define FOR_EACH_TILE(pass, t, group)                                                             \
  for (int64_t t = 0; t < (pass)->s.group / TILE && (group) + t * TILE < (pass)->rows->rows; t++) \
    if (!(pass)->balls || (pass)->b.wanted[t] != 0)

/* Whether a row of tile t needs something of block b. */
static int is_near(const struct tweedie_pass *pass, int64_t t, int64_t b) {
  return !pass->balls || pass->b.near[t * BALLS_BLOCKS + b] != 0;
}

/* The filter, and the balls before it, on all tiles; false where the filter would not pay. */
static int look_ahead(struct tweedie_pass *pass, int filtering, int64_t group, int64_t first, int64_t last) {
  int asked = 0;
  FOR_EACH_TILE(pass, t, group) {
    const struct tweedie_tile tile = tile_at(pass, group, t);
    if (pass->balls) TIER(balls_mark)(pass, &tile, t, first, last);
    if (!filtering) continue;
    pass->prior->filter->pairs += tile.rows * (last - first);
    TIER(filter_rows)(pass, &tile, t);
    if (!asked) filtering = TIER(filter_pays)(pass, &tile, t, first, last, pass->balls ? pass->b.near + t * BALLS_BLOCKS : NULL);
    asked = 1; /* for the others too */
  }
  return filtering;
}

/* All components of the shard over the group, or those that its balls and its filter leave. */
static void visit_shard(struct tweedie_pass *pass, int filtering, int64_t group, int64_t first, int64_t last,
                        tweedie_accumulate_block *accumulate_block) {
  filtering = look_ahead(pass, filtering, group, first, last);
  FOR_EACH_BLOCK(pass, k, n, first, last) {
    FOR_EACH_TILE(pass, t, group) {
      const struct tweedie_tile tile = tile_at(pass, group, t);
      const int near = is_near(pass, t, (k - first) / pass->s.block);
      if (!near) pass->prior->balls->skipped += tile.rows * n;
      if (filtering && !near)
        TIER(filter_leave)(pass, t, k, first, n);
      else if (filtering)
        TIER(filter_mark)(pass, &tile, t, k, first, n);
      else if (near)
        accumulate_block(pass, &tile, k, n);
    }
  }
  FOR_EACH_TILE(pass, t, group) {
    const struct tweedie_tile tile = tile_at(pass, group, t);
    if (filtering) TIER(filter_visit)(pass, &tile, t, first, last, accumulate_block);
  }
}

/* Nothing seen. */
static void clear_state(struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  fill(tile->top, TILE, -FLT_MAX);
  fill(tile->sum, pass->s.sums * TILE, 0.0f);
  if (pass->rows->acc) fill(tile->acc, pass->s.width * TILE, 0.0f);
  for (int l = 0; l < TILE; l++) tile->exact[l] = -HUGE_VAL, tile->chosen[l] = -1;
}

/* Forgets what tiles with rows that no level explains have seen; false where there is none. Their other rows will be
 * the same again. */
static int open_unexplained(struct tweedie_pass *pass, int64_t group) {
  int any = 0;
  FOR_EACH_TILE(pass, t, group) {
    struct tweedie_tile tile = tile_at(pass, group, t);
    TIER(find_unexplained)(pass, &tile);
    if (*tile.refined == 0) continue;
    clear_state(pass, &tile);
    any = 1;
  }
  return any;
}

void TIER(accumulate_shard)(struct tweedie_pass *pass, int64_t first, int64_t last, tweedie_accumulate_block *accumulate_block) {
  const tweedie_rows *rows = pass->rows;
  const int filtering = TIER(filter_applies)(pass);
  if (filtering) TIER(filter_open)(pass, first, last);
  if (TIER(balls_apply)(pass)) TIER(balls_open)(pass);
  for (int64_t group = 0; group < rows->rows; group += pass->s.group) {
    if (pass->balls) TIER(balls_want)(pass, group, first, last);
    FOR_EACH_TILE(pass, t, group) {
      struct tweedie_tile tile = tile_at(pass, group, t);
      load_rows(pass, &tile);
      if (pass->kernels->load) pass->kernels->load(pass, &tile);
      clear_state(pass, &tile);
    }
    visit_shard(pass, filtering, group, first, last, accumulate_block);
    if (pass->blind && open_unexplained(pass, group)) {
      FOR_EACH_BLOCK(pass, k, n, first, last) {
        FOR_EACH_TILE(pass, t, group) {
          struct tweedie_tile tile = tile_at(pass, group, t);
          if (*tile.refined != 0) accumulate_block(pass, &tile, k, n);
        }
      }
    }
    FOR_EACH_TILE(pass, t, group) {
      struct tweedie_tile tile = tile_at(pass, group, t);
      merge_tile(pass, &tile, t, first / TWEEDIE_SHARD);
    }
  }
}

int32_t TIER(evaluate_accumulate)(const tweedie_prior *prior, const tweedie_level *level, int64_t first, int64_t last,
                           const tweedie_rows *rows, void *scratch) {
  struct tweedie_pass pass;
  TIER(open_pass)(&pass, prior, level, NULL, rows, scratch);
  TIER(accumulate_shard)(&pass, first, last, TIER(accumulate_block));
  return TWEEDIE_OK;
}

int32_t TIER(evaluate_survey)(const tweedie_prior *prior, const tweedie_level *level, int64_t first, int64_t last,
                              const tweedie_rows *rows, float *high, float *low, void *scratch) {
  struct tweedie_pass pass;
  TIER(open_pass)(&pass, prior, level, NULL, rows, scratch);
  tweedie_balls_carve(&pass.b, prior->balls->scratch, prior, TILE);
  for (int64_t group = 0; group < rows->rows; group += pass.s.group) {
    FOR_EACH_TILE(&pass, t, group) {
      const struct tweedie_tile tile = tile_at(&pass, group, t);
      load_rows(&pass, &tile);
      TIER(balls_survey)(&pass, &tile, first, last, high, low);
    }
  }
  return TWEEDIE_OK;
}

/* ---- second passes: the maximum and the sum are those of all components ---- */

static void load_final(struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  load_rows(pass, tile);
  fill(tile->top, TILE, -FLT_MAX);
  for (int64_t l = 0; l < TILE; l++) {
    const int64_t row = tile->first + (l < tile->rows ? l : tile->rows - 1);
    tile->exact[l] = pass->rows->top[row];
    /* a lane without a row weighs nothing; its logits, never refined, may be far above a refined top */
    tile->final[l] = l < tile->rows ? (float)pass->rows->top[row] : FLT_MAX;
    tile->sum[l] = pass->rows->sum[row];
  }
}

int32_t TIER(evaluate_responsibilities)(const tweedie_prior *prior, const tweedie_level *level, int64_t first,
                                     int64_t last, const tweedie_rows *rows, float *out, void *scratch) {
  struct tweedie_pass pass;
  TIER(open_pass)(&pass, prior, level, NULL, rows, scratch);
  for (int64_t group = 0; group < rows->rows; group += pass.s.group) {
    FOR_EACH_TILE(&pass, t, group) {
      struct tweedie_tile tile = tile_at(&pass, group, t);
      load_final(&pass, &tile);
    }
    FOR_EACH_BLOCK(&pass, k, n, first, last) {
      FOR_EACH_TILE(&pass, t, group) {
        struct tweedie_tile tile = tile_at(&pass, group, t);
        weigh_block(&pass, &tile, k, n, 0);
        for (int64_t i = 0; i < n; i++) {
          for (int v = 0; v < TILE; v += VF_LANES) {
            float *at = pass.s.weight + i * TILE + v;
            vf_store(at, vf_div(vf_load(at), vf_load(tile.sum + v)));
          }
        }
        TIER(lanes_to_rows)(pass.s.weight, tile.rows, n, out + (rows->begin + tile.first) * prior->components + k,
                            prior->components);
      }
    }
  }
  return TWEEDIE_OK;
}

/* diagonal += part / sum */
static void add_diagonal(struct tweedie_pass *pass, const struct tweedie_tile *tile) {
  const int64_t d = pass->prior->dim;
  TIER(lanes_to_rows)(tile->acc, tile->rows, d, pass->s.rows, d);
  const tweedie_rows into = rows_of(pass, tile);
  for (int64_t i = 0; i < tile->rows; i++) {
    const float inverse = 1.0f / tile->sum[i];
    for (int64_t j = i * d; j < (i + 1) * d; j++)
      into.diagonal[j] = __builtin_fmaf(pass->s.rows[j], inverse, into.diagonal[j]);
  }
}

static void spread_block(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  if (weigh_block(pass, tile, k, n, 0))
    pass->kernels->spread(pass, tile, k, pick(pass, tile, pass->s.weight, n));
}

static void times_block(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t k, int64_t n) {
  if (weigh_block(pass, tile, k, n, 0))
    pass->kernels->times(pass, tile, k, pick(pass, tile, pass->s.weight, n));
}

int32_t TIER(add_covariance)(const tweedie_prior *prior, const tweedie_level *level, int64_t first, int64_t last,
                             const tweedie_rows *rows, const float *v, void *scratch) {
  struct tweedie_pass pass;
  TIER(open_pass)(&pass, prior, level, NULL, rows, scratch);
  const int64_t d = prior->dim;
  const int filtering = TIER(filter_applies)(&pass);
  pass.second = 1;
  if (filtering) TIER(filter_open)(&pass, first, last);
  if (TIER(balls_apply)(&pass)) TIER(balls_open)(&pass);
  for (int64_t group = 0; group < rows->rows; group += pass.s.group) {
    if (pass.balls) TIER(balls_want)(&pass, group, first, last);
    FOR_EACH_TILE(&pass, t, group) {
      struct tweedie_tile tile = tile_at(&pass, group, t);
      load_final(&pass, &tile);
      TIER(rows_to_lanes)(rows->acc + tile.first * pass.s.width, pass.s.width, tile.rows, d, tile.mean);
      if (v) TIER(rows_to_lanes)(v + (rows->begin + tile.first) * d, d, tile.rows, d, tile.vector);
      fill(tile.acc, d * TILE, 0.0f);
    }
    visit_shard(&pass, filtering, group, first, last, v ? times_block : spread_block);
    FOR_EACH_TILE(&pass, t, group) {
      struct tweedie_tile tile = tile_at(&pass, group, t);
      add_diagonal(&pass, &tile);
    }
  }
  return TWEEDIE_OK;
}

int32_t TIER(evaluate_diagonal)(const tweedie_prior *prior, const tweedie_level *level, int64_t first, int64_t last,
                             const tweedie_rows *rows, void *scratch) {
  return TIER(add_covariance)(prior, level, first, last, rows, NULL, scratch);
}
