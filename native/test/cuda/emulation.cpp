/* The emulation itself: what it is there to catch is planted here and must be caught. */
#include "emulation/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" int64_t emulated_nodes(void);

static int failures = 0;

#define CHECK(condition) ((condition) ? (void)0 : (void)(failures++, printf("line %d: %s\n", __LINE__, #condition)))

static void set(const char *name, int value) {
  char text[16];
  snprintf(text, sizeof text, "%d", value);
  setenv(name, text, 1);
}

struct streams {
  cudaStream_t compute, copies;
  streams() {
    cudaStreamCreateWithFlags(&compute, cudaStreamNonBlocking);
    cudaStreamCreateWithFlags(&copies, cudaStreamNonBlocking);
  }
  ~streams() {
    cudaStreamDestroy(compute);
    cudaStreamDestroy(copies);
  }
};

/* ---- within a block ---- */

enum { THREADS = 64, SLICES = 4 };
enum race { NO_RACE, NO_BARRIER, COPY_TOO_EARLY, COPY_NOT_AWAITED };

/* Sums of neighbours' numbers, slice by slice through two stages, as the product's loop takes them. */
static void sum_slices(race planted, const float *in, float *out) {
  SHARED(float, stage, [2][THREADS]);
  const int t = (int)threadIdx.x, next = (t + 1) % THREADS;
  float sum = 0;
  emulated_copy(&stage[0][t], in + t, 4);
  emulated_commit();
  for (int s = 0; s < SLICES; s++) {
    const bool ahead = s + 1 < SLICES;
    if (planted == COPY_TOO_EARLY && ahead) emulated_copy(&stage[(s + 1) % 2][t], in + (s + 1) * THREADS + t, 4);
    if (planted != COPY_NOT_AWAITED) emulated_wait(0);
    if (planted != NO_BARRIER) __syncthreads();
    if (planted != COPY_TOO_EARLY && ahead) emulated_copy(&stage[(s + 1) % 2][t], in + (s + 1) * THREADS + t, 4);
    emulated_commit();
    sum += stage[s % 2][next];
  }
  out[t] = sum;
}

static bool right(race planted) {
  float in[SLICES * THREADS], out[THREADS];
  for (int i = 0; i < SLICES * THREADS; i++) in[i] = (float)(i * i % 1009);
  streams at;
  emulate(sum_slices, dim3(1), dim3(THREADS), 0, at.compute, planted, (const float *)in, (float *)out);
  for (int t = 0; t < THREADS; t++) {
    float sum = 0;
    for (int s = 0; s < SLICES; s++) sum += in[s * THREADS + (t + 1) % THREADS];
    if (!(out[t] == sum)) return false;
  }
  return true;
}

/* In which modes a race is seen: bit 3 order + copies. */
static int seen(race planted) {
  int modes = 0;
  for (int order = 0; order < 3; order++) {
    for (int copies = 0; copies < 3; copies++) {
      set("CUDA_HOST_ORDER", order), set("CUDA_HOST_COPIES", copies);
      modes |= !right(planted) << (3 * order + copies);
    }
  }
  return modes;
}

static void test_races(void) {
  CHECK(seen(NO_RACE) == 0);
  CHECK(seen(NO_BARRIER) != 0);
  CHECK(seen(COPY_NOT_AWAITED) & 1);      /* only late copies show it */
  CHECK((seen(COPY_TOO_EARLY) & 1) == 0); /* and hide this one */
  CHECK(seen(COPY_TOO_EARLY) & 1 << 7);
  unsetenv("CUDA_HOST_COPIES");
}

/* ---- bulk copies ---- */

enum { CONSUMERS = 64, LINE = 64 };
enum fault { NO_FAULT, NOT_EXPECTED, NOT_AWAITED, TOO_EARLY, GIVEN_BACK_EARLY, NOT_SHOWN, NEVER_ENDS, LEFT_BEHIND };

