/* The filter in front of the isotropic kernels: products of 8-bit codes bound every logit, and components are left out
 * that provably have no weight. docs/pruning.md derives the bounds and the rules; no bit of any result changes.
 *
 * B = 256, N = 9,000, d = 784: logits of float32 are 1.8e9 fma of 16 a cycle, 43 ms at 2.6 GHz; those of codes are
 * multiply-adds of 64 a cycle, 11 ms. For one row what counts is memory: a byte an element where floats have four. */
#include "filter.h"

#include <math.h>
#include <string.h>

#include "filter_dots.h"
#include "score.h"

#define BLOCKS_OF_SAMPLE 24 /* of so many blocks one is looked at before a shard is filtered; */
#define MOST_SAMPLES 3      /* of a whole shard 2 x 3 of 96: 0.8 % of its dense time */
#define MOST_NEEDED 0.7f   /* from this share on, the codes cost more than they save */
#define LARGEST 127.0f
#define TINY 1e-18f   /* what squares that underflowed may hide of a norm */
#define GREAT 1e30f   /* beyond it a row is taken whole: sums could overflow */
#define PAST_CUTOFF 0x1p-10f

int TIER(filter_applies)(const struct tweedie_pass *pass) {
  return pass->prior->filter && pass->level && pass->level->stride == 0 && pass->prior->kind == TWEEDIE_ISOTROPIC;
}

/* Biases with what may be lost of them: at most 0, but for the sign of what other callers bring. */
static void load_biases(struct tweedie_pass *pass, int64_t first, int64_t last) {
  const float *bias = pass->level->bias + first;
  for (int64_t i = 0; i < last - first; i++) {
    const float size = __builtin_fabsf(bias[i]), lost = size < INFINITY ? 0x1p-21f * size : 0.0f;
    const float up = bias[i] + lost;
    pass->f.up[i] = up > -FLT_MAX ? up : -FLT_MAX; /* an infinite row plus this is no NaN */
    pass->f.down[i] = bias[i] - lost;
  }
}

void TIER(filter_open)(struct tweedie_pass *pass, int64_t first, int64_t last) {
  tweedie_filter_carve(&pass->f, pass->prior->filter->scratch, pass->prior, TILE);
  pass->s.group = pass->s.group < FILTER_ROWS ? pass->s.group : FILTER_ROWS;
  load_biases(pass, first, last);
}

/* ---- rows ---- */

struct row_codes {
  vf minus_delta, inverse, squares; /* of what rounding took */
  vu total;
};

/* The code of x' in the lowest byte. */
LANE vu code(struct row_codes *row, vf x) {
  const vf sum = vf_fma(x, row->inverse, vf_set(FORMULA_ROUND));
  const vf rest = vf_fma(row->minus_delta, vf_sub(sum, vf_set(FORMULA_ROUND)), x);
  const vu code = vu_sub(vf_bits(sum), vu_set(0x4b400000u));
  row->squares = vf_fma(rest, rest, row->squares);
  row->total = vu_add(row->total, code);
  return vu_and(code, vu_set(0xff));
}

LANE vf absolute(vf a) { return vf_flip(a, vf_bits(a)); }

static vf largest_of(const float *x, int64_t d) {
  vf largest = vf_set(0.0f);
  for (int64_t j = 0; j < d; j++) largest = vf_max(absolute(vf_load(x + j * TILE)), largest);
  return largest;
}

/* Of one vector of lanes: codes to `out`. */
static struct row_codes encode(const float *x, int64_t d, vf delta, vf inverse, uint32_t *out) {
  struct row_codes row = {vf_negate(delta), inverse, vf_set(0.0f), vu_set(0)};
  int64_t j = 0;
  for (; j + 4 <= d; j += 4, x += 4 * TILE, out += TILE) {
    vu word = code(&row, vf_load(x));
    word = vu_or(word, vu_shl(code(&row, vf_load(x + TILE)), 8));
    word = vu_or(word, vu_shl(code(&row, vf_load(x + 2 * TILE)), 16));
    word = vu_or(word, vu_shl(code(&row, vf_load(x + 3 * TILE)), 24));
    vf_store((float *)out, vf_from_bits(word));
  }
  if (j == d) return row;
  vu word = code(&row, vf_load(x));
  if (j + 1 < d) word = vu_or(word, vu_shl(code(&row, vf_load(x + TILE)), 8));
  if (j + 2 < d) word = vu_or(word, vu_shl(code(&row, vf_load(x + 2 * TILE)), 16));
  vf_store((float *)out, vf_from_bits(word));
  return row;
}

