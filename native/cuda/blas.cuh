/* cuBLAS, found when a handle first asks for fast mode. */
#ifndef TWEEDIE_CUDA_BLAS_H
#define TWEEDIE_CUDA_BLAS_H

#include "launch.cuh"

int32_t blas_version(tweedie_cuda *cuda); /* 0 where there is none */
void blas_close(tweedie_cuda *cuda);

#endif
