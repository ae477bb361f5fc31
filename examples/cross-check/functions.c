/* The elementary functions as a program for "check --pipe": float32 in, float32 out, first the C library's, then those of
 * exact mode. cc -O2 -ffp-contract=off -o functions functions.c -lm; ./functions exp|log|sinpi|cospi [exact] */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

/* By quarters of a turn: pi x of a large x has no fraction left, and sin(pi) is no zero. */
static double quarter(double x, int shift) {
  const double near = rint(2 * x), rest = 3.14159265358979323846 * (x - near / 2);
  switch (((int)fmod(near, 4) + shift) & 3) {
    case 0: return sin(rest) + 0.0;
    case 1: return cos(rest);
    case 2: return -sin(rest) + 0.0;
    default: return -cos(rest);
  }
}

static float plain_sinpi(float x) { return copysignf(1, x) * (float)quarter(fmod(fabs(x), 2), 0); }
static float plain_cospi(float x) { return (float)quarter(fmod(fabs(x), 2), 1); }

/* ---- the manifest's "functions", line by line ---- */

#define R 0x1.8p+23f

static float exact_exp(float x) {
  static const float c[] = {0x1.555858p-5f, 0x1.55548cp-3f, 0x1.fffffcp-2f, 1, 1};
  x = x < -104 ? -104 : x;
  x = 128 < x ? 128 : x;
  const float round = fmaf(x, 0x1.715476p+0f, R), n = round - R;
  const float r = fmaf(n, 0x1.05c61p-29f, fmaf(n, -0x1.62e43p-1f, x));
  float p = fmaf(0x1.6ac74ep-10f, r, 0x1.123dep-7f);
  for (int i = 0; i < 5; i++) p = fmaf(p, r, c[i]);
  const int32_t power = (int32_t)(bits_of(round) - 0x4b400000u), half = power >> 1;
  if (x != x) return x;
  return p * float_of((uint32_t)(half + 127) << 23) * float_of((uint32_t)(power - half + 127) << 23);
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

static float exact_log(float x) {
  if (x != x || x == INFINITY) return x;
  if (x == 0) return -INFINITY;
  if (x < 0) return NAN;
  return x < 0x1p-126f ? log_core(x * 0x1p+23f, -23) : log_core(x, 0);
}

static float flip(float x, uint32_t w) { return float_of(bits_of(x) ^ (w & 0x80000000u)); }

static void sincospi(float x, float *sine, float *cosine) {
  float a = fabsf(x);
  a = a < 0x1p+24f ? a : x - x;
  const float turns = fmaf(a, 0.5f, 0x1p+23f) - 0x1p+23f;
  a = fmaf(turns, -2, a);
  const float round = fmaf(a, 2, R), r = fmaf(round - R, -0.5f, a), s = r * r;
  float p = fmaf(-0x1.2db5cep-1f, s, 0x1.465facp+1f), q = fmaf(0x1.d4f7eep-3f, s, -0x1.55b2b6p+0f);
  p = fmaf(fmaf(p, s, -0x1.4abbbep+2f), s, -0x1.777a5cp-24f);
  q = fmaf(fmaf(q, s, 0x1.03c1bp+2f), s, -0x1.3bd3ccp+2f);
  const float up = fmaf(r, 0x1.921fb6p+1f, p * r), along = fmaf(q, s, 1);
  const uint32_t turn = bits_of(round) << 30, odd = turn >> 30 & 1;
  *sine = flip(odd ? along : up, turn) + 0;
  *sine = flip(*sine, bits_of(x));
  *cosine = flip(odd ? up : along, turn + 0x40000000u) + 0;
}

static float exact_sinpi(float x) {
  float sine, cosine;
  sincospi(x, &sine, &cosine);
  return sine;
}

static float exact_cospi(float x) {
  float sine, cosine;
  sincospi(x, &sine, &cosine);
  return cosine;
}

static const struct {
  const char *name;
  float (*plain)(float), (*exact)(float);
} functions[] = {{"exp", expf, exact_exp}, {"log", logf, exact_log}, {"sinpi", plain_sinpi, exact_sinpi}, {"cospi", plain_cospi, exact_cospi}};

int main(int argc, char **argv) {
  static float x[1 << 16];
  for (int i = 0; argc > 1 && i < 4; i++) {
    if (strcmp(argv[1], functions[i].name) != 0) continue;
    float (*f)(float) = argc > 2 && strcmp(argv[2], "exact") == 0 ? functions[i].exact : functions[i].plain;
    for (size_t n; (n = fread(x, sizeof *x, sizeof x / sizeof *x, stdin)) > 0;) {
      for (size_t j = 0; j < n; j++) x[j] = f(x[j]);
      if (fwrite(x, sizeof *x, n, stdout) < n) return 1;
    }
    return 0;
  }
  fprintf(stderr, "functions exp|log|sinpi|cospi [exact]\n");
  return 2;
}
