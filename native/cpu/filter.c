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
#define MOST_SAMPLES 3      /* of a whole shard 3 of 96, for the first tile of a group */
#define FEW_LARGEST 5
#define DAMPED 0.5f       /* tails of logits are lighter than exponential ones */
#define MOST_NEEDED 0.3f  /* from this estimate on, the codes cost more than they save */
#define MOST_PICKED 0.6f   /* a block of which the first codes leave more was better looked at whole, */
#define WHOLE_BLOCKS 7     /* as so many after it will be */

int TIER(filter_applies)(const struct tweedie_pass *pass) {
  return pass->prior->filter && pass->level && pass->level->stride == 0 && pass->prior->kind == TWEEDIE_ISOTROPIC;
}

/* Biases with what may be lost of them. */
static void load_biases(struct tweedie_pass *pass, int64_t first, int64_t last) {
  const float *bias = pass->level->bias + first;
  for (int64_t i = 0; i < last - first; i++) {
    pass->f.up[i] = bounds_bias_up(bias[i]);
    pass->f.down[i] = bounds_bias_down(bias[i]);
  }
}

void TIER(filter_open)(struct tweedie_pass *pass, int64_t first, int64_t last) {
  tweedie_filter_carve(&pass->f, pass->prior->filter->scratch, pass->prior, TILE);
  pass->s.group = pass->s.group < FILTER_ROWS ? pass->s.group : FILTER_ROWS;
  load_biases(pass, first, last);
}

/* ---- rows ---- */

struct row_codes {
  struct row_step step;
  vf squares; /* of what rounding took */
  vf behind;  /* squares of x' behind the first codes */
  vu first;   /* sum of the first codes */
  vu total;   /* of all */
};

/* The code of x' in the lowest byte. */
LANE vu code(struct row_codes *row, vf x) {
  const vu code = bounds_code(row->step, x, &row->squares);
  row->total = vu_add(row->total, code);
  return vu_and(code, vu_set(0xff));
}

LANE vf absolute(vf a) { return vf_flip(a, vf_bits(a)); }

static vf largest_of(const float *x, int64_t d) {
  vf largest = vf_set(0.0f);
  for (int64_t j = 0; j < d; j++) largest = vf_max(absolute(vf_load(x + j * TILE)), largest);
  return largest;
}

/* Of elements [from, to) in the filter's order, of one vector of lanes: codes to `out`. Returns the squares of x'. */
static vf encode(struct row_codes *row, const float *x, const int32_t *order, int64_t from, int64_t to, uint32_t *out) {
  vf squares = vf_set(0.0f);
  for (int64_t j = from; j < to; j += 4) {
    vu word = vu_set(0);
    for (int64_t b = 0; b < 4 && j + b < to; b++) {
      const vf element = vf_load(x + order[j + b] * TILE);
      squares = vf_fma(element, element, squares);
      word = vu_or(word, vu_shl(code(row, element), (int)(8 * b)));
    }
    vf_store((float *)(out + j / 4 * TILE), vf_from_bits(word));
  }
  return squares;
}

/* What the bounds of a vector's logits need; docs/pruning.md has each term. */
static void load_errors(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t at, int v,
                        const struct row_codes *row) {
  const int64_t d = pass->prior->dim;
  const float norm = pass->prior->filter->largest, scale = pass->level->scale[0];
  const struct row_bounds bounds = bounds_row(vf_load(tile->norm + v), row->squares, row->step.delta, d, scale, norm);
  const vf behind = bounds_norm(row->behind, d);
  const vm is_refined = vf_lt(vf_set(TWEEDIE_LOGIT_ERROR), vf_load(tile->error + v));
  vf_store(pass->f.step + at, bounds.step);
  vf_store(pass->f.error + at, bounds.error);
  vf_store(pass->f.rest + at, bounds.rest);
  vf_store(pass->f.behind + at, vf_select(bounds.usual, vf_mul(vf_set(bounds_scale(scale)), behind), vf_set(0.0f)));
  vf_store(pass->f.least + at, bounds.least);
  vf_store(pass->f.margin + at, zero_margin(pass, tile, v, norm));
  /* in a second pass of rows that are not refined the top is final */
  const vf begin = vf_set(-FLT_MAX);
  vf_store(pass->f.top + at, pass->second ? vf_select(is_refined, begin, vf_load(tile->final + v)) : begin);
}

