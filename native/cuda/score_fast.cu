/* The score of isotropic components in fast mode: the two products of a shard by cuBLAS, or in three parts of bfloat16 by
 * tensor cores, everything else as in exact mode. Weights relative to the running maximum of their block are first made
 * relative to that of the shard, so that one product takes all blocks. Factors lie with what is summed over side by side, as
 * tensor cores read them. */
#include "score_fast.cuh"

/* What rounding the factors adds to error_scale: the sum of |x_j m_j| is at most |x'| |m|, and each factor may be off by
 * a unit of TF32's last place, which tensor cores cut off, or by half a unit of bfloat16's, which is rounded. */
static float coarseness(int32_t precision) {
  return precision == TWEEDIE_TF32 ? 0x1p-9f : precision == TWEEDIE_BF16 ? 0x1p-7f : 0.0f;
}

/* The factors: rows, components and rows of weights, each with what is summed over side by side. */
struct fast_space {
  parts x; /* rows x d: x' */
  parts means; /* components x d */
  parts turned; /* d x ldk: means */
  parts weights; /* rows x ldk */
  struct {
    panels<MOST_PARTS> x, means, turned, weights;
  } in_panels; /* the same, TWEEDIE_BF16X3 */
};

static int64_t carve(fast_space *f, score_space *s, void *scratch, int32_t precision, const tweedie_prior *prior,
                     int64_t rows) {
  const int64_t d = prior->dim;
  uintptr_t at = (uintptr_t)scratch;
  at += (uintptr_t)score_space_carve(s, scratch, prior, prior->components, rows > 0 ? rows : 1, SPACE_ONE_SHARD);
  if (precision == TWEEDIE_BF16X3) {
    f->in_panels = {take_panels<MOST_PARTS>(&at, s->group, d), take_panels<MOST_PARTS>(&at, s->shard, d),
                    take_panels<MOST_PARTS>(&at, d, s->shard), take_panels<MOST_PARTS>(&at, s->group, s->shard)};
    return (int64_t)(at - (uintptr_t)scratch);
  }
  f->x = take_parts(&at, precision, s->group * d, true);
  f->means = take_parts(&at, precision, s->shard * d, false);
  f->turned = take_parts(&at, precision, d * s->ldk, false);
  f->weights = take_parts(&at, precision, s->group * s->ldk, true);
  return (int64_t)(at - (uintptr_t)scratch);
}

int64_t tweedie_cuda_fast_evaluate_scratch(int32_t precision, const tweedie_prior *prior, int64_t rows) {
  fast_space f;
  score_space s;
  return carve(&f, &s, NULL, precision, prior, rows);
}

/* Splitting leaves 2^-21 of a product out. Tensor cores cut off what they add to a sum, at every eighth step of it, by
 * half a unit of 2^-23 in the mean (Fasi, Higham, Mikaitis and Pranesh 2021). Of error_scale 2 sqrt(d) is for the chain of
 * the product, which from 217 to 3,000 dimensions a product of parts stays below in the worst case too. */
float tweedie_cuda_fast_error_scale(int32_t precision, int64_t dim, float error_scale) {
  if (precision == TWEEDIE_BF16X3) return error_scale + fmaxf(0.0f, parts_error(dim) - 2.0f * sqrtf((float)dim)) * 0x1p-24f;
  return precision == TWEEDIE_TF32X3 ? error_scale + (8.0f + (float)dim / 8.0f) * 0x1p-24f : error_scale;
}

/* A warp a row: x', in parts. */
static __global__ void part_rows(extent e, int64_t d, float minus_alpha, const float *__restrict__ centre,
                                 const float *__restrict__ x, parts to) {
  const int64_t row = first_item() / 32;
  if (row >= e.size) return;
  for (int64_t j = threadIdx.x % 32; j < d; j += 32) to.put(row * d + j, fmaf(minus_alpha, centre[j], x[row * d + j]));
}

/* fade = factor of a block's weights in the merged state: those of the blocks after it, and take */
static __global__ void fade_blocks(extent e, const float *take, float *fades) {
  const int64_t row = first_item();
  if (row >= e.size) return;
  float factor = take[row];
  float *last = fades + (e.blocks - 1) * e.ld + row;
  walk_column(last, -e.ld, e.blocks, [&](int64_t b, float own) {
    last[-b * e.ld] = factor;
    factor = factor * own;
  });
}

/* Weights relative to the maximum of the shard, in parts, turned by 32 x 32: one pass, since each over all of them is 8 bytes
 * and more for 2 d flops. */
static __global__ void fade_weights(extent e, const float *weights, const float *fades, parts to, int64_t ldk) {
  SHARED(float, square, [32][33]);
  const int64_t row = (int64_t)blockIdx.x * 32, k = (int64_t)blockIdx.y * 32;
  const int lane = (int)threadIdx.x % 32, line = (int)threadIdx.x / 32;
  for (int i = line; i < 32; i += THREADS / 32) {
    if (k + i >= e.n || row + lane >= e.size) continue;
    const unsigned block = (unsigned)(k + i) / (unsigned)e.block;
    square[i][lane] = weights[(k + i) * e.ld + row + lane] * fades[block * e.ld + row + lane];
  }
  __syncthreads();
  for (int i = line; i < 32; i += THREADS / 32)
    if (row + i < e.size && k + lane < e.n) to.put((row + i) * ldk + k + lane, square[lane][i]);
}

