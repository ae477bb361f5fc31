/* Philox4x32 of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011), section 3.3,
 * over the lane operations of lane.h or cpu/simd.h; include one of them first. */
#ifndef TWEEDIE_PHILOX_H
#define TWEEDIE_PHILOX_H

#define PHILOX_ROUNDS 10

typedef struct philox_words {
  vw x0, x1, x2, x3;
} philox_words;

/* Each lane turns its counter into four random words. The contract's generator has PHILOX_ROUNDS rounds; other
 * numbers of rounds are for published answers. */
LANE philox_words philox(philox_words c, uint32_t key0, uint32_t key1, int rounds) {
  for (int round = 0; round < rounds; round++) {
    vw p = vw_mul(c.x0, 0xd2511f53u);
    vw q = vw_mul(c.x2, 0xcd9e8d57u);
    c.x0 = vw_xor3(vw_high(q), c.x1, key0);
    c.x1 = q;
    c.x2 = vw_xor3(vw_high(p), c.x3, key1);
    c.x3 = p;
    key0 += 0x9e3779b9u; /* golden ratio */
    key1 += 0xbb67ae85u; /* sqrt(3) - 1 */
  }
  return c;
}

#endif
