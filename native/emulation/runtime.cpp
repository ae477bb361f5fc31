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

void emulated_run(dim3 grid, dim3 block, size_t shared, const std::function<void()> &body);

struct emulated_event {
  cudaStream_t stream; /* where it was last recorded; null before */
  bool captured;       /* in a recording: it is none to wait for */
  uint64_t ticket;     /* work of that stream which lies before it */
  double time;
};
struct emulated_graph {
  std::vector<std::function<void()>> work;
};
struct emulated_stream {
  emulated_entry entry; /* first */
  bool eager;
  uint64_t put, done;
  std::deque<std::function<void()>> queue;
  emulated_graph *capture;
  bool valid; /* the capture */
};

namespace {

struct block {
  size_t mapped;
  size_t bytes;
};
std::recursive_mutex lock;
std::map<void *, block> blocks;
enum { MOST_SHARED = 227 << 10 /* of sm_90 */ };
std::map<const void *, size_t> allowed; /* by kernel: shared memory of the launch */
size_t used, downloaded, waits;
int streams, graphs;
cudaError_t failed;              /* for good */
thread_local cudaError_t last;   /* of this thread's calls */
thread_local cudaStream_t recording; /* that this thread began to record */
size_t nodes;
void (*watcher)(unsigned x, unsigned y, unsigned threads, size_t shared);

struct hold {
  std::lock_guard<std::recursive_mutex> guard{lock};
};

size_t limit() { return (size_t)emulated_setting("CUDA_HOST_MEMORY", 1 << 30); }

cudaError_t report(cudaError_t error) {
  if (failed != cudaSuccess) error = failed;
  if (error != cudaSuccess) last = error;
  return error;
}

/* Where the thread records: refuses what waits for the device, or may, and the recording is void. */
bool forbidden() {
  if (recording == NULL) return false;
  recording->valid = false;
  report(cudaErrorStreamCaptureUnsupported);
  return true;
}

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
  if (failed != cudaSuccess) return report(failed);
  if (stream->capture) {
    if (!stream->valid) return report(cudaErrorStreamCaptureInvalidated);
    stream->capture->work.push_back(std::move(work));
    return cudaSuccess;
  }
  stream->queue.push_back(std::move(work));
  stream->put++;
  if (stream->eager) run_until(stream, stream->put);
  return cudaSuccess;
}

int put_copy(cudaStream_t stream, void (*work)(void *), const void *arguments, size_t bytes) {
  std::vector<char> copy((const char *)arguments, (const char *)arguments + bytes);
  return (int)put(stream, [=]() mutable { work(copy.data()); });
}

}  // namespace

int emulated_setting(const char *name, int otherwise) {
  const char *value = getenv(name);
  return value ? atoi(value) : otherwise;
}

/* For tests: from here on every call fails with this error. */
extern "C" __attribute__((visibility("default"))) void emulated_fail(int error) { failed = (cudaError_t)error; }
/* For tests: from here on launches are shown instead of run, and memory is neither copied nor filled. NULL ends it. */
extern "C" __attribute__((visibility("default"))) void emulated_watch(void (*by)(unsigned, unsigned, unsigned,
                                                                                 size_t)) {
  watcher = by;
}
/* For tests: bytes of device memory that are held; bytes that went to the host so far; waits of the host for the device;
 * launches, copies and fills of the graph that was recorded last. */
extern "C" __attribute__((visibility("default"))) int64_t emulated_used(void) { return (int64_t)used; }
extern "C" __attribute__((visibility("default"))) int64_t emulated_downloaded(void) { return (int64_t)downloaded; }
extern "C" __attribute__((visibility("default"))) int64_t emulated_waits(void) { return (int64_t)waits; }
extern "C" __attribute__((visibility("default"))) int64_t emulated_nodes(void) { return (int64_t)nodes; }

const char *cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInsufficientDriver: return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorLaunchFailure: return "unspecified launch failure";
    case cudaErrorStreamCaptureUnsupported: return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated: return "operation failed due to a previous error during capture";
    case cudaErrorStreamCaptureIsolation: return "dependency created on uncaptured work in another stream";
    default: return "unknown error";
  }
}
cudaError_t cudaGetLastError(void) {
  cudaError_t error = failed != cudaSuccess ? failed : last;
  last = cudaSuccess;
  return error;
}
cudaError_t cudaGetDeviceCount(int *count) { return *count = 1, report(cudaSuccess); }
cudaError_t cudaDriverGetVersion(int *version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaSetDevice(int device) { return report(device == 0 ? cudaSuccess : cudaErrorInvalidDevice); }
int emulated_capability() { return emulated_setting("CUDA_HOST_CAPABILITY", 90); }
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int) {
  switch (attribute) {
    case cudaDevAttrComputeCapabilityMajor: *value = emulated_capability() / 10; break;
    case cudaDevAttrComputeCapabilityMinor: *value = emulated_capability() % 10; break;
    case cudaDevAttrMultiProcessorCount: *value = emulated_setting("CUDA_HOST_MULTIPROCESSORS", 2); break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: *value = (emulated_capability() >= 90 ? 228 : 164) << 10; break;
  }
  return report(cudaSuccess);
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int) {
  snprintf(properties->name, sizeof properties->name, "emulated");
  properties->totalGlobalMem = limit();
  return report(cudaSuccess);
}
cudaError_t cudaMemGetInfo(size_t *free, size_t *total) {
  hold held;
  *total = limit();
  *free = used < *total ? *total - used : 0;
  return report(cudaSuccess);
}

