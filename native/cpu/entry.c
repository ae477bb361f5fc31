/* The exported functions: the handle, and one call through its table for every row of ops.def. */
#include <stdlib.h>

#include "tiers.h"

struct tweedie_cpu {
  const struct tweedie_table *table;
  int32_t tier;
  struct tweedie_blas blas; /* without a library before tweedie_cpu_fast */
  const char *_Atomic failure; /* of a call that failed: a text of this file, so that no thread reads half of another's */
  char message[512];           /* why a library could not be loaded */
};

const char *tweedie_cpu_abi(void) { return TWEEDIE_ABI; }

int32_t tweedie_cpu_support(int32_t tier) { return tweedie_tier_support(tier, tweedie_processor_read()); }

int32_t tweedie_cpu_open(int32_t tier, tweedie_cpu **out) {
  *out = NULL;
  if (tweedie_cpu_support(tier) != TWEEDIE_USABLE) return TWEEDIE_UNSUPPORTED;
  tweedie_cpu *cpu = malloc(sizeof *cpu);
  if (cpu == NULL) return TWEEDIE_NO_MEMORY;
  *cpu = (tweedie_cpu){.table = tweedie_tier_table(tier), .tier = tier};
  *out = cpu;
  return TWEEDIE_OK;
}

void tweedie_cpu_close(tweedie_cpu *cpu) { free(cpu); }

const char *tweedie_cpu_message(const tweedie_cpu *cpu) {
  const char *failure = cpu->failure;
  return failure != NULL ? failure : cpu->message;
}

/* texts: of each status, with the name of the op. */
static inline int32_t report(tweedie_cpu *cpu, const char *const texts[], int32_t status) {
  if (status != TWEEDIE_OK) cpu->failure = texts[status > 0 && status <= TWEEDIE_BAD_ARGUMENT ? status : 0];
  return status;
}
#define TEXTS(name)                                                                                 \
  (const char *const[]) {                                                                           \
    "cpu: " #name ": unknown status", "cpu: " #name ": unsupported", "cpu: " #name ": out of memory",  \
        "cpu: " #name ": bad argument"                                                              \
  }

#define WITH_HANDLE(...) (tweedie_cpu * cpu, __VA_ARGS__)
#define OP(name, parameters, arguments)                 \
  int32_t tweedie_cpu_##name WITH_HANDLE parameters {  \
    return report(cpu, TEXTS(name), cpu->table->name arguments); \
  }
#define CPU_OP OP
#define WITH_LIBRARY(...) (&cpu->blas, __VA_ARGS__)
#define MKL_OP(name, parameters, arguments)                                             \
  int32_t tweedie_cpu_##name WITH_HANDLE parameters {                              \
    if (cpu->blas.sgemm == NULL) return report(cpu, TEXTS(name), TWEEDIE_UNSUPPORTED);   \
    return report(cpu, TEXTS(name), cpu->table->name WITH_LIBRARY arguments);            \
  }
#define TIER_OP(of, name, parameters, arguments)                                 \
  int32_t tweedie_cpu_##name WITH_HANDLE parameters {                      \
    if (cpu->tier != of) return report(cpu, TEXTS(name), TWEEDIE_UNSUPPORTED);   \
    return report(cpu, TEXTS(name), cpu->table->name arguments);                 \
  }
#include "ops.def"

int32_t tweedie_cpu_fast(tweedie_cpu *cpu, const char *library, int32_t layer) {
  cpu->failure = NULL;
  return tweedie_blas_open(&cpu->blas, library, layer, cpu->message, sizeof cpu->message);
}

const char *tweedie_cpu_fast_version(const tweedie_cpu *cpu) { return cpu->blas.version; }