static void load_few(struct tweedie_pass *pass, const struct tweedie_tile *tile, const uint32_t *codes) {
  memset(pass->f.few, 0, (size_t)(FILTER_FEW * pass->f.stride));
  for (int64_t s = 0; s < pass->f.steps; s++)
    for (int64_t r = 0; r < tile->rows; r++) memcpy(pass->f.few + r * pass->f.stride + 4 * s, codes + s * TILE + r, 4);
}

/* Codes of components are 128 more than what they stand for. */
LANE void store_start(uint32_t *start, vu sum) {
  vf_store((float *)start, vf_from_bits(vu_sub(vu_set(0), vu_shl(sum, 7))));
}

void TIER(filter_rows)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t) {
  const int64_t d = pass->prior->dim, head = pass->prior->filter->head;
  const int32_t *order = pass->prior->filter->order;
  uint32_t *codes = pass->f.codes + t * pass->f.steps * TILE;
  pass->f.asked[t] = 0;
  pass->f.whole[t] = !pass->second; /* before the first block nothing is known that others could be below */
  for (int v = 0; v < TILE; v += VF_LANES) {
    const int64_t at = t * TILE + v;
    const vf none = vf_set(0.0f);
    struct row_codes row = {bounds_step(largest_of(tile->x + v, d)), none, none, vu_set(0), vu_set(0)};
    encode(&row, tile->x + v, order, 0, head, codes + v);
    row.first = row.total;
    row.behind = encode(&row, tile->x + v, order, head, d, codes + v);
    store_start(pass->f.start + at, row.total);
    store_start(pass->f.begin + at, row.first);
    store_start(pass->f.go_on + at, vu_sub(row.total, row.first));
    load_errors(pass, tile, at, v, &row);
  }
  if (tile->rows <= FILTER_FEW) load_few(pass, tile, codes);
}

/* ---- bounds ---- */

/* What is read next lies here and there, where the processor does not look for it: 3 % of the time at sigma 0.05. */
static void fetch(const void *from, int64_t bytes) {
  for (int64_t b = 0; b < bytes; b += FILTER_LANES) __builtin_prefetch((const char *)from + b);
}

/* A bit for each lane of the vector at v that has a row. */
static uint32_t lanes_with_rows(const struct tweedie_tile *tile, int v) {
  const int64_t left = tile->rows - v;
  if (left <= 0) return 0;
  return left < VF_LANES ? (UINT32_C(1) << left) - 1 : ~UINT32_C(0) >> (32 - VF_LANES);
}

/* What codes [from, to) add to the sums of a block's components, or of the `count` picked ones. */
static void add_dots(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t k, int64_t from,
                     int64_t to, const uint32_t *start, const int64_t *picked, int64_t count) {
  const struct tweedie_filter_space *f = &pass->f;
  const tweedie_filter *filter = pass->prior->filter;
  const int vnni = filter->dots == TWEEDIE_DOTS_VNNI;
  TIER(filter_dots)(&(struct tweedie_filter_dots){.points = filter->codes + k * filter->stride + from,
                                                  .stride = filter->stride,
                                                  .picked = picked,
                                                  .count = count,
                                                  .steps = (to - from + 3) / 4,
                                                  .bytes = (to - from + FILTER_LANES - 1) / FILTER_LANES * FILTER_LANES,
                                                  .rows = f->codes + (t * f->steps + from / 4) * TILE,
                                                  .start = start + t * TILE,
                                                  .few = f->few + from,
                                                  .few_rows = vnni && tile->rows <= FILTER_FEW ? tile->rows : 0,
                                                  .half = tile->half,
                                                  .vnni = vnni,
                                                  .out = f->dots});
}

/* Components of [k, k + n) that a lane may need by what their first codes say: the others are too far below the top of the
 * blocks before, and no rule looks at their bounds again. Returns how many. */
