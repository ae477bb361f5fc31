/* cuBLAS by dlopen, and the product of fast mode. The few functions and numbers of its C interface that are used are
 * declared here, as its manual has had them since CUDA 11: nothing of it is needed to build or to start. */
#include "blas.cuh"

#include "product_parts.cuh"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

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

void open_products(call &c, int32_t precision) {
  if (precision != TWEEDIE_BF16X3) return open_blas(c);
  if (!c.refused() && !c.cuda->tile_products)
    c.say(TWEEDIE_UNSUPPORTED,
          "three parts of bfloat16 need a device of sm_90, and a library built with an nvcc that knows sm_90a");
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
  const int status = b.gemm(b.handle, p.turned ? CUBLAS_TURNED : CUBLAS_PLAIN, CUBLAS_PLAIN, (int)p.n, (int)p.m,
                            (int)p.k, &one, right, type, (int)p.b.ld, left, type, (int)p.a.ld, &start, p.c,
                            CUBLAS_R_32F, (int)p.ldc, sum, CUBLAS_DEFAULT_ALGORITHM);
  if (status == CUBLAS_SUCCESS) return c.check(cudaGetLastError());
  char text[64];
  snprintf(text, sizeof text, "cuBLAS refuses a product: its status is %d", status);
  c.say(TWEEDIE_FAILED, text);
  c.cuda->failed = true;
}

void fast_multiply(call &c, int32_t precision, const fast_product &p) {
  if (c.refused() || p.m <= 0 || p.n <= 0) return;
  for (int64_t size : {p.m, p.n, p.k, p.a.ld, p.b.ld, p.ldc})
    if (size > INT32_MAX) return c.say(TWEEDIE_BAD_ARGUMENT, "a matrix with 2^31 rows or columns");
  if (precision != TWEEDIE_TF32X3) return multiply_once(c, precision, p, p.a.at, p.b.at, p.onto);
  /* the small ones first; the product of both rests, 2^-22 of the whole, is left out */
  multiply_once(c, precision, p, p.a.rest, p.b.at, p.onto);
  multiply_once(c, precision, p, p.a.at, p.b.rest, true);
  multiply_once(c, precision, p, p.a.at, p.b.at, true);
}

static __global__ void part_kernel(int64_t rows, int64_t columns, const float *x, int64_t ld_in, parts to,
                                   int64_t ld_out) {
  for (int64_t row = blockIdx.y; row < rows; row += gridDim.y)
    for (int64_t i = first_item(); i < columns; i += item_stride()) to.put(row * ld_out + i, x[row * ld_in + i]);
}

factor part_numbers(call &c, int64_t rows, int64_t columns, const float *x, int64_t ld_in, const parts &to,
                    int64_t ld_out) {
  if (!to.high && !to.half) return {x, NULL, ld_in};
  const bool whole = ld_in == columns && ld_out == columns; /* nothing lies between the rows */
  const int64_t across = whole ? rows * columns : columns, down = whole ? 1 : rows;
  launch(c, part_kernel, strided(c, part_kernel, across), smaller(down, 1024), THREADS, down, across, x, ld_in, to,
         ld_out);
  return to.with(ld_out);
}

int32_t tweedie_cuda_fast(tweedie_cuda *cuda) {
  call c(cuda, "fast", false);
  open_blas(c);
  return c.status;
}

/* Copies of the factors, a part of the left one's rows at a time. */
struct factors {
  int64_t rows; /* of the part */
  parts a, b;
  panels<MOST_PARTS> panels_a, panels_b; /* TWEEDIE_BF16X3 */
};

static int64_t carve(factors *f, void *scratch, int32_t precision, int64_t m, int64_t n, int64_t k) {
  const bool in_panels = precision == TWEEDIE_BF16X3;
  const bool copied = in_panels || precision == TWEEDIE_TF32X3 || precision == TWEEDIE_BF16;
  uintptr_t at = (uintptr_t)scratch;
  f->rows = smaller(m, copied ? 128 * (1 + (INT64_C(1) << 19) / (k + 1)) : INT64_C(1) << 30);
  if (in_panels) {
    f->panels_a = take_panels<MOST_PARTS>(&at, f->rows, k);
    f->panels_b = take_panels<MOST_PARTS>(&at, n, k);
  } else {
    f->a = take_parts(&at, precision, f->rows * k, false);
    f->b = take_parts(&at, precision, k * n, false);
  }
  return (int64_t)(at - (uintptr_t)scratch);
}

int64_t tweedie_cuda_fast_gemm_scratch(int32_t precision, int64_t m, int64_t n, int64_t k) {
  factors f;
  return carve(&f, NULL, precision, m, n, k);
}

int32_t tweedie_cuda_fast_gemm(tweedie_cuda *cuda, int32_t precision, int64_t m, int64_t n, int64_t k, const float *a,
                               const float *b, float *out, void *scratch) {
  call c(cuda, "fast_gemm");
  open_products(c, precision);
  if (c.refused()) return c.status;
  if (k == 0) { /* an empty sum, whose strides cuBLAS refuses */
    c.clear(out, m * n * (int64_t)sizeof(float));
    return c.end();
  }
  factors f;
  carve(&f, scratch, precision, m, n, k);
  if (precision == TWEEDIE_BF16X3) {
    put_panels(c, plain_numbers{b, 1, n}, f.panels_b);
    for (int64_t i = 0; i < m; i += f.rows) {
      const panels<MOST_PARTS> rows = f.panels_a.with(smaller(m - i, f.rows), k);
      put_panels(c, plain_numbers{a + i * k, k, 1}, rows);
      multiply_parts(c, rows, f.panels_b, out + i * n, n, false);
    }
    return c.end();
  }
  fast_product p = {};
  p.n = n, p.k = k, p.ldc = n;
  p.b = part_numbers(c, k, n, b, n, f.b, n);
  for (int64_t i = 0; i < m; i += f.rows) {
    p.m = smaller(m - i, f.rows);
    p.a = part_numbers(c, p.m, k, a + i * k, k, f.a, k);
    p.c = out + i * n;
    fast_multiply(c, precision, p);
  }
  return c.end();
}
