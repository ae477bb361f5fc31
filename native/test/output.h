/* Outputs between canaries, and what counts as the same bits. */
#ifndef TWEEDIE_TEST_OUTPUT_H
#define TWEEDIE_TEST_OUTPUT_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CANARY 64
#define CANARY_BYTE 0xa5

/* An output between canaries. */
struct output {
  unsigned char *memory;
  size_t bytes;
};

static inline struct output make_output(size_t bytes) {
  struct output out = {malloc(bytes + 2 * CANARY), bytes};
  memset(out.memory, CANARY_BYTE, bytes + 2 * CANARY);
  return out;
}
static inline void *content(struct output out) { return out.memory + CANARY; }
static inline int overrun(struct output out) {
  for (size_t i = 0; i < CANARY; i++)
    if (out.memory[i] != CANARY_BYTE || out.memory[CANARY + out.bytes + i] != CANARY_BYTE) return 1;
  return 0;
}

/* The same bits, or NaN of any kind. */
static inline int same(float a, float b) { return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)); }

#endif
