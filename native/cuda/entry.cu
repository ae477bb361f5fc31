/* The handle: whether a device can be used, opening, closing, errors. */
#include "launch.cuh"

#include "blas.cuh"
#include "product_bulk.cuh"
#include "product_parts.cuh"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define OLDEST_MAJOR 8 /* cp.async; the oldest code that CMakeLists.txt asks for */

const char *tweedie_cuda_abi(void) { return TWEEDIE_ABI; }

call::call(tweedie_cuda *cuda, const char *name, bool recordable) : cuda(cuda), name(name), status(TWEEDIE_OK) {
  if (cuda->failed) {
    status = TWEEDIE_FAILED; /* the message stays that of the failure */
  } else if (cuda->capturing && !recordable) {
    say(TWEEDIE_BAD_ARGUMENT, "not while a graph is recorded");
  } else {
    check(cudaSetDevice(cuda->device)); /* which belongs to the thread, and this may be another one */
  }
}

void call::say(int32_t what, const char *text) {
  status = what;
  snprintf(cuda->message, sizeof cuda->message, "cuda:%d: %s: %s", cuda->device, name, text);
}

void call::check(cudaError_t error) {
  if (error == cudaSuccess || status != TWEEDIE_OK) return;
  cudaGetLastError(); /* one that is not sticky must not be found again */
  if (error == cudaErrorMemoryAllocation) return say(TWEEDIE_NO_MEMORY, cudaGetErrorString(error));
  say(TWEEDIE_FAILED, cudaGetErrorString(error));
  cuda->failed = true;
}

bool call::counts() {
  if (refused()) return false;
  if (!cuda->capturing || ++cuda->recorded <= MOST_RECORDED) return true;
  say(TWEEDIE_NO_MEMORY, "more launches than a graph is given room for");
  return false;
}

void call::clear(void *memory, int64_t bytes) {
  if (counts()) check(cudaMemsetAsync(memory, 0, (size_t)bytes, cuda->compute));
}

/* ---- probe ---- */

#define SAY(...) snprintf(reason, (size_t)capacity, __VA_ARGS__)

static bool driver_there() {
#if defined(TWEEDIE_CUDA_EMULATED)
  return true;
#else
  void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver != NULL) dlclose(driver);
  return driver != NULL;
#endif
}

int32_t tweedie_cuda_count(void) {
  int count = 0;
  if (!driver_there() || cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();
    return 0;
  }
  return count;
}

static void version_text(int version, char *out, size_t capacity) {
  snprintf(out, capacity, "%d.%d", version / 1000, version % 1000 / 10);
}

int32_t tweedie_cuda_probe(int32_t ordinal, char *reason, int64_t capacity) {
  int driver = 0, count = 0, major = 0, minor = 0;
  if (!driver_there()) return SAY("libcuda.so.1 not found: no NVIDIA driver"), TWEEDIE_UNSUPPORTED;
  cudaDriverGetVersion(&driver);
  cudaError_t error = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (error == cudaErrorInsufficientDriver) {
    char found[16], needed[16];
    version_text(driver, found, sizeof found);
    version_text(CUDART_VERSION / 1000 * 1000, needed, sizeof needed); /* minor versions are compatible */
    return SAY("the driver is too old: it runs CUDA %s, needed is %s", found, needed), TWEEDIE_UNSUPPORTED;
  }
  if (error == cudaErrorNoDevice || (error == cudaSuccess && count == 0))
    return SAY("the driver shows no device"), TWEEDIE_UNSUPPORTED;
  if (error != cudaSuccess) return SAY("%s", cudaGetErrorString(error)), TWEEDIE_UNSUPPORTED;
  if (ordinal < 0 || ordinal >= count)
    return SAY("no device %d: the driver shows %d, counted from 0", (int)ordinal, count), TWEEDIE_UNSUPPORTED;
  error = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, ordinal);
  if (error == cudaSuccess) error = cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, ordinal);
  if (error != cudaSuccess) return SAY("%s", cudaGetErrorString(error)), TWEEDIE_UNSUPPORTED;
  if (major < OLDEST_MAJOR) {
    return SAY("device %d is too old: it is sm_%d%d, needed is sm_%d0 or newer", (int)ordinal, major, minor,
               OLDEST_MAJOR),
           TWEEDIE_UNSUPPORTED;
  }
  return SAY("%s", ""), TWEEDIE_OK;
}

/* ---- open and close ---- */

static __global__ void set_base(tweedie_noise *base, tweedie_noise value) { *base = value; }

