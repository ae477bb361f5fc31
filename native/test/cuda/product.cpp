/* The products whose operands lie in scratch memory, through either kernel: bit for bit the chains of fma that are written
 * down here. With an argument, the short ones only. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <vector>

#include "cuda/product_bulk.cuh"

enum { BLOCK = TWEEDIE_BLOCK_ISOTROPIC };

static int failures = 0;
static tweedie_cuda *cuda;

static float number() {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return ldexpf((float)(int32_t)(state >> 8), -23) - 1.0f;
}

/* Numbers on the device, and the host's copy. */
struct numbers {
  std::vector<float> host;
  float *device = NULL;
  explicit numbers(int64_t n) : host((size_t)n) {
    for (float &x : host) x = number();
    if (tweedie_cuda_allocate(cuda, larger(n, 1) * (int64_t)sizeof(float), (void **)&device)) abort();
  }
  ~numbers() { tweedie_cuda_free(cuda, device); }
  float *upload() {
    if (tweedie_cuda_upload(cuda, device, host.data(), (int64_t)(host.size() * sizeof(float)), NULL)) abort();
    return device;
  }
};

struct sizes {
  product_form form;
  int64_t m, n, k;
};

static void compare(const sizes &at, const char *kernel, const std::vector<float> &wanted, const numbers &c) {
  std::vector<float> found(wanted.size());
  if (tweedie_cuda_download(cuda, found.data(), c.device, (int64_t)(found.size() * sizeof(float)), NULL)) abort();
  for (size_t i = 0; i < wanted.size(); i++) {
    if (memcmp(&wanted[i], &found[i], sizeof(float)) == 0) continue;
    printf("%s: form %d, %d x %d x %d: number %d is %a, wanted %a\n", kernel, (int)at.form, (int)at.m, (int)at.n,
           (int)at.k, (int)i, found[i], wanted[i]);
    failures++;
    return;
  }
}