static int64_t pick_by_head(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t k,
                            int64_t first, int64_t n) {
  struct tweedie_filter_space *f = &pass->f;
  const tweedie_filter *filter = pass->prior->filter;
  uint32_t *need = f->need + t * TWEEDIE_SHARD + (k - first);
  int64_t count = 0;
  for (int v = 0; v < (tile->half ? VF_LANES : TILE); v += VF_LANES) {
    const int64_t at = t * TILE + v;
    const vf step = vf_load(f->step + at), error = vf_load(f->error + at), rest = vf_load(f->rest + at);
    const vf least = vf_load(f->least + at), behind = vf_load(f->behind + at);
    const vf threshold = vf_sub(vf_load(f->top + at), vf_load(f->margin + at));
    const uint32_t lanes = lanes_with_rows(tile, v);
    const uint32_t *dots = (const uint32_t *)f->dots + v;
    for (int64_t i = 0; i < n; i++) {
      const int64_t c = k + i;
      const vf e =
          vf_fma(behind, vf_set(filter->tail[c]), bounds_width(error, rest, least, filter->norm[c], filter->slack[c]));
      const vf dot = vf_mul(vf_of_int(vu_load(dots + i * TILE)), vf_set(filter->scale[c]));
      const vf up = vf_fma(step, dot, vf_add(vf_set(f->up[c - first]), e));
      need[i] |= ~vm_bits(vf_lt(up, threshold)) & lanes;
    }
  }
  for (int64_t i = 0; i < n; i++) {
    f->picked[count] = i;
    if (need[i] != 0) fetch(filter->codes + (k + i) * filter->stride + filter->head, filter->stride - filter->head);
    count += need[i] != 0;
    need[i] = 0;
  }
  return count;
}

/* Sums of products of codes, of all components of a block or of those that may be needed, which stand in f.picked. */
static int64_t look_at(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t k, int64_t first,
                       int64_t n) {
  struct tweedie_filter_space *f = &pass->f;
  const int64_t d = pass->prior->dim, head = pass->prior->filter->head;
  if (head == 0 || f->whole[t] > 0) {
    f->whole[t] -= f->whole[t] > 0;
    add_dots(pass, tile, t, k, 0, d, f->start, NULL, n);
    for (int64_t i = 0; i < n; i++) f->picked[i] = i;
    return n;
  }
  add_dots(pass, tile, t, k, 0, head, f->begin, NULL, n);
  const int64_t count = pick_by_head(pass, tile, t, k, first, n);
  if (count > 0) add_dots(pass, tile, t, k, head, d, f->go_on, f->picked, count);
  if ((float)count > MOST_PICKED * (float)n) f->whole[t] = WHOLE_BLOCKS;
  return count;
}

/* Upper bounds of one vector's logits of the picked components to f.upper, and what they say of the block. */
static void bound(struct tweedie_pass *pass, int64_t at, int v, int64_t k, int64_t first, int64_t count, vf *highest,
                  vf *lowest) {
  const struct tweedie_filter_space *f = &pass->f;
  const tweedie_filter *filter = pass->prior->filter;
  const vf step = vf_load(f->step + at), error = vf_load(f->error + at), rest = vf_load(f->rest + at);
  const vf least = vf_load(f->least + at);
  const uint32_t *dots = (const uint32_t *)f->dots + v;
  vf high = vf_set(-FLT_MAX), low = vf_set(-FLT_MAX);
  for (int64_t p = 0; p < count; p++) {
    const int64_t i = f->picked[p], c = k + i;
    const vf e = bounds_width(error, rest, least, filter->norm[c], filter->slack[c]);
    const vf dot = vf_mul(vf_of_int(vu_load(dots + i * TILE)), vf_set(filter->scale[c]));
    const vf up = vf_fma(step, dot, vf_add(vf_set(f->up[c - first]), e));
    const vf down = vf_fma(step, dot, vf_sub(vf_set(f->down[c - first]), e));
    vf_store(f->upper + p * TILE + v, up);
    high = vf_max(up, high);
    low = vf_max(down, low);
  }
  *highest = high, *lowest = low;
}

