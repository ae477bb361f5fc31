/* The score of isotropic components in fast mode: the two products of a shard by cuBLAS, everything else as in exact
 * mode. Weights relative to the running maximum of their block are first made relative to that of the shard, so that one
 * product takes all blocks. */
#include "score.cuh"

#include "blas.cuh"

/* What rounding the factors adds to error_scale: the sum of |x_j m_j| is at most |x'| |m|, and each factor may be off by
 * a unit of TF32's last place, which tensor cores cut off, or by half a unit of bfloat16's, which is rounded. */
static float coarseness(int32_t precision) {
  return precision == TWEEDIE_TF32 ? 0x1p-9f : precision == TWEEDIE_BF16 ? 0x1p-7f : 0.0f;
}

/* Copies of the factors: in bfloat16, or the parts of TF32X3 (x and the weights leave their high ones in place). */
struct fast_space {
  uint16_t *x, *means, *weight;
  float *x_rest, *means_high, *means_rest, *weight_rest;
};

static int64_t carve(fast_space *f, score_space *s, void *scratch, int32_t precision, const tweedie_prior *prior,
                     int64_t rows) {
  const int64_t bytes = precision == TWEEDIE_BF16 ? (int64_t)sizeof(uint16_t) : 0;
  const int64_t parts = precision == TWEEDIE_TF32X3 ? (int64_t)sizeof(float) : 0;
  uintptr_t at = (uintptr_t)scratch;
  at += (uintptr_t)score_space_carve(s, scratch, prior, prior->components, rows > 0 ? rows : 1, SPACE_ONE_SHARD);
  f->x = (uint16_t *)tweedie_take(&at, prior->dim * s->ld * bytes);
  f->means = (uint16_t *)tweedie_take(&at, s->shard * prior->dim * bytes);
  f->weight = (uint16_t *)tweedie_take(&at, s->shard * s->ld * bytes);
  f->x_rest = (float *)tweedie_take(&at, prior->dim * s->ld * parts);
  f->means_high = (float *)tweedie_take(&at, s->shard * prior->dim * parts);
  f->means_rest = (float *)tweedie_take(&at, s->shard * prior->dim * parts);
  f->weight_rest = (float *)tweedie_take(&at, s->shard * s->ld * parts);
  return (int64_t)(at - (uintptr_t)scratch);
}

int64_t tweedie_cuda_fast_evaluate_scratch(int32_t precision, const tweedie_prior *prior, int64_t rows) {
  fast_space f;
  score_space s;
  return carve(&f, &s, NULL, precision, prior, rows);
}

/* Splitting leaves 2^-21 of a product out. Tensor cores cut off what they add to a sum, at every eighth step of it, by
 * half a unit of 2^-23 in the mean (Fasi, Higham, Mikaitis and Pranesh 2021). */
float tweedie_cuda_fast_error_scale(int32_t precision, int64_t dim, float error_scale) {
  return precision == TWEEDIE_TF32X3 ? error_scale + (8.0f + (float)dim / 8.0f) * 0x1p-24f : error_scale;
}

/* Products become logits. */
static __global__ void settle_logits(pass p) {
  const place_in_chunk at = place_here(p.size);
  if (at.row >= p.size) return;
  const int64_t k = p.first + at.j;
  float *logit = p.s.logit + at.j * p.s.ld + at.row;
  const float bias = p.level.bias[k];
  *logit = fmaf(p.level.scale[k * p.level.stride], *logit,
                p.level.stride ? fmaf(-p.level.shift[k], p.s.norm[at.row], bias) : bias);
}

/* fade = factor of a block's weights in the merged state: those of the blocks after it, and take */
static __global__ void fade_blocks(pass p) {
  const int64_t row = first_item();
  if (row >= p.size) return;
  float factor = p.s.take[row];
  for (int64_t b = p.blocks - 1; b >= 0; b--) {
    float *fade = p.s.fade + b * p.s.ld + row;
    const float own = *fade;
    *fade = factor;
    factor = factor * own;
  }
}

