/* How products are cut, for those who provide their memory. */
#ifndef TWEEDIE_DEPTH_H
#define TWEEDIE_DEPTH_H

/* Steps of k between two visits to C: the part of B that a column of tiles shares stays in the first-level cache
 * (256 x 32 floats are 32 KiB). */
#define PRODUCT_DEPTH 256

/* Columns of tiles that gemm packs at once: with AVX-512 512 KiB of the second-level cache. */
#define GEMM_TILES 16

#endif