/* A bit for each lane of components [k, k + n) that may need it by rule R1: not so far below a top that is there. */
static void mark_block(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t k, int64_t first,
                       int64_t n) {
  struct tweedie_filter_space *f = &pass->f;
  const int64_t b = (k - first) / TWEEDIE_BLOCK_ISOTROPIC;
  uint32_t *need = f->need + t * TWEEDIE_SHARD + (k - first);
  memset(need, 0, (size_t)n * sizeof *need);
  const int64_t count = look_at(pass, tile, t, k, first, n);
  for (int v = 0; v < (tile->half ? VF_LANES : TILE); v += VF_LANES) {
    const int64_t at = t * TILE + v, here = (t * FILTER_BLOCKS + b) * TILE + v;
    vf highest, lowest;
    bound(pass, at, v, k, first, count, &highest, &lowest);
    const vf top = vf_max(lowest, vf_load(f->top + at)), threshold = vf_sub(top, vf_load(f->margin + at));
    vf_store(f->top + at, top);
    vf_store(f->highest + here, highest);
    vf_store(f->lowest + here, lowest);
    const uint32_t lanes = lanes_with_rows(tile, v);
    if ((~vm_bits(vf_lt(highest, threshold)) & lanes) == 0) continue;
    for (int64_t p = 0; p < count; p++)
      need[f->picked[p]] |= (~vm_bits(vf_lt(vf_load(f->upper + p * TILE + v), threshold)) & lanes) << v;
  }
}

/* ---- whether it pays ---- */

/* The block that sample s of so many stands for. */
static int64_t sample(int64_t s, int64_t samples, int64_t blocks) { return (2 * s + 1) * blocks / (2 * samples); }

/* The largest bounds of each lane so far, in order. */
struct largest {
  float at[FEW_LARGEST][TILE];
};

static void keep_largest(struct largest *largest, const float *upper, int64_t n) {
  for (int v = 0; v < TILE; v += VF_LANES) {
    vf kept[FEW_LARGEST];
    for (int l = 0; l < FEW_LARGEST; l++) kept[l] = vf_load(largest->at[l] + v);
    for (int64_t i = 0; i < n; i++) {
      vf next = vf_load(upper + i * TILE + v);
      for (int l = 0; l < FEW_LARGEST; l++) {
        const vm above = vf_lt(kept[l], next);
        const vf less = vf_select(above, kept[l], next);
        kept[l] = vf_select(above, next, kept[l]);
        next = less;
      }
    }
    for (int l = 0; l < FEW_LARGEST; l++) vf_store(largest->at[l] + v, kept[l]);
  }
}

/* By how much tops grow where e times as many components are looked at: of an exponential tail, the distances of its
 * largest members are 1, 1/2, 1/3, ... of that. The mean of all lanes. */
static float growth(const struct largest *largest, int64_t rows) {
  float sum = 0.0f, expected = 0.0f;
  for (int l = 1; l < FEW_LARGEST; l++) expected += 1.0f / (float)l;
  for (int64_t r = 0; r < rows; r++) sum += largest->at[0][r] - largest->at[FEW_LARGEST - 1][r];
  return sum / (expected * (float)rows);
}

/* Of the components of a few blocks, those that a tile will need when the blocks before each have been looked at: an
 * estimate, of which no result depends. */
static float share_needed(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t first,
                          const int64_t *block, int64_t blocks) {
  struct tweedie_filter_space *f = &pass->f;
  const int64_t size = TWEEDIE_BLOCK_ISOTROPIC, n = size * TILE;
  const int64_t samples = blocks < MOST_SAMPLES * BLOCKS_OF_SAMPLE ? 1 + blocks / BLOCKS_OF_SAMPLE : MOST_SAMPLES;
  float *bounds = (float *)f->need + t * TWEEDIE_SHARD; /* no marks yet */
  struct largest largest;
  int64_t count = 0;
  for (int l = 0; l < FEW_LARGEST; l++)
    for (int v = 0; v < TILE; v++) largest.at[l][v] = -FLT_MAX;
  for (int64_t i = 0; i < size; i++) f->picked[i] = i;
  for (int64_t s = 0; s < samples; s++) {
    const int64_t k = first + block[sample(s, samples, blocks)] * size;
    vf highest, lowest;
    add_dots(pass, tile, t, k, 0, pass->prior->dim, f->start, NULL, size);
    for (int v = 0; v < TILE; v += VF_LANES) bound(pass, t * TILE + v, v, k, first, size, &highest, &lowest);
    keep_largest(&largest, f->upper, size);
    memcpy(bounds + s * n, f->upper, (size_t)n * sizeof(float));
  }
  const float rise = DAMPED * growth(&largest, tile->rows);
  for (int64_t s = 0; s < samples; s++) {
    const float before = (float)(sample(s, samples, blocks) + 1) / (float)samples;
    const float ahead = pass->second ? 0.0f : rise * vf_first(vf_log(vf_set(before)));
    for (int64_t i = 0; i < size; i++) {
      int any = 0;
      for (int64_t l = 0; l < tile->rows && !any; l++) {
        const float top = pass->second ? f->top[t * TILE + l] : largest.at[0][l] + ahead;
        any = !(bounds[s * n + i * TILE + l] < top - f->margin[t * TILE + l]);
      }
      count += any;
    }
  }
  return (float)count / (float)(samples * size);
}

