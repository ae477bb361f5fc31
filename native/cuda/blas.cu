/* cuBLAS by dlopen, and the product of fast mode. The few functions and numbers of its C interface that are used are
 * declared here, as its manual has had them since CUDA 11: nothing of it is needed to build or to start. */
#include "blas.cuh"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "sizes.h"

#define WORKSPACE (INT64_C(32) << 20) /* bytes, as the manual advises for Hopper: cuBLAS allocates none in a graph then */

typedef struct cublasContext *cublas_handle;
enum { CUBLAS_SUCCESS = 0, CUBLAS_MAJOR = 0, CUBLAS_MINOR = 1, CUBLAS_PATCH = 2 };
enum { CUBLAS_PLAIN = 0, CUBLAS_TURNED = 1, CUBLAS_DEFAULT_ALGORITHM = -1 };
enum { CUBLAS_R_32F = 0, CUBLAS_R_16BF = 14, CUBLAS_SUM_32F = 68, CUBLAS_SUM_32F_FAST_TF32 = 77 };

struct blas {
  void *library;
  cublas_handle handle;
  void *workspace;
  int (*create)(cublas_handle *);
  int (*destroy)(cublas_handle);
  int (*set_stream)(cublas_handle, cudaStream_t);
  int (*set_workspace)(cublas_handle, void *, size_t);
  int (*property)(int, int *);
  int (*gemm)(cublas_handle, int turn_a, int turn_b, int m, int n, int k, const void *alpha, const void *a, int type_a,
              int lda, const void *b, int type_b, int ldb, const void *beta, void *c, int type_c, int ldc, int sum,
              int algorithm);
};

#define LIBRARIES "libcublas.so.13, libcublas.so.12"

template <class F>
static bool find(void *library, const char *name, F *function) {
  *function = (F)dlsym(library, name);
  return *function != NULL;
}

