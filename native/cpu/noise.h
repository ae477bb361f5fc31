/* Addressed noise for the kernels of one tier: VF_LANES counters at a time, whatever the shape of the batch. */
#ifndef TWEEDIE_NOISE_H
#define TWEEDIE_NOISE_H

#include "simd.h"
#include "formula.h"
#include "philox.h"
#include "tweedie.h"

/* Place of the words of lane l in what vf_interleave leaves, in blocks of 4. */
#define NOISE_PLACE(l) (VF_LANES / 4 * ((l) % 4) + (l) / 4)

enum noise_kind { NOISE_BITS, NOISE_UNIFORM, NOISE_NORMAL };

/* The 4 elements of each lane's (block, row), interleaved. */
LANE void noise_elements(enum noise_kind kind, const tweedie_noise *noise, vu block, vu row, vf z[4]) {
  philox_words counter = {vw_split(block), vw_split(row), vw_set(noise->stream), vw_set(noise->step)};
  philox_words words = philox(counter, (uint32_t)noise->seed, (uint32_t)(noise->seed >> 32), PHILOX_ROUNDS);
  vu w0 = vw_join(words.x0), w1 = vw_join(words.x1), w2 = vw_join(words.x2), w3 = vw_join(words.x3);
  switch (kind) {
    case NOISE_BITS:
      z[0] = vf_from_bits(w0), z[1] = vf_from_bits(w1), z[2] = vf_from_bits(w2), z[3] = vf_from_bits(w3);
      break;
    case NOISE_UNIFORM:
      z[0] = vf_uniform(w0), z[1] = vf_uniform(w1), z[2] = vf_uniform(w2), z[3] = vf_uniform(w3);
      break;
    case NOISE_NORMAL:
      vf_normal_pair(w0, w1, &z[0], &z[1]);
      vf_normal_pair(w2, w3, &z[2], &z[3]);
      break;
  }
  vf_interleave(z);
}

/* Takes n <= VF_LANES elements of noise, which belong to row i from column j on. */
typedef void noise_sink(const void *to, int64_t i, int64_t j, int64_t n, vf z);

/* Gives all rows x dim elements to the sink. Of each row first what fills vectors by more than half; then the ends of
 * all rows together, one (row, block) a lane, so that short rows do not leave the lanes empty. */
LANE void noise_each(enum noise_kind kind, const tweedie_noise *address, int64_t rows, int64_t dim, noise_sink *sink,
                     const void *to) {
  const tweedie_noise copy = *address, *noise = &copy; /* which no store of the sink can change */
  const int64_t blocks = (dim + 3) / 4;
  const int64_t whole = (blocks + (VF_LANES - 1) / 2) / VF_LANES * VF_LANES;
  const vu order = vu_order();
  vf z[4];
  for (int64_t i = 0; i < rows; i++) {
    vu row = vu_set(noise->row + (uint32_t)i);
    for (int64_t b = 0; b < whole; b += VF_LANES) {
      noise_elements(kind, noise, vu_add(vu_set(noise->block + (uint32_t)b), order), row, z);
      for (int w = 0; w < 4; w++) {
        int64_t left = dim - 4 * b - w * VF_LANES;
        if (left > 0) sink(to, i, 4 * b + w * VF_LANES, left < VF_LANES ? left : VF_LANES, z[w]);
      }
    }
  }

  const int64_t rest = blocks - whole;
  if (rest <= 0) return;
  uint32_t b0[VF_LANES], i0[VF_LANES];
  for (int l = 0; l < VF_LANES; l++) {
    b0[l] = (uint32_t)(whole + l % rest);
    i0[l] = (uint32_t)(l / rest);
  }
  vu block = vu_load(b0), row = vu_load(i0);
  for (int64_t i = 0, b = whole; i < rows;) {
    noise_elements(kind, noise, vu_add(vu_set(noise->block), block), vu_add(vu_set(noise->row), row), z);
    float words[4 * VF_LANES];
    for (int w = 0; w < 4; w++) vf_store(&words[w * VF_LANES], z[w]);
    for (int l = 0; l < VF_LANES && i < rows; l++) { /* lanes beyond the last row are dropped */
      int64_t n = dim - 4 * b < 4 ? dim - 4 * b : 4;
      const float *from = &words[4 * NOISE_PLACE(l)];
      for (int64_t w = 0; w < n; w += VF_LANES) {
        sink(to, i, 4 * b + w, n - w < VF_LANES ? n - w : VF_LANES, vf_load_block(from + w));
      }
      if (++b == blocks) b = whole, i++;
    }
    block = vu_add(block, vu_set((uint32_t)(VF_LANES % rest)));
    row = vu_add(row, vu_set((uint32_t)(VF_LANES / rest)));
    vu wrapped = vu_sub(block, vu_set((uint32_t)blocks));
    vm inside = vu_top(wrapped);
    block = vu_select(inside, block, vu_add(wrapped, vu_set((uint32_t)whole)));
    row = vu_select(inside, row, vu_add(row, vu_set(1)));
  }
}

/* A sink's store: whole vectors are not masked. */
LANE void noise_store(float *p, int64_t n, vf z) {
  if (n == VF_LANES) {
    vf_store(p, z);
  } else {
    vf_store_n(p, z, n);
  }
}

#endif