int TIER(filter_pays)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t first, int64_t last,
                      const uint32_t *near) {
  const int64_t whole = (last - first) / TWEEDIE_BLOCK_ISOTROPIC;
  int64_t block[FILTER_BLOCKS], blocks = 0;
  if (pass->prior->filter->always) return 1;
  for (int64_t b = 0; b < whole; b++)
    if (near == NULL || near[b] != 0) block[blocks++] = b;
  return blocks >= 2 && share_needed(pass, tile, t, first, block, blocks) < MOST_NEEDED;
}

void TIER(filter_mark)(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t k, int64_t first,
                       int64_t n) {
  pass->f.asked[t] += n;
  mark_block(pass, tile, t, k, first, n);
}

/* Of rule R2 the bounds are not missed: what it is about is above them in any case. */
void TIER(filter_leave)(struct tweedie_pass *pass, int64_t t, int64_t k, int64_t first, int64_t n) {
  const int64_t here = (t * FILTER_BLOCKS + (k - first) / TWEEDIE_BLOCK_ISOTROPIC) * TILE;
  memset(pass->f.need + t * TWEEDIE_SHARD + (k - first), 0, (size_t)n * sizeof *pass->f.need);
  for (int v = 0; v < TILE; v += VF_LANES) {
    vf_store(pass->f.highest + here + v, vf_set(-FLT_MAX));
    vf_store(pass->f.lowest + here + v, vf_set(-FLT_MAX));
  }
}

/* ---- survivors ---- */

/* What no float32 logit of the row's best component in the shards before is below. */
static double top_of_shards_before(const struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t l) {
  return bounds_top(pass->rows->top[tile->first + l], *tile->refined >> l & 1, pass->level->half[0], tile->norm[l],
                    pass->prior->dim);
}

/* Rules R2 and R4: for each lane the last block whose best logit is so far above all before it that nothing of them is
 * left; or none, where nothing of the shard will be. */
static void find_begin(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t t, int64_t blocks, int64_t *begin) {
  for (int64_t l = 0; l < TILE; l++) begin[l] = 0;
  if (pass->second) return; /* nothing fades */
  for (int v = 0; v < (tile->half ? VF_LANES : TILE); v += VF_LANES) {
    const vf margin = vf_load(pass->f.margin + t * TILE + v);
    float highest[VF_LANES];
    vf before = vf_set(-FLT_MAX);
    for (int64_t b = 0; b < blocks; b++) {
      const int64_t here = (t * FILTER_BLOCKS + b) * TILE + v;
      uint32_t wiped = vm_bits(vf_lt(before, vf_sub(vf_load(pass->f.lowest + here), margin)));
      before = vf_max(vf_load(pass->f.highest + here), before);
      for (; wiped != 0; wiped &= wiped - 1) begin[v + __builtin_ctz(wiped)] = b;
    }
    vf_store(highest, before);
    for (int64_t l = v; l < v + VF_LANES && l < tile->rows; l++)
      if (highest[l - v] < top_of_shards_before(pass, tile, l) - pass->f.margin[t * TILE + l]) begin[l] = blocks;
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
    fetch(pass->prior->means + (first + k + i) * pass->prior->dim, pass->prior->dim * (int64_t)sizeof(float));
    pass->f.list[count] = first + k + i;
    pass->f.member[count++] = i;
  }
  return count;
}

/* Products of the listed components with the tile's rows. */
static void multiply(struct tweedie_pass *pass, const struct tweedie_tile *tile, int64_t count) {
  const int64_t d = pass->prior->dim;
  TIER(product_rows)(&(struct tweedie_product){.a = pass->prior->means,
                                               .stride = d,
                                               .listed = pass->f.list,
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
  pass->prior->filter->skipped += tile->rows * (pass->f.asked[t] - all);
}
