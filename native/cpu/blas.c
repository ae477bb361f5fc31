#include "blas.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "tweedie.h"

#define INTEGERS_OF_32_BITS 0 /* MKL_INTERFACE_LP64 */

/* A function pointer by way of its bytes: ISO C converts no object pointer to one. */
static int find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

/* The library is never unloaded: it keeps memory of threads, which live on. */
int32_t tweedie_blas_open(struct tweedie_blas *blas, const char *library, int32_t layer, char *message,
                          int64_t capacity) {
  int (*set_layer)(int), (*set_integers)(int);
  void (*version)(char *text, int capacity);
  memset(blas, 0, sizeof *blas);
  void *opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (opened == NULL) {
    snprintf(message, (size_t)capacity, "%s", dlerror());
    return TWEEDIE_UNSUPPORTED;
  }
  const char *problem = NULL;
  if (!find(opened, "MKL_Set_Threading_Layer", &set_layer) || !find(opened, "MKL_Set_Interface_Layer", &set_integers) ||
      !find(opened, "MKL_Get_Version_String", &version) || !find(opened, "MKL_Set_Num_Threads_Local", &blas->threads) ||
      !find(opened, "cblas_sgemm", &blas->sgemm))
    problem = "is no libmkl_rt";
  /* Both hold for the process, and stay as they are where somebody else has called oneMKL before. */
  else if (set_integers(INTEGERS_OF_32_BITS) != INTEGERS_OF_32_BITS)
    problem = "is in use in this process with 64-bit integers";
  else if (set_layer(layer) < 0)
    problem = "has not the layer of threads";
  if (problem != NULL) {
    snprintf(message, (size_t)capacity, "%s %s", library, problem);
    memset(blas, 0, sizeof *blas);
    return TWEEDIE_UNSUPPORTED;
  }
  version(blas->version, (int)sizeof blas->version - 1);
  return TWEEDIE_OK;
}