/* The same sums, by consumers that a producer's warp brings lines to. */
static void sum_lines(fault planted, const float *in, float *out) {
  SHARED(float, stage, [2][LINE]);
  SHARED(uint64_t, full, [2]);
  SHARED(uint64_t, empty, [2]);
  const int t = (int)threadIdx.x;
  if (t == 0) {
    for (int s = 0; s < 2; s++) emulated_barrier_make(&full[s], 1), emulated_barrier_make(&empty[s], CONSUMERS / 32);
    if (planted != NOT_SHOWN) emulated_barrier_show();
  }
  __syncthreads();
  if (t >= CONSUMERS) {
    if (t > CONSUMERS) return;
    const int lines = planted == NEVER_ENDS ? SLICES - 1 : planted == LEFT_BEHIND ? SLICES + 1 : SLICES;
    for (int s = 0; s < lines; s++) {
      if (planted != TOO_EARLY && s < SLICES) emulated_barrier_await(&empty[s % 2], s / 2 % 2 ^ 1);
      emulated_barrier_arrive(&full[s % 2], planted == NOT_EXPECTED ? 0 : LINE * 4);
      emulated_copy_line(stage[s % 2], in + s % SLICES * LINE, LINE * 4, &full[s % 2]);
    }
    return;
  }
  float sum = 0;
  for (int s = 0; s < SLICES; s++) {
    if (planted != NOT_AWAITED) emulated_barrier_await(&full[s % 2], s / 2 % 2);
    if (planted == GIVEN_BACK_EARLY && t % 32 == 0) emulated_barrier_arrive(&empty[s % 2], 0);
    sum += stage[s % 2][(t + 1) % LINE];
    if (planted == GIVEN_BACK_EARLY) continue;
    __syncwarp();
    if (t % 32 == 0) emulated_barrier_arrive(&empty[s % 2], 0);
  }
  out[t] = sum;
}

static bool right_lines(fault planted) {
  float in[SLICES * LINE], out[CONSUMERS];
  for (int i = 0; i < SLICES * LINE; i++) in[i] = (float)(i * i % 1009);
  alignas(16) float whole[SLICES * LINE];
  memcpy(whole, in, sizeof in);
  streams at;
  emulate(sum_lines, dim3(1), dim3(CONSUMERS + 32), 0, at.compute, planted, (const float *)whole, (float *)out);
  for (int t = 0; t < CONSUMERS; t++) {
    float sum = 0;
    for (int s = 0; s < SLICES; s++) sum += in[s * LINE + (t + 1) % LINE];
    if (!(out[t] == sum)) return false;
  }
  return true;
}

/* In which modes it is seen: other numbers, or an end of the process. */
static int seen(fault planted) {
  int modes = 0;
  for (int mode = 0; mode < 9; mode++) {
    set("CUDA_HOST_ORDER", mode / 3), set("CUDA_HOST_COPIES", mode % 3);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      fclose(stderr);
      for (int times = 0; times < 50; times++)
        if (!right_lines(planted)) _exit(1);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    modes |= (status != 0) << mode;
  }
  unsetenv("CUDA_HOST_COPIES");
  return modes;
}

static void test_lines(void) {
  enum { ALL = 0x1ff, LATE = 1 | 1 << 3 | 1 << 6, EARLY = LATE << 1 };
  CHECK(seen(NO_FAULT) == 0);
  CHECK((seen(NOT_EXPECTED) & LATE) == LATE);
  CHECK((seen(NOT_AWAITED) & LATE) == LATE);
  CHECK((seen(TOO_EARLY) & EARLY) == EARLY);
  CHECK(seen(GIVEN_BACK_EARLY) & 1 << 7); /* by threads that fall behind alone */
  CHECK(seen(NOT_SHOWN) == ALL);
  CHECK(seen(NEVER_ENDS) == ALL);
  CHECK((seen(LEFT_BEHIND) & LATE) == LATE);
}