static void create(call &c) {
  tweedie_cuda *cuda = c.cuda;
  c.check(cudaDeviceGetAttribute(&cuda->multiprocessors, cudaDevAttrMultiProcessorCount, cuda->device));
  c.check(cudaDeviceGetAttribute(&cuda->shared, cudaDevAttrMaxSharedMemoryPerMultiprocessor, cuda->device));
  cuda->bulk = !c.refused() && device_has_bulk(c);
  cuda->tile_products = !c.refused() && device_has_tile_products(c);
  if (!c.refused()) c.check(cudaStreamCreateWithFlags(&cuda->compute, cudaStreamNonBlocking));
  if (!c.refused()) c.check(cudaStreamCreateWithFlags(&cuda->copies, cudaStreamNonBlocking));
  cudaEvent_t *events[] = {&cuda->before, &cuda->arrived, &cuda->staged[0], &cuda->staged[1]};
  for (cudaEvent_t *event : events)
    if (!c.refused()) c.check(cudaEventCreateWithFlags(event, cudaEventDisableTiming));
  for (char *&buffer : cuda->staging)
    if (!c.refused()) c.check(cudaHostAlloc((void **)&buffer, STAGING, cudaHostAllocDefault));
  if (!c.refused()) c.check(cudaMalloc((void **)&cuda->base, sizeof *cuda->base));
  if (!c.refused()) launch(c, set_base, 1, 1, 1, cuda->base, tweedie_noise{});
}

int32_t tweedie_cuda_open(int32_t ordinal, tweedie_cuda **out) {
  char reason[8];
  *out = NULL;
  if (tweedie_cuda_probe(ordinal, reason, sizeof reason) != TWEEDIE_OK) return TWEEDIE_UNSUPPORTED;
  tweedie_cuda *cuda = (tweedie_cuda *)calloc(1, sizeof *cuda);
  if (cuda == NULL) return TWEEDIE_NO_MEMORY;
  cuda->device = ordinal;
  call c(cuda, "open");
  if (!c.refused()) create(c);
  if (c.refused()) {
    tweedie_cuda_close(cuda);
    return c.status;
  }
  *out = cuda;
  return TWEEDIE_OK;
}

/* Errors are not looked at: after a failure every call here returns one, and there is nothing else to do. */
void tweedie_cuda_close(tweedie_cuda *cuda) {
  if (cuda == NULL) return;
  cudaSetDevice(cuda->device);
  if (cuda->compute) cudaStreamSynchronize(cuda->compute);
  if (cuda->copies) cudaStreamSynchronize(cuda->copies);
  for (cudaEvent_t event : {cuda->before, cuda->arrived, cuda->staged[0], cuda->staged[1]})
    if (event) cudaEventDestroy(event);
  for (char *buffer : cuda->staging) cudaFreeHost(buffer);
  cudaFree(cuda->base);
  close_blas(cuda);
  if (cuda->compute) cudaStreamDestroy(cuda->compute);
  if (cuda->copies) cudaStreamDestroy(cuda->copies);
  cudaGetLastError();
  free(cuda);
}

const char *tweedie_cuda_message(const tweedie_cuda *cuda) { return cuda->message; }

int32_t tweedie_cuda_info(tweedie_cuda *cuda, tweedie_cuda_device *out) {
  call c(cuda, "info", false);
  if (c.refused()) return c.status;
  cudaDeviceProp properties;
  size_t free_bytes = 0, all = 0;
  *out = {};
  c.check(cudaGetDeviceProperties(&properties, cuda->device));
  c.check(cudaMemGetInfo(&free_bytes, &all));
  c.check(cudaDeviceGetAttribute(&out->major, cudaDevAttrComputeCapabilityMajor, cuda->device));
  c.check(cudaDeviceGetAttribute(&out->minor, cudaDevAttrComputeCapabilityMinor, cuda->device));
  c.check(cudaDriverGetVersion(&out->driver));
  if (c.refused()) return c.status;
  out->memory = (int64_t)all;
  out->free = (int64_t)free_bytes;
  out->multiprocessors = cuda->multiprocessors;
  out->runtime = CUDART_VERSION;
  out->tile_products = cuda->tile_products;
  snprintf(out->name, sizeof out->name, "%s", properties.name);
  return c.end();
}

int32_t tweedie_cuda_synchronize(tweedie_cuda *cuda) {
  call c(cuda, "synchronize", false);
  if (c.refused()) return c.status;
  c.check(cudaStreamSynchronize(cuda->copies));
  c.check(cudaStreamSynchronize(cuda->compute));
  return c.end();
}

int32_t tweedie_cuda_address(tweedie_cuda *cuda, const tweedie_noise *base) {
  call c(cuda, "address");
  if (c.refused()) return c.status;
  launch(c, set_base, 1, 1, 1, cuda->base, *base);
  return c.end();
}