/* A warp a row: acc of the state, `width` apart, = keep acc, but for its last column, which merge_shards has made */
static __global__ void fade_rows(extent e, int64_t d, const float *__restrict__ keep, float *__restrict__ acc,
                                  int64_t width) {
  const int64_t row = first_item() / 32;
  if (row >= e.size) return;
  for (int64_t j = threadIdx.x % 32; j < d; j += 32) acc[row * width + j] *= keep[row];
}

/* The means of a shard, as factors of both products. */
struct fast_means {
  factor rows, turned;
};

static void fast_logits(call &c, const pass &p, int32_t precision, const fast_space &f, const fast_means &means) {
  const int64_t d = p.prior.dim;
  if (precision == TWEEDIE_BF16X3) {
    const panels<MOST_PARTS> rows = f.in_panels.x.with(p.size, d);
    put_panels(c, shifted_rows{p.x(), p.prior.centre, d, -p.alpha}, rows);
    return multiply_parts(c, f.in_panels.means.with(p.n, d), rows, p.s.logit, p.s.ld, false);
  }
  launch(c, part_rows, tiles(p.size, THREADS / 32), 1, THREADS, p, d, -p.alpha, p.prior.centre, p.x(), f.x);
  fast_product q = {};
  q.m = p.n, q.n = p.size, q.k = d;
  q.a = means.rows, q.b = f.x.with(d), q.turned = true;
  q.c = p.s.logit, q.ldc = p.s.ld;
  fast_multiply(c, precision, q);
}

void fade_state(call &c, const pass &p) {
  launch_places(c, fade_blocks, p.size, 1, 1, p, p.s.take, p.s.fade);
  launch(c, fade_rows, tiles(p.size, THREADS / 32), 1, THREADS, p, p.prior.dim, p.s.keep, p.acc(), p.width);
}

static void fast_sums(call &c, const pass &p, int32_t precision, const fast_space &f, const fast_means &means) {
  const int64_t d = p.prior.dim;
  fade_state(c, p);
  if (precision == TWEEDIE_BF16X3) {
    const panels<MOST_PARTS> weights = f.in_panels.weights.with(p.size, p.n);
    put_panels(c, faded_weights{p.s.logit, p.s.fade, p.ld, (unsigned)p.block}, weights);
    return multiply_parts(c, weights, f.in_panels.turned.with(d, p.n), p.acc(), p.width, true);
  }
  launch(c, fade_weights, tiles(p.size, 32), tiles(p.n, 32), THREADS, p, p.s.logit, p.s.fade, f.weights, p.s.ldk);
  fast_product q = {};
  q.m = p.size, q.n = d, q.k = p.n;
  q.a = f.weights.with(p.s.ldk), q.b = means.turned, q.turned = true;
  q.c = p.acc(), q.ldc = p.width, q.onto = true;
  fast_multiply(c, precision, q);
}

int32_t tweedie_cuda_fast_evaluate_accumulate(tweedie_cuda *cuda, int32_t precision, const tweedie_prior *prior,
                                       const tweedie_level *level, int64_t first, int64_t last,
                                       const tweedie_rows *rows, void *scratch) {
  call c(cuda, "fast_evaluate_accumulate");
  open_products(c, precision);
  if (c.refused() || rows->rows <= 0) return c.status;
  if (prior->kind != TWEEDIE_ISOTROPIC) {
    c.say(TWEEDIE_UNSUPPORTED, "only isotropic components have a fast score");
    return c.status;
  }
  pass p = open_pass(c, prior, level, last - first, first, last, rows, scratch, SPACE_ONE_SHARD);
  p.coarse = coarseness(precision);
  p.products = true;
  fast_space f;
  carve(&f, &p.s, scratch, precision, prior, rows->rows);
  const int64_t d = prior->dim;
  fast_means means = {};
  if (precision == TWEEDIE_BF16X3) {
    put_panels(c, plain_numbers{p.means(), d, 1}, f.in_panels.means.with(p.n, d));
    put_panels(c, plain_numbers{p.means(), 1, d}, f.in_panels.turned.with(d, p.n));
  } else {
    const operand turned = turn_means(c, prior, first, p.n, p.s);
    means = {part_numbers(c, p.n, d, p.means(), d, f.means, d),
             part_numbers(c, d, p.n, turned.at, turned.ld, f.turned, p.s.ldk)};
  }
  for (int64_t group = 0; group < rows->rows; group += group_step(p)) {
    open_group(c, p, group);
    fast_logits(c, p, precision, f, means);
    make_weights(c, p);
    if (rows->acc) fast_sums(c, p, precision, f, means);
  }
  return c.end();
}