/* Lines of A, A2 and B are whole vectors, and end where memory does. */
static void check(const sizes &at) {
  const bool fades = at.form == PRODUCT_ACCUMULATE || at.form == PRODUCT_SUMS;
  const int64_t m = at.m, n = at.n, k = at.k, lda = tiles(m, 4) * 4, ldb = tiles(n, 4) * 4, ldc = n + 3;
  const int64_t blocks = tiles(k, BLOCK), across = tiles(m, TILE);
  /* parts of two blocks, the last may have less */
  const int64_t parts = at.form == PRODUCT_SUMS ? tiles(k, 2 * BLOCK) : 1;
  numbers a(k * lda), a2(k * lda), b(k * ldb), c(parts * m * ldc), of_rows(5 * m), norm(n), fade(blocks * m),
      live(blocks * across);
  product p = {};
  p.m = m, p.n = n, p.k = parts > 1 ? 2 * BLOCK : k, p.all = k;
  p.ldc = ldc, p.batch_c = m * ldc;
  p.stride = (m + k) % 2, p.goes_on = (int)((m + n) % 2);
  p.ld_rows = m, p.live_tiles = (int)across;
  std::vector<int> alive((size_t)(blocks * across));
  for (int64_t block = 0; block < blocks; block++) {
    for (int64_t row = 0; row < m; row++) {
      const int64_t tile = row / TILE;
      const bool dead = fades && (block + tile) % 3 == 1; /* where the factors are zeros, and fade is one */
      alive[(size_t)(block * across + tile)] = !dead;
      if (!dead) continue;
      fade.host[(size_t)(block * m + row)] = 1.0f;
      for (int64_t l = block * BLOCK; l < std::min(k, (block + 1) * BLOCK); l++) a.host[(size_t)(l * lda + row)] = 0.0f;
    }
  }
  memcpy(live.host.data(), alive.data(), alive.size() * sizeof(int));
  p.a = {a.upload(), lda, 0}, p.a2 = {a2.upload(), lda, 0}, p.b = {b.upload(), ldb, 0};
  p.scale = of_rows.upload(), p.bias = p.scale + m, p.shift = p.scale + 2 * m, p.keep = p.scale + 3 * m,
  p.take = p.scale + 4 * m;
  p.norm = norm.upload(), p.fade = fade.upload(), p.live = (const int *)live.upload();
  std::vector<float> wanted = c.host;
  for (int64_t part = 0; part < parts; part++) {
    for (int64_t i = 0; i < m; i++) {
      const float *rows = of_rows.host.data() + i;
      for (int64_t j = 0; j < n; j++) {
        float sum = 0.0f, &out = wanted[(size_t)((part * m + i) * ldc + j)];
        for (int64_t l = part * p.k; l < std::min(k, (part + 1) * p.k); l++) {
          const float u = a.host[(size_t)(l * lda + i)], v = b.host[(size_t)(l * ldb + j)];
          if (fades && l % BLOCK == 0) sum = sum * fade.host[(size_t)(l / BLOCK * m + i)];
          const float z = at.form == PRODUCT_QUADRATIC ? fmaf(v, u, -a2.host[(size_t)(l * lda + i)]) : v - u;
          sum = at.form == PRODUCT_QUADRATIC || at.form == PRODUCT_DISTANCES ? fmaf(z, z, sum) : fmaf(u, v, sum);
        }
        switch (at.form) {
          case PRODUCT_LOGITS:
            out = fmaf(p.stride ? rows[0] : of_rows.host[0], sum,
                       p.stride ? fmaf(-rows[2 * m], norm.host[(size_t)j], rows[m]) : rows[m]);
            break;
          case PRODUCT_QUADRATIC: out = fmaf(-0.5f, sum, rows[m]); break;
          case PRODUCT_DISTANCES: out = p.goes_on ? out + sum : sum; break;
          case PRODUCT_ACCUMULATE: out = fmaf(out, rows[3 * m], sum * rows[4 * m]); break;
          default: out = sum;
        }
      }
    }
  }
  for (int bulk = 0; bulk < 2; bulk++) {
    p.c = c.upload();
    cuda->bulk = bulk;
    call call(cuda, "product");
    if (takes_bulk(call, at.form, p) != bulk) printf("form %d: bulk copies: %d\n", (int)at.form, !bulk), failures++;
    multiply(call, at.form, p, parts);
    if (call.end()) printf("%s\n", tweedie_cuda_message(cuda)), failures++;
    compare(at, bulk ? "bulk copies" : "copies of threads", wanted, c);
  }
  if (at.form != PRODUCT_SUMS) return;
  for (int wide : {BULK_WIDE, BULK_NARROW}) {
    p.c = c.upload();
    call call(cuda, "product");
    multiply_bulk(call, at.form, p, parts, wide);
    if (call.end()) printf("%s\n", tweedie_cuda_message(cuda)), failures++;
    compare(at, wide == BULK_WIDE ? "wide tiles" : "narrow tiles", wanted, c);
  }
}

/* m and n: vectors and parts of them, parts of a narrow tile's lines, one tile, several; 300 has a tile of 256 whose second half begins in 128.
 * k: a step; slices and parts of them; more slices than stages, where each is filled again; blocks and parts of them. */
int main(int argc, char **) {
  setenv("CUDA_HOST_BULK", "1", 1);
  if (tweedie_cuda_open(0, &cuda) != TWEEDIE_OK) return 1;
  if (!cuda->bulk) printf("the device has no bulk copies\n"), failures++;
  for (product_form form : {PRODUCT_LOGITS, PRODUCT_QUADRATIC, PRODUCT_DISTANCES, PRODUCT_ACCUMULATE, PRODUCT_SUMS}) {
    check({form, 300, 131, 401});
    if (argc > 1) continue;
    for (int64_t k : {1, 5, 6, 7, 35, 84, 85, 170}) check({form, 33, 17, k});
    for (int64_t m : {1, 3, 128, 257}) check({form, m, 130 - m / 2, 40});
    for (int64_t n : {1, 65, 96, 97, 110, 112, 113, 127, 128, 224}) check({form, 20, n, 20});
  }
  tweedie_cuda_close(cuda);
  /* a device, or code, without them */
  setenv("CUDA_HOST_CAPABILITY", "80", 1);
  if (tweedie_cuda_open(0, &cuda) != TWEEDIE_OK) return 1;
  tweedie_cuda_device device;
  if (tweedie_cuda_info(cuda, &device) != TWEEDIE_OK || device.major != 8 || cuda->bulk)
    printf("capability %d.%d\n", (int)device.major, (int)device.minor), failures++;
  tweedie_cuda_close(cuda);
  return failures != 0;
}