/* ---- products of tensor cores ---- */

enum { COLUMNS = 24, EACH = COLUMNS / 2, LEAD_A = 64 * 16, LEAD_B = COLUMNS * 16, ROW_OCTETS = 128 };
enum slip {
  NO_SLIP,
  NOT_FENCED,
  NOT_COMMITTED,
  NOT_WAITED,
  WAITED_FOR_FEWER,
  READ_EARLY,
  WRITTEN_LATE,
  ENGINES_NOT_TOLD,
  OTHER_LEAD,
  OTHER_STRIDE,
  SWIZZLED,
  BEYOND_THE_END,
  HALF_A_GROUP,
  OTHER_TILE
};

static uint16_t half_of(float x) {
  uint32_t word;
  memcpy(&word, &x, sizeof word);
  return (uint16_t)(word >> 16);
}
/* Whole numbers of few bits, whose products and sums are exact. */
static float number(int row, int k) { return (float)((row * 7 + k * 13) % 31 - 15); }

/* c (64 x COLUMNS) = 3 A B, of three products in two groups. */
static void multiply_tile(slip planted, float *c) {
  SHARED_AT_LAUNCH(uint16_t, tiles, 2 * (LEAD_A + LEAD_B));
  const int t = (int)threadIdx.x;
  if (planted == HALF_A_GROUP && t >= 96) return;
  auto fill = [&](int from, int to, int rows, uint16_t *at, float times) {
    for (int row = from + t; row < to; row += 128)
      for (int k = 0; k < 16; k++) at[k / 8 * rows * 8 + row * 8 + k % 8] = half_of(times * number(row + rows, k));
  };
  const int skipped = planted == WRITTEN_LATE ? 8 : 0;
  fill(skipped, 64, 64, tiles, 1);
  fill(0, COLUMNS, COLUMNS, tiles + LEAD_A, 1);
  if (planted != ENGINES_NOT_TOLD) emulated_barrier_show();
  __syncthreads();
  auto described = [&](const uint16_t *at, uint64_t lead, uint64_t stride) {
    return emulated_place(at) >> 4 | lead >> 4 << 16 | stride >> 4 << 32;
  };
  uint64_t a = described(tiles, LEAD_A, planted == OTHER_STRIDE ? 2 * ROW_OCTETS : ROW_OCTETS);
  const uint64_t b = described(tiles + LEAD_A, planted == OTHER_LEAD ? LEAD_A : LEAD_B, ROW_OCTETS);
  if (planted == SWIZZLED) a |= UINT64_C(1) << 62;
  if (planted == BEYOND_THE_END) a += 2 * (LEAD_A + LEAD_B) >> 4;
  if (planted == OTHER_TILE && t == 77) a += 8;
  float d[EACH] = {}, e[EACH] = {};
  if (planted != NOT_FENCED) emulated_products_fence();
  emulated_multiply(d, COLUMNS, a, b, false);
  emulated_multiply(d, COLUMNS, a, b, true);
  emulated_products_commit();
  emulated_multiply(e, COLUMNS, a, b, false);
  if (planted != NOT_COMMITTED) emulated_products_commit();
  if (planted == WRITTEN_LATE) fill(0, skipped, 64, tiles, 1), emulated_barrier_show();
  const float early = d[0] + e[0];
  if (planted != NOT_WAITED) emulated_products_wait(planted == WAITED_FOR_FEWER ? 1 : 0);
  for (int i = 0; i < EACH; i++) {
    const int row = t / 32 * 16 + t % 32 / 4 + i / 2 % 2 * 8, column = i / 4 * 8 + t % 4 * 2 + i % 2;
    c[row * COLUMNS + column] = planted == READ_EARLY && i == 0 ? early : d[i] + e[i];
  }
}

