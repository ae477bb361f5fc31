/* The product of fast mode on sm_90a: float32 operands in three parts of bfloat16 each, six products of parts for one; three
 * where one operand is of numbers that one part holds. */
#ifndef TWEEDIE_CUDA_PRODUCT_PARTS_H
#define TWEEDIE_CUDA_PRODUCT_PARTS_H

#include "panels.cuh"

/* Whether the device runs code that has wgmma. */
bool device_has_tile_products(call &c);
/* C (a.rows x b.rows) = A B', or that added to C; a.depth is b.depth. Parts: 3 and 3, 1 and 3, or 3 and 1. */
template <int OF_A, int OF_B>
void multiply_parts(call &c, const panels<OF_A> &a, const panels<OF_B> &b, float *out, int64_t ldc, bool onto);

/* Of a product of n steps, in units of 2^-24 of the sum of absolute products: what it may be off by. See product_parts.cu. */
static inline float parts_error(int64_t n) { return 24.0f + (float)n / PANEL_STEPS; }

#endif