static bool load(blas *b) {
  for (const char *name : {"libcublas.so.13", "libcublas.so.12"}) {
    /* stays in the process: it has registered kernels with the driver, and is some 100 MB to load anew */
    b->library = dlopen(name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (b->library == NULL) continue;
    if (find(b->library, "cublasCreate_v2", &b->create) && find(b->library, "cublasDestroy_v2", &b->destroy) &&
        find(b->library, "cublasSetStream_v2", &b->set_stream) &&
        find(b->library, "cublasSetWorkspace_v2", &b->set_workspace) &&
        find(b->library, "cublasGetProperty", &b->property) && find(b->library, "cublasGemmEx", &b->gemm))
      return true;
    dlclose(b->library);
  }
  return false;
}

int32_t tweedie_cuda_blas_version(void) {
  blas b = {};
  int part[3] = {};
  if (!load(&b)) return 0;
  for (int i : {CUBLAS_MAJOR, CUBLAS_MINOR, CUBLAS_PATCH})
    if (b.property(i, &part[i]) != CUBLAS_SUCCESS) part[i] = 0;
  dlclose(b.library);
  return part[CUBLAS_MAJOR] * 10000 + part[CUBLAS_MINOR] * 100 + part[CUBLAS_PATCH];
}

void open_blas(call &c) {
  if (c.refused() || c.cuda->blas) return;
  if (c.cuda->capturing) return c.say(TWEEDIE_BAD_ARGUMENT, "fast mode begins before a graph is recorded");
  blas *b = (blas *)calloc(1, sizeof *b);
  if (b == NULL) return c.say(TWEEDIE_NO_MEMORY, "no memory for cuBLAS");
  if (!load(b)) {
    free(b);
    return c.say(TWEEDIE_UNSUPPORTED, "no cuBLAS: found none of " LIBRARIES " (LD_LIBRARY_PATH names where they are)");
  }
  c.cuda->blas = b; /* from here on close_blas cleans up */
  c.check(cudaMalloc(&b->workspace, WORKSPACE));
  if (!c.refused() && (b->create(&b->handle) != CUBLAS_SUCCESS ||
                       b->set_stream(b->handle, c.cuda->compute) != CUBLAS_SUCCESS ||
                       b->set_workspace(b->handle, b->workspace, WORKSPACE) != CUBLAS_SUCCESS))
    c.say(TWEEDIE_UNSUPPORTED, "cuBLAS does not start on this device");
  if (c.refused()) close_blas(c.cuda);
}

void close_blas(tweedie_cuda *cuda) {
  blas *b = cuda->blas;
  if (b == NULL) return;
  if (b->handle) b->destroy(b->handle);
  cudaFree(b->workspace);
  dlclose(b->library);
  free(b);
  cuda->blas = NULL;
}

/* cuBLAS counts by columns: it is given C' = B' A'. */
static void multiply_once(call &c, int32_t precision, const fast_product &p, const void *left, const void *right,
                          bool onto) {
  if (!c.counts()) return;
  const float one = 1.0f, start = onto ? 1.0f : 0.0f;
  const int type = precision == TWEEDIE_BF16 ? CUBLAS_R_16BF : CUBLAS_R_32F;
  const int sum = precision == TWEEDIE_TF32 || precision == TWEEDIE_TF32X3 ? CUBLAS_SUM_32F_FAST_TF32 : CUBLAS_SUM_32F;
  const blas &b = *c.cuda->blas;
  const int status =
      b.gemm(b.handle, CUBLAS_PLAIN, p.turned ? CUBLAS_TURNED : CUBLAS_PLAIN, (int)p.n, (int)p.m, (int)p.k, &one, right,
             type, (int)p.ldb, left, type, (int)p.lda, &start, p.c, CUBLAS_R_32F, (int)p.ldc, sum,
             CUBLAS_DEFAULT_ALGORITHM);
  if (status == CUBLAS_SUCCESS) return c.check(cudaGetLastError());
  char text[64];
  snprintf(text, sizeof text, "cuBLAS refuses a product: its status is %d", status);
  c.say(TWEEDIE_FAILED, text);
  c.cuda->failed = true;
}

void fast_multiply(call &c, int32_t precision, const fast_product &p) {
  if (c.refused() || p.m <= 0 || p.n <= 0) return;
  for (int64_t size : {p.m, p.n, p.k, p.lda, p.ldb, p.ldc})
    if (size > INT32_MAX) return c.say(TWEEDIE_BAD_ARGUMENT, "a matrix with 2^31 rows or columns");
  if (precision != TWEEDIE_TF32X3) return multiply_once(c, precision, p, p.a, p.b, p.onto);
  /* the small ones first; the product of both rests, 2^-22 of the whole, is left out */
  multiply_once(c, precision, p, p.a_rest, p.b, p.onto);
  multiply_once(c, precision, p, p.a, p.b_rest, true);
  multiply_once(c, precision, p, p.a, p.b, true);
}

/* NaN stays NaN: rounding could carry its fraction over. */
static __device__ __forceinline__ uint16_t bfloat16(float x) {
  const vu w = vf_bits(x);
  return (uint16_t)(x != x ? 0x7fc0 : (w + 0x7fff + (w >> 16 & 1)) >> 16);
}

static __global__ void round_kernel(matrix_part p, const float *x, uint16_t *out) {
  for (int64_t row = blockIdx.y; row < p.rows; row += gridDim.y)
    for (int64_t i = first_item(); i < p.columns; i += item_stride()) out[row * p.ld + i] = bfloat16(x[row * p.ld + i]);
}

/* A row at a time, since what lies between the rows was never written; in one where nothing does. */
template <class... A, class... P>
static void launch_rows(call &c, void (*kernel)(matrix_part, P...), matrix_part p, A... arguments) {
  if (p.ld == p.columns) p = {1, p.rows * p.columns, p.rows * p.columns};
  launch(c, kernel, strided(c, kernel, p.columns), smaller(p.rows, 1024), THREADS, p, arguments...);
}

void round_numbers(call &c, const matrix_part &p, const float *x, uint16_t *out) {
  launch_rows(c, round_kernel, p, x, out);
}

static __global__ void split_kernel(matrix_part p, const float *x, float *high, float *rest) {
  for (int64_t row = blockIdx.y; row < p.rows; row += gridDim.y) {
    for (int64_t i = first_item(); i < p.columns; i += item_stride()) {
      const int64_t at = row * p.ld + i;
      split_number(x[at], high + at, rest + at);
    }
  }
}

void split_numbers(call &c, const matrix_part &p, const float *x, float *high, float *rest) {
  launch_rows(c, split_kernel, p, x, high, rest);
}

int32_t tweedie_cuda_fast(tweedie_cuda *cuda) {
  call c(cuda, "fast", false);
  open_blas(c);
  return c.status;
}

/* Copies of the factors, a part of the left one's rows at a time. */
struct factors {
  int64_t rows; /* of the part */
  float *a, *a_rest, *b, *b_rest;
  uint16_t *a16, *b16;
};

static int64_t carve(factors *f, void *scratch, int32_t precision, int64_t m, int64_t n, int64_t k) {
  const bool two = precision == TWEEDIE_TF32X3, half = precision == TWEEDIE_BF16;
  uintptr_t at = (uintptr_t)scratch;
  f->rows = smaller(m, two || half ? 128 * (1 + (INT64_C(1) << 19) / (k + 1)) : INT64_C(1) << 30);
  f->a = (float *)tweedie_take(&at, two * f->rows * k * (int64_t)sizeof(float));
  f->a_rest = (float *)tweedie_take(&at, two * f->rows * k * (int64_t)sizeof(float));
  f->b = (float *)tweedie_take(&at, two * k * n * (int64_t)sizeof(float));
  f->b_rest = (float *)tweedie_take(&at, two * k * n * (int64_t)sizeof(float));
  f->a16 = (uint16_t *)tweedie_take(&at, half * f->rows * k * (int64_t)sizeof(uint16_t));
  f->b16 = (uint16_t *)tweedie_take(&at, half * k * n * (int64_t)sizeof(uint16_t));
  return (int64_t)(at - (uintptr_t)scratch);
}

int64_t tweedie_cuda_fast_gemm_scratch(int32_t precision, int64_t m, int64_t n, int64_t k) {
  factors f;
  return carve(&f, NULL, precision, m, n, k);
}

int32_t tweedie_cuda_fast_gemm(tweedie_cuda *cuda, int32_t precision, int64_t m, int64_t n, int64_t k, const float *a,
                               const float *b, float *out, void *scratch) {
  call c(cuda, "fast_gemm");
  open_blas(c);
  if (c.refused()) return c.status;
  if (k == 0) { /* an empty sum, whose strides cuBLAS refuses */
    c.clear(out, m * n * (int64_t)sizeof(float));
    return c.end();
  }
  factors f;
  carve(&f, scratch, precision, m, n, k);
  fast_product p = {0, n, k, a, k, false, b, n, out, n, false, f.a_rest, f.b_rest};
  if (precision == TWEEDIE_BF16) {
    round_numbers(c, {k, n, n}, b, f.b16);
    p.b = f.b16;
  } else if (precision == TWEEDIE_TF32X3) {
    split_numbers(c, {k, n, n}, b, f.b, f.b_rest);
    p.b = f.b;
  }
  for (int64_t i = 0; i < m; i += f.rows) {
    p.m = smaller(m - i, f.rows);
    p.a = a + i * k, p.c = out + i * n;
    if (precision == TWEEDIE_BF16) {
      round_numbers(c, {p.m, k, k}, a + i * k, f.a16);
      p.a = f.a16;
    } else if (precision == TWEEDIE_TF32X3) {
      split_numbers(c, {p.m, k, k}, a + i * k, f.a, f.a_rest);
      p.a = f.a;
    }
    fast_multiply(c, precision, p);
  }
  return c.end();
}
