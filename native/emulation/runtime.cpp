/* Streams, events, graphs and memory of the emulated device. */
#include "runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

void emulated_run(dim3 grid, dim3 block, const std::function<void()> &body);

struct emulated_event {
  cudaStream_t stream; /* where it was last recorded; null before */
  uint64_t ticket;     /* work of that stream which lies before it */
  double time;
};
struct emulated_graph {
  std::vector<std::function<void()>> work;
};
struct emulated_stream {
  bool eager;
  uint64_t put, done;
  std::deque<std::function<void()>> queue;
  emulated_graph *capture;
};

namespace {

struct block {
  size_t mapped;
  size_t bytes;
};
std::recursive_mutex lock;
std::map<void *, block> blocks;
size_t used;
int streams;
cudaError_t failed;
void (*watcher)(unsigned x, unsigned y, unsigned threads);

struct hold {
  std::lock_guard<std::recursive_mutex> guard{lock};
};

int setting(const char *name, int otherwise) {
  const char *value = getenv(name);
  return value ? atoi(value) : otherwise;
}
size_t limit() { return (size_t)setting("CUDA_HOST_MEMORY", 1 << 30); }

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void run_until(cudaStream_t stream, uint64_t ticket) {
  while (stream->done < ticket) {
    std::function<void()> next = std::move(stream->queue.front());
    stream->queue.pop_front();
    next();
    stream->done++;
  }
}

cudaError_t put(cudaStream_t stream, std::function<void()> work) {
  hold held;
  if (failed != cudaSuccess) return failed;
  if (stream->capture) {
    stream->capture->work.push_back(std::move(work));
    return cudaSuccess;
  }
  stream->queue.push_back(std::move(work));
  stream->put++;
  if (stream->eager) run_until(stream, stream->put);
  return cudaSuccess;
}

}  // namespace

/* For tests: from here on every call fails with this error. */
extern "C" __attribute__((visibility("default"))) void emulated_fail(int error) { failed = (cudaError_t)error; }
/* For tests: from here on launches are shown instead of run, and memory is neither copied nor filled. NULL ends it. */
extern "C" __attribute__((visibility("default"))) void emulated_watch(void (*by)(unsigned, unsigned, unsigned)) {
  watcher = by;
}
extern "C" __attribute__((visibility("default"))) int64_t emulated_used(void) { return (int64_t)used; }

const char *cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInsufficientDriver: return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorLaunchFailure: return "unspecified launch failure";
    default: return "unknown error";
  }
}
cudaError_t cudaGetLastError(void) { return failed; }
cudaError_t cudaGetDeviceCount(int *count) { return *count = 1, failed; }
cudaError_t cudaDriverGetVersion(int *version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaSetDevice(int device) { return device == 0 ? failed : cudaErrorInvalidDevice; }
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int) {
  *value = attribute == cudaDevAttrComputeCapabilityMajor ? 9 : attribute == cudaDevAttrMultiProcessorCount ? 2 : 0;
  return failed;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int) {
  snprintf(properties->name, sizeof properties->name, "emulated");
  properties->totalGlobalMem = limit();
  return failed;
}
cudaError_t cudaMemGetInfo(size_t *free, size_t *total) {
  hold held;
  *total = limit();
  *free = used < *total ? *total - used : 0;
  return failed;
}

/* The end lies at a guard page, but for what a 16-byte boundary takes: as strict as the vector loads of kernels allow. */
cudaError_t cudaMalloc(void **out, size_t bytes) {
  hold held;
  *out = NULL;
  if (failed != cudaSuccess) return failed;
  const size_t page = 4096, body = (bytes + page - 1) / page * page;
  if (used + bytes > limit()) return cudaErrorMemoryAllocation;
  char *start = (char *)mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED || mprotect(start + body, page, PROT_NONE) != 0) return cudaErrorMemoryAllocation;
  memset(start, 0xff, body);
  *out = start + body - (bytes + 15) / 16 * 16;
  if (blocks.count(*out)) abort();
  blocks[*out] = {body + page, bytes};
  used += bytes;
  return cudaSuccess;
}
cudaError_t cudaFree(void *memory) {
  hold held;
  if (memory == NULL) return cudaSuccess;
  auto found = blocks.find(memory);
  if (found == blocks.end()) abort(); /* no block, or one that was freed before */
  used -= found->second.bytes;
  const size_t body = found->second.mapped - 4096;
  munmap((char *)memory + (found->second.bytes + 15) / 16 * 16 - body, found->second.mapped);
  blocks.erase(found);
  return failed;
}
cudaError_t cudaHostAlloc(void **out, size_t bytes, unsigned) {
  *out = aligned_alloc(64, (bytes + 63) / 64 * 64);
  return *out ? failed : cudaErrorMemoryAllocation;
}
cudaError_t cudaFreeHost(void *memory) { return free(memory), failed; }

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  return watcher ? cudaSuccess : put(stream, [=] { memcpy(to, from, bytes); });
}
cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream) {
  return watcher ? cudaSuccess : put(stream, [=] { memset(memory, value, bytes); });
}

cudaError_t emulated_launch(dim3 grid, dim3 block, cudaStream_t stream, std::function<void()> body) {
  if (watcher) return watcher(grid.x, grid.y, block.x), cudaSuccess;
  return put(stream, [=] { emulated_run(grid, block, body); });
}

/* The first stream of a handle computes, the second copies. */
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned) {
  hold held;
  const int late = setting("CUDA_HOST_STREAMS", 0);
  const bool computes = streams++ % 2 == 0;
  *out = new emulated_stream{late == 0 || (late == 1) != computes, 0, 0, {}, NULL};
  return failed;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  cudaStreamSynchronize(stream);
  delete stream;
  return failed;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  hold held;
  run_until(stream, stream->put);
  return failed;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  cudaStream_t other = event->stream;
  const uint64_t ticket = event->ticket;
  if (other == NULL) return failed;
  return put(stream, [=] { run_until(other, ticket); });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned) { return *out = new emulated_event{}, failed; }
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  cudaError_t error = put(stream, [=] { event->time = now(); });
  event->stream = stream;
  event->ticket = stream->put;
  return error;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  hold held;
  if (event->stream) run_until(event->stream, event->ticket);
  return failed;
}
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to) {
  *milliseconds = (float)(1e3 * (to->time - from->time));
  return failed;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  cudaEventSynchronize(event); /* its record may not have run yet */
  delete event;
  return failed;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->capture = new emulated_graph;
  return failed;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *out) {
  *out = stream->capture;
  stream->capture = NULL;
  return failed;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *out, cudaGraph_t graph, unsigned long long) {
  *out = new emulated_graph(*graph);
  return failed;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, failed; }
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  const std::vector<std::function<void()>> work = graph->work;
  return put(stream, [=] {
    for (const auto &one : work) one();
  });
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) { return delete graph, failed; }
