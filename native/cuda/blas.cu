#include "blas.cuh"
int32_t blas_version(tweedie_cuda *) { return 0; }
void blas_close(tweedie_cuda *) {}
