/* Standard normal noise: Philox4x32-10 and Box-Muller, first with the C library's functions, then with those of exact
 * mode. cc -O2 -ffp-contract=off -o normal normal.c -lm; ./normal CASE_FOLDER RESULT_FOLDER [exact] */
#include <math.h>

#include "npy.h"

static void philox(const uint32_t key[2], const uint32_t counter[4], uint32_t words[4]) {
  uint32_t x[4], k0 = key[0], k1 = key[1];
  memcpy(x, counter, sizeof x);
  for (int round = 0; round < 10; round++, k0 += 0x9e3779b9u, k1 += 0xbb67ae85u) {
    const uint64_t p = (uint64_t)x[0] * 0xd2511f53u, q = (uint64_t)x[2] * 0xcd9e8d57u;
    const uint32_t next[4] = {(uint32_t)(q >> 32) ^ x[1] ^ k0, (uint32_t)q, (uint32_t)(p >> 32) ^ x[3] ^ k1, (uint32_t)p};
    memcpy(x, next, sizeof x);
  }
  memcpy(words, x, sizeof x);
}

static float uniform(uint32_t w) { return fmaf((float)w, 0x1p-32f, 0x1p-33f); }

static void plain(uint32_t u, uint32_t v, float z[2]) {
  const double radius = sqrt(-2 * log(uniform(u))), angle = 2 * 3.14159265358979323846 * v * 0x1p-32;
  z[0] = (float)(radius * cos(angle));
  z[1] = (float)(radius * sin(angle));
}

/* ---- the manifest's "functions", line by line ---- */

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static float log_core(float x, float e0) {
  static const float c[] = {-0x1.f332a8p-4f, 0x1.1ed662p-3f,  -0x1.559c46p-3f, 0x1.99d044p-3f,
                            -0x1.fffefcp-3f, 0x1.555506p-2f, -0.5f};
  const uint32_t k = (bits_of(x) - 0x3f2aaaabu) & 0xff800000u;
  const float e = fmaf((float)(int32_t)k, 0x1p-23f, e0), f = float_of(bits_of(x) - k) - 1;
  float q = fmaf(-0x1.07c95ap-3f, f, 0x1.1e678cp-3f);
  for (int i = 0; i < 7; i++) q = fmaf(q, f, c[i]);
  return fmaf(e, 0x1.62e43p-1f, fmaf(q, f * f, f));
}

static float flip(float x, uint32_t w) { return float_of(bits_of(x) ^ (w & 0x80000000u)); }

static void exact(uint32_t u, uint32_t v, float z[2]) {
  const float radius = sqrtf(log_core(uniform(u), 0) * -2), r = (float)(int32_t)(v << 2) * 0x1p-33f, s = r * r;
  float p = fmaf(-0x1.2db5cep-1f, s, 0x1.465facp+1f), q = fmaf(0x1.d4f7eep-3f, s, -0x1.55b2b6p+0f);
  p = fmaf(fmaf(p, s, -0x1.4abbbep+2f), s, -0x1.777a5cp-24f);
  q = fmaf(fmaf(q, s, 0x1.03c1bp+2f), s, -0x1.3bd3ccp+2f);
  float sine = fmaf(r, 0x1.921fb6p+1f, p * r), cosine = fmaf(q, s, 1);
  const uint32_t turn = v + 0x20000000u;
  if (turn >> 30 & 1) {
    const float other = sine;
    sine = cosine, cosine = other;
  }
  z[0] = radius * flip(cosine, turn + 0x40000000u);
  z[1] = radius * flip(sine, turn);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  char path[4096];
  int64_t six, two, one;
  snprintf(path, sizeof path, "%s/in/noise.npy", argv[1]);
  const uint32_t *noise = npy_read(path, &six, &one); /* key0, key1, block, row, stream, step */
  snprintf(path, sizeof path, "%s/in/shape.npy", argv[1]);
  const uint32_t *shape = npy_read(path, &two, &one); /* rows, dim */
  const int64_t rows = shape[0], dim = shape[1];
  const int as_exact = argc > 3 && strcmp(argv[3], "exact") == 0;
  float *out = calloc((size_t)(rows * dim) + 1, sizeof *out);
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < dim; j += 4) {
      const uint32_t counter[4] = {noise[2] + (uint32_t)(j / 4), noise[3] + (uint32_t)i, noise[4], noise[5]};
      uint32_t w[4];
      float z[4];
      philox(noise, counter, w);
      for (int pair = 0; pair < 4; pair += 2) (as_exact ? exact : plain)(w[pair], w[pair + 1], z + pair);
      for (int64_t n = 0; n < 4 && j + n < dim; n++) out[i * dim + j + n] = z[n];
    }
  }
  snprintf(path, sizeof path, "%s/out.npy", argv[2]);
  npy_write(path, rows, dim, out);
  return 0;
}