/* What the bounds of a vector's logits need; docs/pruning.md has each term. */
static void load_errors(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t at, int v, vf delta, vf squares) {
  const tweedie_level *level = pass->level;
  const float d = (float)pass->prior->dim, norm = pass->prior->filter->largest, scale = level->scale[0];
  const float chain = (d + 8.0f) * 0x1p-23f;
  const vf sure = vf_set(1.0f + chain), tiny = vf_set(TINY);
  const vf size = vf_fma(vf_sqrt(vf_load(tile->norm + v)), sure, tiny), lost = vf_fma(vf_sqrt(squares), sure, tiny);
  const vf each = vf_mul(vf_set(scale * (1.0f + 0x1p-20f)), vf_fma(size, vf_set(chain + 0x1p-20f), lost));
  const vf rest = vf_mul(vf_set(scale * (1.0f + 0x1p-20f)), vf_add(size, lost));
  /* a refined lane's candidates, and how far apart logits of floats and doubles can be */
  const vf reach = vf_add(size, vf_set((float)level->alpha * norm));
  const vf doubles = vf_mul(vf_mul(reach, reach), vf_set(0x1p-38f * (float)level->half[0]));
  const vf floats = vf_fma(vf_mul(size, vf_set(scale * norm)), vf_set(4.0f * chain), vf_set(0x1p-20f * level->bound));
  const vf refined = vf_fma(vf_load(tile->error + v), vf_set(2.0f + 0x1p-19f), vf_add(doubles, floats));
  const vf margin = vf_set(TWEEDIE_CUTOFF + PAST_CUTOFF);
  const vm is_refined = vf_lt(vf_set(TWEEDIE_LOGIT_ERROR), vf_load(tile->error + v));
  const vm usual = vf_lt(vf_mul(rest, vf_set(norm)), vf_set(GREAT)); /* false for NaN */
  const vf none = vf_set(0.0f);
  vf_store(pass->f.step + at, vf_select(usual, vf_mul(delta, vf_set(scale)), none));
  vf_store(pass->f.error + at, vf_select(usual, each, none));
  vf_store(pass->f.rest + at, vf_select(usual, rest, none));
  vf_store(pass->f.least + at, vf_select(usual, vf_set(0x1p-20f + scale * d * 0x1p-148f), vf_set(INFINITY)));
  vf_store(pass->f.margin + at, vf_select(is_refined, vf_fma(refined, vf_set(1.0f + 0x1p-20f), margin), margin));
  /* in a second pass of rows that are not refined the top is final */
  const vf begin = vf_set(-FLT_MAX);
  vf_store(pass->f.top + at, pass->second ? vf_select(is_refined, begin, vf_load(tile->final + v)) : begin);
}

static void load_few(struct tweedie_pass *pass, const struct tweedie_tile *tile, const uint32_t *codes) {
  memset(pass->f.few, 0, (size_t)(FILTER_FEW * pass->f.stride));
  for (int64_t s = 0; s < pass->f.steps; s++)
    for (int64_t r = 0; r < tile->rows; r++) memcpy(pass->f.few + r * pass->f.stride + 4 * s, codes + s * TILE + r, 4);
}

void TIER(filter_rows)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t) {
  const int64_t d = pass->prior->dim;
  uint32_t *codes = pass->f.codes + t * pass->f.steps * TILE;
  for (int v = 0; v < TILE; v += VF_LANES) {
    const int64_t at = t * TILE + v;
    const vf largest = largest_of(tile->x + v, d), whole = vf_set(LARGEST), none = vf_set(0.0f);
    const vm least = vf_lt(largest, vf_set(1.0f / GREAT)); /* all lost: its inverse could be infinite */
    const vf delta = vf_select(least, none, vf_div(largest, whole));
    const vf inverse = vf_select(least, none, vf_div(whole, largest));
    const struct row_codes row = encode(tile->x + v, d, delta, inverse, codes + v);
    vf_store((float *)pass->f.start + at, vf_from_bits(vu_sub(vu_set(0), vu_shl(row.total, 7))));
    load_errors(pass, tile, at, v, delta, row.squares);
  }
  if (tile->rows <= FILTER_FEW) load_few(pass, tile, codes);
}

/* ---- bounds ---- */

