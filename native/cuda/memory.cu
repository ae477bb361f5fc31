/* Device memory, and the copies that overlap with compute. */
#include "launch.cuh"

int32_t tweedie_cuda_allocate(tweedie_cuda *cuda, int64_t bytes, void **out) {
  call c(cuda, "allocate", false);
  *out = NULL;
  if (c.refused()) return c.status;
  c.check(cudaMalloc(out, (size_t)(bytes > 0 ? bytes : 1)));
  return c.end();
}

int32_t tweedie_cuda_free(tweedie_cuda *cuda, void *memory) {
  call c(cuda, "free", false);
  if (c.refused()) return c.status;
  c.check(cudaStreamSynchronize(cuda->compute));
  c.check(cudaStreamSynchronize(cuda->copies));
  c.check(cudaFree(memory));
  return c.end();
}

static void begin_copy(call &c, const tweedie_cuda_event *after) {
  tweedie_cuda *cuda = c.cuda;
  if (after == NULL) c.check(cudaEventRecord(cuda->before, cuda->compute));
  c.check(cudaStreamWaitEvent(cuda->copies, after ? after->event : cuda->before, 0));
}

/* What is short travels as the argument of a kernel, in the order of the stream: nobody waits for a buffer. */
enum { SHORT = 512 };
struct short_text {
  unsigned char bytes[SHORT];
};

static __global__ void put_text(const __grid_constant__ short_text text, int bytes, unsigned char *to) {
  for (int i = (int)threadIdx.x; i < bytes; i += (int)blockDim.x) to[i] = text.bytes[i];
}

static void put(call &c, void *to, const void *from, int64_t bytes) {
  short_text text;
  memcpy(text.bytes, from, (size_t)bytes);
  launch(c, put_text, 1, 1, 128, text, (int)bytes, (unsigned char *)to);
}

int32_t tweedie_cuda_upload(tweedie_cuda *cuda, void *to, const void *from, int64_t bytes,
                            const tweedie_cuda_event *after) {
  call c(cuda, "upload", false);
  if (c.refused() || bytes <= 0) return c.status;
  if (after == NULL && bytes <= SHORT) {
    put(c, to, from, bytes);
    return c.end();
  }
  begin_copy(c, after);
  for (int64_t at = 0; at < bytes && !c.refused(); at += STAGING) {
    const int buffer = cuda->next ^= 1; /* of many short copies, too, two are under way */
    const size_t n = (size_t)smaller(bytes - at, STAGING);
    c.check(cudaEventSynchronize(cuda->staged[buffer]));
    memcpy(cuda->staging[buffer], (const char *)from + at, n);
    c.check(cudaMemcpyAsync((char *)to + at, cuda->staging[buffer], n, cudaMemcpyHostToDevice, cuda->copies));
    c.check(cudaEventRecord(cuda->staged[buffer], cuda->copies));
  }
  c.check(cudaEventRecord(cuda->arrived, cuda->copies));
  c.check(cudaStreamWaitEvent(cuda->compute, cuda->arrived, 0));
  return c.end();
}

/* One piece travels while the one before is moved out of its buffer. */
int32_t tweedie_cuda_download(tweedie_cuda *cuda, void *to, const void *from, int64_t bytes,
                              const tweedie_cuda_event *after) {
  call c(cuda, "download", false);
  if (c.refused()) return c.status;
  begin_copy(c, after);
  int buffer = 0;
  for (int64_t at = 0; at < bytes + STAGING && !c.refused(); at += STAGING, buffer ^= 1) {
    if (at < bytes) {
      const size_t n = (size_t)smaller(bytes - at, STAGING);
      c.check(cudaMemcpyAsync(cuda->staging[buffer], (const char *)from + at, n, cudaMemcpyDeviceToHost, cuda->copies));
      c.check(cudaEventRecord(cuda->staged[buffer], cuda->copies));
    }
    if (at > 0 && !c.refused()) {
      const int64_t last = at - STAGING;
      c.check(cudaEventSynchronize(cuda->staged[buffer ^ 1]));
      if (!c.refused()) memcpy((char *)to + last, cuda->staging[buffer ^ 1], (size_t)smaller(bytes - last, STAGING));
    }
  }
  return c.end();
}

int32_t tweedie_cuda_copy(tweedie_cuda *cuda, void *to, const void *from, int64_t bytes) {
  call c(cuda, "copy");
  if (c.refused()) return c.status;
  if (bytes > 0 && c.counts()) c.check(cudaMemcpyAsync(to, from, (size_t)bytes, cudaMemcpyDeviceToDevice, cuda->compute));
  return c.end();
}

int32_t tweedie_cuda_zero(tweedie_cuda *cuda, void *memory, int64_t bytes) {
  call c(cuda, "zero");
  if (c.refused()) return c.status;
  if (bytes > 0) c.clear(memory, bytes);
  return c.end();
}