/* The end lies at a guard page, but for what a 16-byte boundary takes: as strict as the vector loads of kernels allow. */
cudaError_t cudaMalloc(void **out, size_t bytes) {
  hold held;
  *out = NULL;
  if (failed != cudaSuccess) return report(failed);
  if (forbidden()) return cudaErrorStreamCaptureUnsupported;
  const size_t page = 4096, body = (bytes + page - 1) / page * page;
  if (used + bytes > limit()) return report(cudaErrorMemoryAllocation);
  char *start = (char *)mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED || mprotect(start + body, page, PROT_NONE) != 0) return report(cudaErrorMemoryAllocation);
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
  if (forbidden()) return cudaErrorStreamCaptureUnsupported;
  auto found = blocks.find(memory);
  if (found == blocks.end()) abort(); /* no block, or one that was freed before */
  used -= found->second.bytes;
  const size_t body = found->second.mapped - 4096;
  munmap((char *)memory + (found->second.bytes + 15) / 16 * 16 - body, found->second.mapped);
  blocks.erase(found);
  return report(cudaSuccess);
}
cudaError_t cudaHostAlloc(void **out, size_t bytes, unsigned) {
  if (forbidden()) return cudaErrorStreamCaptureUnsupported;
  *out = aligned_alloc(64, (bytes + 63) / 64 * 64);
  return report(*out ? cudaSuccess : cudaErrorMemoryAllocation);
}
cudaError_t cudaFreeHost(void *memory) { return free(memory), report(cudaSuccess); }

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  if (kind == cudaMemcpyDeviceToHost) downloaded += bytes;
  return watcher ? cudaSuccess : put(stream, [=] { memcpy(to, from, bytes); });
}
cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream) {
  return watcher ? cudaSuccess : put(stream, [=] { memset(memory, value, bytes); });
}

cudaError_t emulated_allow(const void *kernel, size_t shared) {
  hold held;
  if (shared > MOST_SHARED) return report(cudaErrorInvalidValue);
  allowed[kernel] = shared;
  return report(cudaSuccess);
}
cudaError_t emulated_launch(const void *kernel, dim3 grid, dim3 block, size_t shared, cudaStream_t stream,
                            std::function<void()> body) {
  hold held;
  const auto most = allowed.find(kernel);
  if (shared > (most == allowed.end() ? 0 : most->second)) return report(cudaErrorInvalidValue);
  if (watcher) return watcher(grid.x, grid.y, block.x, shared), cudaSuccess;
  return put(stream, [=] { emulated_run(grid, block, shared, body); });
}

/* The first stream of a handle computes, the second copies. */
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned) {
  hold held;
  const int late = emulated_setting("CUDA_HOST_STREAMS", 0);
  const bool computes = streams++ % 2 == 0;
  *out = new emulated_stream{{put_copy}, late == 0 || (late == 1) != computes, 0, 0, {}, NULL, true};
  return report(cudaSuccess);
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  if (stream == recording) recording = NULL;
  cudaStreamSynchronize(stream);
  delete stream;
  return report(cudaSuccess);
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  hold held;
  if (stream->capture) {
    stream->valid = false;
    return report(cudaErrorStreamCaptureUnsupported);
  }
  waits++;
  run_until(stream, stream->put);
  return report(cudaSuccess);
}
/* A wait from a recording to what is not recorded, or the other way round, is a mistake of ours in any case. */
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  cudaStream_t other = event->stream;
  const uint64_t ticket = event->ticket;
  if (other == NULL) return report(cudaSuccess);
  if (event->captured || stream->capture) {
    (stream->capture ? stream : other)->valid = false;
    return report(cudaErrorStreamCaptureIsolation);
  }
  return put(stream, [=] { run_until(other, ticket); });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned) {
  return *out = new emulated_event{}, report(cudaSuccess);
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  cudaError_t error = put(stream, [=] { event->time = now(); });
  event->stream = stream;
  event->captured = stream->capture != NULL;
  event->ticket = stream->put;
  return error;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  hold held;
  if (event->captured) {
    event->stream->valid = false;
    return report(cudaErrorStreamCaptureUnsupported);
  }
  if (event->stream) waits++, run_until(event->stream, event->ticket);
  return report(cudaSuccess);
}
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to) {
  *milliseconds = (float)(1e3 * (to->time - from->time));
  return report(cudaSuccess);
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  if (!event->captured) cudaEventSynchronize(event); /* its record may not have run yet */
  delete event;
  return report(cudaSuccess);
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  stream->capture = new emulated_graph;
  stream->valid = true;
  recording = stream;
  return report(cudaSuccess);
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *out) {
  *out = stream->capture;
  stream->capture = NULL;
  recording = NULL;
  if (stream->valid) return nodes = (*out)->work.size(), report(cudaSuccess);
  delete *out;
  *out = NULL;
  return report(cudaErrorStreamCaptureInvalidated);
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *out, cudaGraph_t graph, unsigned long long) {
  *out = NULL;
  if (++graphs == emulated_setting("CUDA_HOST_GRAPHS", 0)) return report(cudaErrorMemoryAllocation);
  *out = new emulated_graph(*graph);
  return report(cudaSuccess);
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return delete graph, report(cudaSuccess); }
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  const std::vector<std::function<void()>> work = graph->work;
  return put(stream, [=] {
    for (const auto &one : work) one();
  });
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) { return delete graph, report(cudaSuccess); }