static bool right_tile(slip planted) {
  float c[64 * COLUMNS];
  streams at;
  cudaFuncSetAttribute(multiply_tile, cudaFuncAttributeMaxDynamicSharedMemorySize, 2 * (LEAD_A + LEAD_B));
  emulate(multiply_tile, dim3(1), dim3(128), 2 * (LEAD_A + LEAD_B), at.compute, planted, (float *)c);
  for (int row = 0; row < 64; row++) {
    for (int column = 0; column < COLUMNS; column++) {
      float sum = 0;
      for (int k = 0; k < 16; k++) sum += number(row + 64, k) * number(column + COLUMNS, k);
      if (!(c[row * COLUMNS + column] == 3 * sum)) return false;
    }
  }
  return true;
}

static void test_tiles(void) {
  for (int planted = NO_SLIP; planted <= OTHER_TILE; planted++) {
    for (int mode = 0; mode < 6; mode++) {
      set("CUDA_HOST_ORDER", mode / 2);
      set("CUDA_HOST_COPIES", mode % 2);
      fflush(stdout);
      const pid_t child = fork();
      if (child == 0) {
        fclose(stderr);
        _exit(!right_tile((slip)planted));
      }
      int status = 0;
      waitpid(child, &status, 0);
      /* operands that are written too late are there when products are made late */
      const bool caught = planted == WRITTEN_LATE ? mode % 2 == 0 : planted != NO_SLIP;
      if ((status != 0) != caught) failures++, printf("slip %d, mode %d: status %d\n", planted, mode, status);
    }
  }
}

/* Row and column 0 of a tile: sum + 16 products, cut off as tensor cores do. */
static void add_sixteen(float sum, float each, float first, float *out) {
  SHARED_AT_LAUNCH(uint16_t, tiles, 4096);
  const int t = (int)threadIdx.x;
  for (int i = t; i < 2048; i += 128) tiles[i] = half_of(i == 0 ? first : i < 1024 ? each : 1.0f);
  emulated_barrier_show();
  __syncthreads();
  float d[4] = {sum, sum, sum, sum};
  emulated_products_fence();
  const uint64_t b = emulated_place(tiles + 1024) >> 4 | UINT64_C(128) >> 4 << 16 | UINT64_C(128) >> 4 << 32;
  emulated_multiply(d, 8, emulated_place(tiles) >> 4 | UINT64_C(1024) >> 4 << 16 | UINT64_C(128) >> 4 << 32, b, true);
  emulated_products_commit();
  emulated_products_wait(0);
  if (t == 0) *out = d[0];
}

static float sixteen(float sum, float each, float first) {
  streams at;
  float out = NAN;
  cudaFuncSetAttribute(add_sixteen, cudaFuncAttributeMaxDynamicSharedMemorySize, 4096);
  emulate(add_sixteen, dim3(1), dim3(128), 4096, at.compute, sum, each, first, &out);
  return out;
}

static void test_cut_off(void) {
  CHECK(sixteen(1, 0x1p-25f, 0x1p-25f) == 1 + 0x1p-21f); /* two bits below a float's last are there */
  CHECK(sixteen(1, 0x1p-26f, 0x1p-26f) == 1);            /* and no third */
  CHECK(sixteen(1, -0x1p-26f, -0x1p-26f) == 1);
  CHECK(sixteen(1, 0, 0x1.8p-23f) == 1 + 0x1p-23f); /* the sum is cut off, not rounded */
  CHECK(sixteen(-1, 0, -0x1.8p-23f) == -1 - 0x1p-23f);
  CHECK(sixteen(0x1p-30f, 0x1p-40f, -0x1p-30f) == 15 * 0x1p-40f); /* exact where large ones cancel */
  CHECK(sixteen(0, 0x1p-130f, 0x1p-130f) == 0x1p-126f);
  CHECK(isnan(sixteen(0, 1, NAN)) && isinf(sixteen(0, 1, INFINITY)) && isinf(sixteen(0, 0x1p125f, 0x1p125f)));
}

