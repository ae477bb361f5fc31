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
  test_blocks();
  test_late_streams();
  test_forbidden();
  test_refused_graph();
  return failures != 0;
}
