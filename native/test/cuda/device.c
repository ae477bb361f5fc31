/* What surrounds the kernels of the CUDA library, on the emulated device: memory, copies, events, graphs, errors. */
#include "guard.h"
#include "tweedie.h"

#include <float.h>

void emulated_fail(int error);
int64_t emulated_used(void);
int64_t emulated_nodes(void);

static int failures = 0;
static tweedie_cuda *cuda;

#define FAIL(...) (failures++, printf(__VA_ARGS__), printf("\n"))
#define OK(call) ((call) == TWEEDIE_OK ? (void)0 : (void)FAIL("%s: %s", #call, tweedie_cuda_message(cuda)))
#define IS(call, status) ((call) == (status) ? (void)0 : (void)FAIL("%s is not %s", #call, #status))

static float *device(int64_t n) {
  void *p = NULL;
  OK(tweedie_cuda_allocate(cuda, n * (int64_t)sizeof(float), &p));
  return p;
}

/* Shards stream through two buffers: an upload waits for the work that read its buffer, and no more; the work waits for
 * its upload. In the late modes of the emulation a missing wait gives other numbers. */
static void test_streaming(void) {
  enum { N = 1000, SHARDS = 6 };
  static const tweedie_coefficients two[2] = {{1, 1, 0, 0}, {0, 0, 0, 0}};
  static float host[SHARDS][N], sum[N];
  float *buffer[2] = {device(N), device(N)}, *total = device(N);
  tweedie_cuda_event *done[2];
  tweedie_coefficients *k = (tweedie_coefficients *)device(8);
  OK(tweedie_cuda_upload(cuda, k, two, sizeof two, NULL));
  OK(tweedie_cuda_zero(cuda, total, N * sizeof(float)));
  for (int i = 0; i < 2; i++) {
    OK(tweedie_cuda_event_create(cuda, &done[i]));
    OK(tweedie_cuda_event_record(cuda, done[i]));
  }
  for (int s = 0; s < SHARDS; s++) {
    for (int i = 0; i < N; i++) host[s][i] = (float)(i + 10000 * s);
    OK(tweedie_cuda_upload(cuda, buffer[s % 2], host[s], sizeof host[s], done[s % 2]));
    memset(host[s], 0xff, sizeof host[s]); /* the library has its copy */
    OK(tweedie_cuda_step(cuda, 1, N, k, 0, total, buffer[s % 2], NULL, NULL, total));
    OK(tweedie_cuda_event_record(cuda, done[s % 2]));
  }
  OK(tweedie_cuda_download(cuda, sum, total, sizeof sum, NULL));
  for (int i = 0; i < N; i++)
    if (sum[i] != (float)(SHARDS * i + 10000 * SHARDS * (SHARDS - 1) / 2)) {
      FAIL("streaming: element %d is %g", i, sum[i]);
      break;
    }
  double seconds = -1;
  OK(tweedie_cuda_event_elapsed(cuda, done[0], done[1], &seconds));
  if (!(seconds >= 0)) FAIL("events are %g s apart", seconds);
  for (int i = 0; i < 2; i++) {
    tweedie_cuda_event_free(cuda, done[i]);
    OK(tweedie_cuda_free(cuda, buffer[i]));
  }
  OK(tweedie_cuda_free(cuda, total));
  OK(tweedie_cuda_free(cuda, k));
}

/* Several staging buffers of one copy, there and back. */
static void test_long_copies(void) {
  const int64_t n = (9 << 20) / (int64_t)sizeof(uint32_t) + 3;
  uint32_t *host = malloc((size_t)n * sizeof *host), *back = calloc((size_t)n, sizeof *back);
  float *a = device(n), *b = device(n);
  for (int64_t i = 0; i < n; i++) host[i] = (uint32_t)i * 2654435761u;
  OK(tweedie_cuda_upload(cuda, a, host, n * 4, NULL));
  OK(tweedie_cuda_copy(cuda, b, a, n * 4));
  OK(tweedie_cuda_download(cuda, back, b, n * 4, NULL));
  if (memcmp(host, back, (size_t)n * 4) != 0) FAIL("a copy of 9 MiB came back changed");
  OK(tweedie_cuda_free(cuda, a));
  OK(tweedie_cuda_free(cuda, b));
  free(host);
  free(back);
}

