/* The functions of oneMKL that fast mode calls; all null in a handle without it. */
#ifndef TWEEDIE_BLAS_H
#define TWEEDIE_BLAS_H

#include <stdint.h>

/* Of its C interface, by value: its headers are needed neither to build nor to run. */
enum { BLAS_ROW_MAJOR = 101, BLAS_PLAIN = 111, BLAS_TRANSPOSED = 112 };

struct tweedie_blas {
  void (*sgemm)(int layout, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                const float *b, int ldb, float beta, float *c, int ldc);
  int (*threads)(int count); /* of the calling thread's calls; returns what it was */
  char version[200];
};

/* A status of tweedie.h; where it fails, why goes to `message`. */
int32_t tweedie_blas_open(struct tweedie_blas *blas, const char *library, int32_t layer, char *message, int64_t capacity);

#endif
