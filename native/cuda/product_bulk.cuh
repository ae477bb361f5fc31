/* The product by bulk copies, for large C on devices that have them; all else is product.cu's. The same chains, and so
 * the same bits. */
#ifndef TWEEDIE_CUDA_PRODUCT_BULK_H
#define TWEEDIE_CUDA_PRODUCT_BULK_H

#include "product.cuh"

/* Of a tile; the narrow one is a seventh of 784, and of PRODUCT_SUMS alone. */
enum { BULK_TALL = 256, BULK_WIDE = 128, BULK_NARROW = 112 };

/* Whether the device runs code that has bulk copies, that of sm_90: asked of the kernel, since a driver may have compiled
 * PTX of an older architecture. */
bool device_has_bulk(call &c);
/* Whether a product can be made so: of lines in whole vectors. */
bool takes_bulk(const call &c, product_form form, const product &p);
void multiply_bulk(call &c, product_form form, const product &p, int64_t batch, int wide);

#endif