static void number_blocks(int *next, int *order) {
  if (threadIdx.x == 0) order[(*next)++] = (int)(blockIdx.x + gridDim.x * blockIdx.y);
}

/* Every block once, in another order. */
static void test_blocks(void) {
  for (int mode = 0; mode < 3; mode++) {
    set("CUDA_HOST_ORDER", mode);
    streams at;
    int next = 0, order[35] = {}, visits[35] = {}, rising = 0;
    emulate(number_blocks, dim3(7, 5), dim3(32), 0, at.compute, &next, (int *)order);
    for (int i = 0; i < 35; i++) visits[order[i]]++, rising += i > 0 && order[i] == order[i - 1] + 1;
    for (int visit : visits) CHECK(visit == 1);
    CHECK((rising == 34) == (mode == 0));
    CHECK(mode != 1 || order[0] == 34);
  }
}

/* ---- streams and graphs ---- */

static void write_number(int *to, int value) {
  if (threadIdx.x == 0) *to = value;
}

static void test_late_streams(void) {
  for (int late = 0; late < 3; late++) {
    set("CUDA_HOST_STREAMS", late);
    streams at;
    int number = 0, copy = 0;
    emulate(write_number, dim3(1), dim3(32), 0, at.compute, &number, 1);
    cudaMemcpyAsync(&copy, &number, sizeof copy, cudaMemcpyDeviceToHost, at.copies); /* without a wait */
    cudaStreamSynchronize(at.copies);
    CHECK(copy == (late != 1));
  }
  unsetenv("CUDA_HOST_STREAMS");
}

/* What a recording forbids is refused, and the recording is void. */
static void test_forbidden(void) {
  for (int what = 0; what < 5; what++) {
    streams at;
    cudaEvent_t event;
    cudaGraph_t graph = NULL;
    void *memory = NULL;
    int number = 0;
    cudaEventCreateWithFlags(&event, 0);
    cudaEventRecord(event, at.copies);
    cudaStreamBeginCapture(at.compute, cudaStreamCaptureModeRelaxed);
    emulate(write_number, dim3(1), dim3(32), 0, at.compute, &number, 1);
    const cudaError_t error = what == 0   ? cudaStreamSynchronize(at.compute)
                              : what == 1 ? cudaMalloc(&memory, 4)
                              : what == 2 ? cudaHostAlloc(&memory, 4, 0)
                              : what == 3 ? cudaStreamWaitEvent(at.compute, event, 0)
                                          : cudaEventRecord(event, at.compute);
    if (what < 4) {
      CHECK(error == (what == 3 ? cudaErrorStreamCaptureIsolation : cudaErrorStreamCaptureUnsupported));
      CHECK(cudaStreamEndCapture(at.compute, &graph) == cudaErrorStreamCaptureInvalidated);
      CHECK(graph == NULL);
    } else {
      CHECK(cudaEventSynchronize(event) == cudaErrorStreamCaptureUnsupported);
      CHECK(cudaStreamEndCapture(at.compute, &graph) == cudaErrorStreamCaptureInvalidated);
    }
    CHECK(number == 0);
    CHECK(cudaGetLastError() == cudaErrorStreamCaptureInvalidated);
    CHECK(cudaGetLastError() == cudaSuccess); /* not sticky */
    CHECK(cudaStreamSynchronize(at.compute) == cudaSuccess);
    cudaEventDestroy(event);
  }
}

/* A product of bytes, element by element as the manual of PTX has m16n8k32: element i of a lane's words of A is in line g, of
 * elements 4 to 7 and 12 to 15 in g + 8, and in column 4 t + i % 4, from the eighth on 16 further; of B in column g and in that
 * line, from the fourth on 16 further; of the sums in line g, from the second on g + 8, and column 2 t + i % 2. */