/* A replay for the next batch gives the noise of its rows, and what cannot be recorded is refused. */
static void test_graph(void) {
  enum { ROWS = 5, DIM = 7, N = ROWS * DIM };
  const tweedie_noise noise = {42, 1, 2, 3, 4}, next = {0, 0, ROWS, 0, 0}, none = {0, 0, 0, 0, 0};
  float found[2 * N], wanted[2 * N];
  float *out = device(N), *both = device(2 * N);
  tweedie_cuda_graph *graph = NULL, *none_recorded = NULL;
  OK(tweedie_cuda_normal(cuda, &noise, 2 * ROWS, DIM, both));
  OK(tweedie_cuda_download(cuda, wanted, both, sizeof wanted, NULL));
  OK(tweedie_cuda_capture_begin(cuda));
  OK(tweedie_cuda_normal(cuda, &noise, ROWS, DIM, out));
  void *p;
  IS(tweedie_cuda_allocate(cuda, 4, &p), TWEEDIE_BAD_ARGUMENT);
  IS(tweedie_cuda_download(cuda, found, out, sizeof(float), NULL), TWEEDIE_BAD_ARGUMENT);
  IS(tweedie_cuda_synchronize(cuda), TWEEDIE_BAD_ARGUMENT);
  OK(tweedie_cuda_capture_end(cuda, &graph));
  IS(tweedie_cuda_capture_end(cuda, &none_recorded), TWEEDIE_BAD_ARGUMENT);
  for (int batch = 0; batch < 2; batch++) {
    OK(tweedie_cuda_address(cuda, batch ? &next : &none));
    OK(tweedie_cuda_replay(cuda, graph));
    OK(tweedie_cuda_download(cuda, found + batch * N, out, N * sizeof(float), NULL));
  }
  OK(tweedie_cuda_address(cuda, &none));
  if (memcmp(found, wanted, sizeof found) != 0) FAIL("replayed noise is other noise");
  tweedie_cuda_graph_free(cuda, graph);
  OK(tweedie_cuda_free(cuda, out));
  OK(tweedie_cuda_free(cuda, both));
}

/* A graph without end is refused, by the op that goes too far and at the end; one that the driver has no room for, too.
 * The handle is good for the next one. */
static void test_refused_graphs(void) {
  float *out = device(4);
  tweedie_cuda_graph *graph = (tweedie_cuda_graph *)1;
  OK(tweedie_cuda_capture_begin(cuda));
  for (int i = 0; i < 50000; i++)
    if (tweedie_cuda_zero(cuda, out, 16) != TWEEDIE_OK) FAIL("launch %d is refused", i);
  IS(tweedie_cuda_copy(cuda, out, out + 2, 8), TWEEDIE_NO_MEMORY);
  IS(tweedie_cuda_capture_end(cuda, &graph), TWEEDIE_NO_MEMORY);
  if (graph != NULL) FAIL("a graph without end");
  char next[16];
  static int graphs = 2; /* of test_graph and of the last lines here, in each mode */
  snprintf(next, sizeof next, "%d", graphs);
  graphs += 3;
  setenv("CUDA_HOST_GRAPHS", next, 1);
  for (int i = 0; i < 2; i++) {
    OK(tweedie_cuda_capture_begin(cuda));
    OK(tweedie_cuda_zero(cuda, out, 16));
    if (i == 0)
      IS(tweedie_cuda_capture_end(cuda, &graph), TWEEDIE_NO_MEMORY);
    else
      OK(tweedie_cuda_capture_end(cuda, &graph));
    if ((graph == NULL) != (i == 0)) FAIL("graph %d", i);
  }
  if (emulated_nodes() != 1) FAIL("%d nodes", (int)emulated_nodes());
  unsetenv("CUDA_HOST_GRAPHS");
  OK(tweedie_cuda_replay(cuda, graph));
  tweedie_cuda_graph_free(cuda, graph);
  OK(tweedie_cuda_free(cuda, out));
}