/* Upper bounds of one vector's logits of components [k, k + n) to f.upper, and what they say of the block. */
static void bound(struct tweedie_pass *pass, int64_t at, int v, int64_t k, int64_t first, int64_t n, vf *highest, vf *lowest) {
  const struct tweedie_filter_space *f = &pass->f;
  const tweedie_filter *filter = pass->prior->filter;
  const vf step = vf_load(f->step + at), error = vf_load(f->error + at), rest = vf_load(f->rest + at);
  const vf least = vf_load(f->least + at);
  const uint32_t *dots = (const uint32_t *)f->dots + v;
  vf high = vf_set(-FLT_MAX), low = vf_set(-FLT_MAX);
  for (int64_t i = 0; i < n; i++) {
    const int64_t c = k + i;
    const vf e = vf_fma(error, vf_set(filter->norm[c]), vf_fma(rest, vf_set(filter->slack[c]), least));
    const vf dot = vf_mul(vf_of_int(vu_load(dots + i * TILE)), vf_set(filter->scale[c]));
    const vf up = vf_fma(step, dot, vf_add(vf_set(f->up[c - first]), e));
    const vf down = vf_fma(step, dot, vf_sub(vf_set(f->down[c - first]), e));
    vf_store(f->upper + i * TILE + v, up);
    high = vf_max(up, high);
    low = vf_max(down, low);
  }
  *highest = high, *lowest = low;
}

/* A bit for each lane of components [k, k + n) that may need it by rule R1: not so far below a top that is there. */
static int mark_block(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t k, int64_t first,
                      int64_t n) {
  struct tweedie_filter_space *f = &pass->f;
  const tweedie_filter *filter = pass->prior->filter;
  const int64_t b = (k - first) / TWEEDIE_BLOCK_ISOTROPIC;
  const int few = tile->rows <= FILTER_FEW && filter->dots == TWEEDIE_DOTS_VNNI;
  uint32_t *need = f->need + t * TWEEDIE_SHARD + (k - first);
  TIER(filter_dots)(&(struct tweedie_filter_dots){.points = filter->codes + k * filter->stride,
                                                  .stride = filter->stride,
                                                  .count = n,
                                                  .steps = f->steps,
                                                  .rows = f->codes + t * f->steps * TILE,
                                                  .start = f->start + t * TILE,
                                                  .few = f->few,
                                                  .few_rows = few ? tile->rows : 0,
                                                  .half = tile->half,
                                                  .vnni = filter->dots == TWEEDIE_DOTS_VNNI,
                                                  .out = f->dots});
  memset(need, 0, (size_t)n * sizeof *need);
  int any = 0;
  for (int v = 0; v < (tile->half ? VF_LANES : TILE); v += VF_LANES) {
    const int64_t at = t * TILE + v, here = (t * FILTER_BLOCKS + b) * TILE + v;
    vf highest, lowest;
    bound(pass, at, v, k, first, n, &highest, &lowest);
    const vf top = vf_max(lowest, vf_load(f->top + at)), threshold = vf_sub(top, vf_load(f->margin + at));
    vf_store(f->top + at, top);
    vf_store(f->highest + here, highest);
    vf_store(f->lowest + here, lowest);
    const int64_t left = tile->rows - v;
    const uint32_t lanes = left < VF_LANES ? (UINT32_C(1) << left) - 1 : ~UINT32_C(0) >> (32 - VF_LANES);
    if ((~vm_bits(vf_lt(highest, threshold)) & lanes) == 0) continue;
    for (int64_t i = 0; i < n; i++)
      need[i] |= (~vm_bits(vf_lt(vf_load(f->upper + i * TILE + v), threshold)) & lanes) << v;
    any = 1;
  }
  return any;
}

/* Of the components of a few blocks, those that a tile needs. */
static float share_needed(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t first, int64_t blocks) {
  const int64_t samples = blocks < MOST_SAMPLES * BLOCKS_OF_SAMPLE ? 1 + blocks / BLOCKS_OF_SAMPLE : MOST_SAMPLES;
  int64_t count = 0;
  for (int sweep = 0; sweep < 2; sweep++) { /* the second one knows the best of all samples */
    count = 0;
    for (int64_t s = 0; s < samples; s++) {
      const int64_t i = (2 * s + 1) * blocks / (2 * samples) * TWEEDIE_BLOCK_ISOTROPIC;
      const uint32_t *need = pass->f.need + t * TWEEDIE_SHARD + i;
      mark_block(pass, tile, t, first + i, first, TWEEDIE_BLOCK_ISOTROPIC);
      for (int64_t c = 0; c < TWEEDIE_BLOCK_ISOTROPIC; c++) count += need[c] != 0;
    }
  }
  return (float)count / (float)(samples * TWEEDIE_BLOCK_ISOTROPIC);
}

int TIER(filter_pays)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t first, int64_t last) {
  const int64_t blocks = (last - first) / TWEEDIE_BLOCK_ISOTROPIC; /* whole ones */
  float begin[TILE];
  if (pass->prior->filter->always) return 1;
  if (blocks < 2) return 0;
  memcpy(begin, pass->f.top + t * TILE, sizeof begin);
  const float share = share_needed(pass, tile, t, first, blocks);
  memcpy(pass->f.top + t * TILE, begin, sizeof begin);
  return share < MOST_NEEDED;
}