/* For TF32X3 they are split on the way: each pass over all of them is 8 bytes and more for 2 d flops. */
static __global__ void fade_weights(pass p, float *rest) {
  const place_in_chunk at = place_here(p.size);
  if (at.row >= p.size) return;
  const int64_t here = at.j * p.s.ld + at.row;
  const float faded = p.s.logit[here] * p.s.fade[(int)at.j / (int)p.block * p.s.ld + at.row];
  if (rest)
    split_number(faded, p.s.logit + here, rest + here);
  else
    p.s.logit[here] = faded;
}

/* acc of the state = keep acc, but for its last column, which merge_shard has made */
static __global__ void fade_state(pass p) {
  const int64_t d = p.prior.dim;
  for (int64_t i = first_item(); i < p.size * d; i += item_stride())
    p.rows.acc[state_row(p, i / d) * p.width + i % d] *= p.s.keep[i / d];
}

static void fast_logits(call &c, const pass &p, int32_t precision, const fast_space &f) {
  const int64_t d = p.prior.dim;
  fast_product q = {p.n, p.size, d, p.prior.means + p.first * d, d, false, p.s.x, p.s.ld, p.s.logit, p.s.ld, false,
                    f.means_rest, f.x_rest};
  if (precision == TWEEDIE_BF16) {
    round_numbers(c, {d, p.size, p.s.ld}, p.s.x, f.x);
    q.a = f.means, q.b = f.x;
  } else if (precision == TWEEDIE_TF32X3) {
    split_numbers(c, {d, p.size, p.s.ld}, p.s.x, p.s.x, f.x_rest);
    q.a = f.means_high;
  }
  fast_multiply(c, precision, q);
  launch_places(c, settle_logits, p.size, p.n, 1, p);
}

static void fast_sums(call &c, const pass &p, int32_t precision, const fast_space &f) {
  const int64_t d = p.prior.dim;
  launch_places(c, fade_blocks, p.size, 1, 1, p);
  launch_places(c, fade_weights, p.size, p.n, 1, p, precision == TWEEDIE_TF32X3 ? f.weight_rest : NULL);
  launch_strided(c, fade_state, p.size * d, p);
  fast_product q = {p.size, d, p.n, p.s.logit, p.s.ld, true, p.prior.means + p.first * d, d,
                    p.rows.acc + p.group * p.width, p.width, true, f.weight_rest, f.means_rest};
  if (precision == TWEEDIE_BF16) {
    round_numbers(c, {p.n, p.size, p.s.ld}, p.s.logit, f.weight);
    q.a = f.weight, q.b = f.means;
  } else if (precision == TWEEDIE_TF32X3) {
    q.b = f.means_high;
  }
  fast_multiply(c, precision, q);
}

int32_t tweedie_cuda_fast_evaluate_accumulate(tweedie_cuda *cuda, int32_t precision, const tweedie_prior *prior,
                                       const tweedie_level *level, int64_t first, int64_t last,
                                       const tweedie_rows *rows, void *scratch) {
  call c(cuda, "fast_evaluate_accumulate");
  open_blas(c);
  if (c.refused() || rows->rows <= 0) return c.status;
  if (prior->kind != TWEEDIE_ISOTROPIC) {
    c.say(TWEEDIE_UNSUPPORTED, "only isotropic components have a fast score");
    return c.status;
  }
  pass p = open_pass(c, prior, level, last - first, first, last, rows, scratch, SPACE_ONE_SHARD);
  p.coarse = coarseness(precision);
  fast_space f;
  carve(&f, &p.s, scratch, precision, prior, rows->rows);
  const float *means = prior->means + first * prior->dim;
  if (precision == TWEEDIE_BF16) round_numbers(c, {p.n, prior->dim, prior->dim}, means, f.means);
  if (precision == TWEEDIE_TF32X3) split_numbers(c, {p.n, prior->dim, prior->dim}, means, f.means_high, f.means_rest);
  for (int64_t group = 0; group < rows->rows; group += group_step(p)) {
    open_group(c, p, group);
    fast_logits(c, p, precision, f);
    make_weights(c, p);
    if (rows->acc) fast_sums(c, p, precision, f);
  }
  return c.end();
}