/* The first row that is not finite, wherever it lies in a vector of four; marks only rise. */
static void test_mark(void) {
  enum { ROWS = 37, DIM = 11 };
  static float x[ROWS * DIM];
  int64_t mark = -1;
  float *rows = device(ROWS * DIM + 1), *marked = device(2);
  for (int odd = 0; odd < 2; odd++) {
    for (int row = -1; row < ROWS; row += 3) {
      for (int i = 0; i < ROWS * DIM; i++) x[i] = (float)i * 1e30f;
      for (int i = row; i >= 0 && i < ROWS; i += 5) x[i * DIM + i % DIM] = i % 2 ? NAN : -INFINITY;
      OK(tweedie_cuda_upload(cuda, rows + odd, x, sizeof x, NULL));
      OK(tweedie_cuda_zero(cuda, marked, 8));
      OK(tweedie_cuda_mark(cuda, ROWS, DIM, rows + odd, (int64_t *)marked));
      OK(tweedie_cuda_mark(cuda, 0, DIM, rows + odd, (int64_t *)marked));
      OK(tweedie_cuda_download(cuda, &mark, marked, 8, NULL));
      if (mark != (row < 0 ? 0 : INT64_MAX - row)) FAIL("row %d is marked %lld", row, (long long)mark);
    }
  }
  OK(tweedie_cuda_free(cuda, rows));
  OK(tweedie_cuda_free(cuda, marked));
}

/* Marks of many ops in a ring of two halves: one is read, from where the stream left it, while the other is filled. */
static void test_ring(void) {
  enum { ROWS = 3, HALF = 4, OPS = 7 * HALF };
  float *rows = device(ROWS);
  int64_t *ring = (int64_t *)device(2 * 2 * HALF), marks[HALF];
  tweedie_cuda_event *left[2];
  for (int half = 0; half < 2; half++) OK(tweedie_cuda_event_create(cuda, &left[half]));
  OK(tweedie_cuda_zero(cuda, ring, 2 * HALF * 8));
  for (int op = 0; op < OPS; op++) {
    const int half = op / HALF % 2, bad = op % ROWS;
    if (op % HALF == 0 && op >= 2 * HALF) {
      OK(tweedie_cuda_download(cuda, marks, ring + half * HALF, sizeof marks, left[half]));
      OK(tweedie_cuda_zero(cuda, ring + half * HALF, sizeof marks));
      for (int i = 0; i < HALF; i++) {
        const int of = op - 2 * HALF + i, row = of % ROWS;
        if (marks[i] != (row ? INT64_MAX - row : 0)) FAIL("op %d: row %d is marked %lld", of, row, (long long)marks[i]);
      }
    }
    float x[ROWS] = {1, 2, 3};
    if (bad) x[bad] = NAN;
    OK(tweedie_cuda_upload(cuda, rows, x, sizeof x, NULL));
    OK(tweedie_cuda_mark(cuda, ROWS, 1, rows, ring + op % (2 * HALF)));
    if (op % HALF == HALF - 1) OK(tweedie_cuda_event_record(cuda, left[half]));
  }
  for (int half = 0; half < 2; half++) tweedie_cuda_event_free(cuda, left[half]);
  OK(tweedie_cuda_free(cuda, rows));
  OK(tweedie_cuda_free(cuda, ring));
}

/* One mark of several is enough, and none leaves everything as it is. */
static void test_spoil(void) {
  enum { N = 3001 };
  static float x[N];
  float *out = device(N);
  int64_t *marks = (int64_t *)device(6);
  for (int set = -1; set < 3; set++) {
    int64_t host[3] = {0};
    if (set >= 0) host[set] = INT64_MAX - 5;
    memset(x, 0, sizeof x);
    OK(tweedie_cuda_upload(cuda, out, x, sizeof x, NULL));
    OK(tweedie_cuda_upload(cuda, marks, host, sizeof host, NULL));
    OK(tweedie_cuda_spoil(cuda, N - 1, out, marks, 3));
    OK(tweedie_cuda_spoil(cuda, 0, out, marks, 3));
    OK(tweedie_cuda_download(cuda, x, out, sizeof x, NULL));
    int spoiled = 0;
    for (int i = 0; i < N; i++) spoiled += isnan(x[i]);
    if (spoiled != (set < 0 ? 0 : N - 1) || x[N - 1] != 0) FAIL("mark %d: %d numbers are NaN", set, spoiled);
  }
  OK(tweedie_cuda_free(cuda, out));
  OK(tweedie_cuda_free(cuda, marks));
}