static void multiply_matrices(const uint8_t *a, const int8_t *b, int *c) {
  const int lane = (int)threadIdx.x, g = lane / 4, t = lane % 4;
  unsigned left[4] = {}, right[2] = {};
  int sums[4];
  for (int i = 0; i < 16; i++) {
    const int line = i / 4 % 2 == 0 ? g : g + 8, column = 4 * t + i % 4 + (i < 8 ? 0 : 16);
    left[i / 4] |= (unsigned)a[line * 32 + column] << i % 4 * 8;
  }
  for (int i = 0; i < 8; i++) {
    const int line = 4 * t + i % 4 + (i < 4 ? 0 : 16);
    right[i / 4] |= (unsigned)(uint8_t)b[line * 8 + g] << i % 4 * 8;
  }
  for (int i = 0; i < 4; i++) sums[i] = 1000 * i;
  emulated_multiply_bytes(sums, left, right);
  for (int i = 0; i < 4; i++) c[(i < 2 ? g : g + 8) * 8 + 2 * t + i % 2] = sums[i] - 1000 * i;
}

static void test_bytes(void) {
  uint8_t a[16 * 32];
  int8_t b[32 * 8];
  int c[16 * 8];
  streams at;
  for (int i = 0; i < 16 * 32; i++) a[i] = (uint8_t)(i * 37 % 256);
  for (int i = 0; i < 32 * 8; i++) b[i] = (int8_t)(i * 91 % 256 - 128);
  for (int order = 0; order < 3; order++) {
    set("CUDA_HOST_ORDER", order);
    memset(c, 0x55, sizeof c);
    emulate(multiply_matrices, dim3(1), dim3(32), 0, at.compute, (const uint8_t *)a, (const int8_t *)b, (int *)c);
    for (int i = 0; i < 16 * 8; i++) {
      int sum = 0;
      for (int k = 0; k < 32; k++) sum += a[i / 8 * 32 + k] * b[k * 8 + i % 8];
      CHECK(c[i] == sum);
    }
  }
  unsetenv("CUDA_HOST_ORDER");
}

static void test_refused_graph(void) {
  streams at;
  int number = 0;
  set("CUDA_HOST_GRAPHS", 2);
  for (int i = 1; i <= 3; i++) {
    cudaGraph_t graph;
    cudaGraphExec_t ready;
    cudaStreamBeginCapture(at.compute, cudaStreamCaptureModeRelaxed);
    for (int n = 0; n < i; n++) emulate(write_number, dim3(1), dim3(32), 0, at.compute, &number, i);
    CHECK(cudaStreamEndCapture(at.compute, &graph) == cudaSuccess);
    CHECK(emulated_nodes() == i);
    CHECK(cudaGraphInstantiate(&ready, graph, 0) == (i == 2 ? cudaErrorMemoryAllocation : cudaSuccess));
    cudaGraphDestroy(graph);
    if (i == 2) continue;
    CHECK(cudaGraphLaunch(ready, at.compute) == cudaSuccess && number == i);
    cudaGraphExecDestroy(ready);
  }
  unsetenv("CUDA_HOST_GRAPHS");
  cudaGetLastError();
}

/* A graph that knows memory which was freed ends the process when it is replayed. */
static void test_stale_pointer(void) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    streams at;
    void *memory;
    cudaGraph_t graph;
    cudaGraphExec_t ready;
    cudaMalloc(&memory, sizeof(int));
    cudaStreamBeginCapture(at.compute, cudaStreamCaptureModeRelaxed);
    emulate(write_number, dim3(1), dim3(32), 0, at.compute, (int *)memory, 1);
    cudaStreamEndCapture(at.compute, &graph);
    cudaGraphInstantiate(&ready, graph, 0);
    cudaFree(memory);
    cudaGraphLaunch(ready, at.compute);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
}

int main(void) {
  test_stale_pointer();
  test_races();
  test_lines();
  test_tiles();
  test_cut_off();
  test_bytes();
  test_blocks();
  test_late_streams();
  test_forbidden();
  test_refused_graph();
  return failures != 0;
}