void TIER(filter_mark)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t k, int64_t first,
                       int64_t n) {
  mark_block(pass, tile, t, k, first, n);
}

/* ---- survivors ---- */

/* Rule R2: for each lane the last block whose best logit is so far above all before it that nothing of them is left. */
static void find_begin(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t blocks, int64_t *begin) {
  for (int64_t l = 0; l < TILE; l++) begin[l] = 0;
  if (pass->second) return; /* nothing fades */
  for (int v = 0; v < (tile->half ? VF_LANES : TILE); v += VF_LANES) {
    const vf margin = vf_load(pass->f.margin + t * TILE + v);
    vf before = vf_set(-FLT_MAX);
    for (int64_t b = 0; b < blocks; b++) {
      const int64_t here = (t * FILTER_BLOCKS + b) * TILE + v;
      uint32_t wiped = vm_bits(vf_lt(before, vf_sub(vf_load(pass->f.lowest + here), margin)));
      before = vf_max(vf_load(pass->f.highest + here), before);
      for (; wiped != 0; wiped &= wiped - 1) begin[v + __builtin_ctz(wiped)] = b;
    }
  }
}

/* Components of block b that a lane needs, behind the `count` of the list. */
static int64_t list_block(struct tweedie_pass *pass, int64_t t, const int64_t *begin, int64_t first, int64_t b, int64_t n,
                          int64_t count) {
  const int64_t k = b * TWEEDIE_BLOCK_ISOTROPIC;
  const uint32_t *need = pass->f.need + t * TWEEDIE_SHARD + k;
  uint32_t lanes = 0;
  for (int l = 0; l < TILE; l++) lanes |= (uint32_t)(begin[l] <= b) << l;
  for (int64_t i = 0; i < n; i++) {
    if ((need[i] & lanes) == 0) continue;
    pass->f.list[count] = first + k + i;
    pass->f.member[count++] = i;
  }
  return count;
}

/* Products of the listed components with the tile's rows. */
static void multiply(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t count) {
  const int64_t d = pass->prior->dim;
  for (int64_t i = 0; i < count; i++)
    memcpy(pass->f.packed + i * d, pass->prior->means + pass->f.list[i] * d, (size_t)d * sizeof(float));
  TIER(product_rows)(&(struct tweedie_product){.a = pass->f.packed,
                                               .stride = d,
                                               .m = count,
                                               .k = d,
                                               .b = tile->x,
                                               .c = pass->f.products,
                                               .ldc = TILE,
                                               .half = tile->half});
}

/* Blocks of which some components were listed, with where the next one's begin in the list. */
struct listed {
  int64_t blocks, block[FILTER_LISTED], end[FILTER_LISTED];
};

static void visit(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t first, const struct listed *listed,
                  tweedie_accumulate_block *accumulate_block) {
  const struct tweedie_component_kernels *kernels = pass->kernels;
  const int64_t *member = pass->member;
  int64_t at = 0;
  multiply(pass, tile, listed->end[listed->blocks - 1]);
  pass->kernels = &TIER(isotropic_survivors);
  for (int64_t i = 0; i < listed->blocks; i++) {
    pass->member = pass->f.member + at;
    pass->products = pass->f.products + at * TILE;
    accumulate_block(pass, tile, first + listed->block[i] * TWEEDIE_BLOCK_ISOTROPIC, listed->end[i] - at);
    at = listed->end[i];
  }
  pass->kernels = kernels;
  pass->member = member;
}

void TIER(filter_visit)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t first, int64_t last,
                        tweedie_accumulate_block *accumulate_block) {
  const int64_t size = TWEEDIE_BLOCK_ISOTROPIC, blocks = (last - first + size - 1) / size;
  int64_t begin[TILE], count = 0, all = 0, earliest = blocks;
  struct listed listed = {.blocks = 0};
  find_begin(pass, tile, t, blocks, begin);
  for (int64_t l = 0; l < tile->rows; l++) earliest = begin[l] < earliest ? begin[l] : earliest;
  for (int64_t b = earliest; b < blocks; b++) {
    const int64_t left = last - first - b * size, before = count;
    count = list_block(pass, t, begin, first, b, left < size ? left : size, count);
    if (count == before) continue;
    all += count - before;
    listed.block[listed.blocks] = b;
    listed.end[listed.blocks++] = count;
    if (count < FILTER_LISTED) continue;
    visit(pass, tile, first, &listed, accumulate_block);
    count = listed.blocks = 0;
  }
  if (count > 0) visit(pass, tile, first, &listed, accumulate_block);
  pass->prior->filter->skipped += tile->rows * (last - first - all);
}