/* Every thread that is counted writes its sum. */
static void test_fma(void) {
  static float sums[5000];
  float *out = device(5000);
  int64_t flops = -1;
  OK(tweedie_cuda_fma(cuda, 3, 5000, out, &flops));
  OK(tweedie_cuda_download(cuda, sums, out, sizeof sums, NULL));
  int written = 0;
  for (int i = 0; i < 5000; i++) written += sums[i] == sums[i];
  if (flops != 2 * 3 * 16 * (int64_t)written || written != 16 * 256) FAIL("%lld flops, %d sums", (long long)flops, written);
  OK(tweedie_cuda_free(cuda, out));
}

static void test_memory(void) {
  void *p = (void *)1;
  IS(tweedie_cuda_allocate(cuda, INT64_C(1) << 40, &p), TWEEDIE_NO_MEMORY);
  if (p != NULL || strstr(tweedie_cuda_message(cuda), "out of memory") == NULL)
    FAIL("out of memory: %p, %s", p, tweedie_cuda_message(cuda));
  float *x = device(3); /* usable as before */
  OK(tweedie_cuda_zero(cuda, x, 12));
  OK(tweedie_cuda_free(cuda, x));
}

static void test_probe(void) {
  char reason[64];
  tweedie_cuda *other = cuda;
  tweedie_cuda_device info;
  if (tweedie_cuda_count() != 1) FAIL("%d devices", (int)tweedie_cuda_count());
  IS(tweedie_cuda_probe(0, reason, sizeof reason), TWEEDIE_OK);
  IS(tweedie_cuda_probe(1, reason, sizeof reason), TWEEDIE_UNSUPPORTED);
  if (strcmp(reason, "no device 1: the driver shows 1, counted from 0") != 0) FAIL("reason: %s", reason);
  IS(tweedie_cuda_open(-1, &other), TWEEDIE_UNSUPPORTED);
  if (other != NULL) FAIL("a handle of no device");
  OK(tweedie_cuda_info(cuda, &info));
  if (info.major != 9 || strcmp(info.name, "emulated") != 0) FAIL("info: %d, %s", (int)info.major, info.name);
}

/* A failure of the device stays, in this handle and in its words; closing works. */
static void test_failure(void) {
  float *x = device(3);
  emulated_fail(719);
  IS(tweedie_cuda_zero(cuda, x, 12), TWEEDIE_FAILED);
  if (strcmp(tweedie_cuda_message(cuda), "cuda:0: zero: unspecified launch failure") != 0)
    FAIL("message: %s", tweedie_cuda_message(cuda));
  emulated_fail(0);
  IS(tweedie_cuda_zero(cuda, x, 12), TWEEDIE_FAILED);
  IS(tweedie_cuda_synchronize(cuda), TWEEDIE_FAILED);
  tweedie_cuda_close(cuda);
}

int main(void) {
  for (int late = 0; late < 3; late++) {
    char text[2] = {(char)('0' + late), '\0'};
    setenv("CUDA_HOST_STREAMS", text, 1);
    IS(tweedie_cuda_open(0, &cuda), TWEEDIE_OK);
    const int64_t before = emulated_used();
    test_probe();
    test_streaming();
    test_long_copies();
    test_graph();
    test_refused_graphs();
    test_mark();
    test_ring();
    test_spoil();
    test_fma();
    test_memory();
    if (emulated_used() != before) FAIL("%d bytes were not given back", (int)(emulated_used() - before));
    test_failure();
  }
  return failures != 0;
}
