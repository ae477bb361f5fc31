/* How a tile of C is shared out among the threads of a block, and what brings slices of its operands to shared memory. */
#ifndef TWEEDIE_CUDA_TILE_H
#define TWEEDIE_CUDA_TILE_H

#include "async.cuh"
#include "product.cuh"

/* One side of a tile: EDGE elements, of which a thread has OWN. */
template <int EDGE, int OWN>
struct side_of {
  enum { edge = EDGE, own = OWN, threads = EDGE / OWN, parts = OWN / 4 };
  /* Of part p of a thread's elements, which lie side by side: the first, and how many. */
  static __device__ __forceinline__ constexpr int first_of(int p) { return 4 * p; }
  static __device__ __forceinline__ constexpr int length(int) { return 4; }
  /* Element i of a thread: its fours are spread over the side, so that a warp's 16-byte loads are free of bank
   * conflicts. */
  static __device__ __forceinline__ int place(int i, int thread) { return i / 4 * (4 * threads) + thread * 4 + i % 4; }
  /* A thread's elements of a line in shared memory. */
  static __device__ __forceinline__ void take(const float *line, int thread, float v[OWN]) {
#pragma unroll
    for (int part = 0; part < OWN / 4; part++) {
      const float4 q = *reinterpret_cast<const float4 *>(line + part * (4 * threads) + thread * 4);
      v[4 * part] = q.x, v[4 * part + 1] = q.y, v[4 * part + 2] = q.z, v[4 * part + 3] = q.w;
    }
  }
};

/* The same of seven: four, two and one, for edges that are no power of two. */
template <int EDGE>
struct side_of<EDGE, 7> {
  enum { edge = EDGE, own = 7, threads = EDGE / 7, parts = 3 };
  static __device__ __forceinline__ constexpr int first_of(int p) { return p == 0 ? 0 : p == 1 ? 4 : 6; }
  static __device__ __forceinline__ constexpr int length(int p) { return 4 >> p; }
  static __device__ __forceinline__ int place(int i, int thread) {
    return i < 4 ? thread * 4 + i : i < 6 ? 4 * threads + thread * 2 + i - 4 : 6 * threads + thread;
  }
  static __device__ __forceinline__ void take(const float *line, int thread, float v[7]) {
    const float4 q = *reinterpret_cast<const float4 *>(line + thread * 4);
    const float2 two = *reinterpret_cast<const float2 *>(line + 4 * threads + thread * 2);
    v[0] = q.x, v[1] = q.y, v[2] = q.z, v[3] = q.w, v[4] = two.x, v[5] = two.y, v[6] = line[6 * threads + thread];
  }
};

/* A tile as TALL by WIDE of them, and where a thread stands. A warp is 4 x 8 threads, so that a quarter of it, which goes
 * to shared memory together, reads 2 x 4 vectors. */
template <class TALL, class WIDE>
struct shared_out {
  using tall = TALL;
  using wide = WIDE;
  enum { threads = TALL::threads * WIDE::threads };
  static __device__ __forceinline__ int down() {
    const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    return warp / (WIDE::threads / 8) * 4 + ((lane & 1) | lane >> 4 << 1);
  }
  static __device__ __forceinline__ int across() {
    const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    return warp % (WIDE::threads / 8) * 8 + (lane >> 1 & 7);
  }
};

/* EDGE x EDGE elements, of which a thread has OWN x OWN: for a step of k it takes 2 OWN numbers from shared memory for
 * OWN^2 fma. Large tiles use shared memory least; small ones fill a device where C is small or narrow. */
template <int EDGE, int OWN>
struct tile : shared_out<side_of<EDGE, OWN>, side_of<EDGE, OWN>> {
  enum { edge = EDGE, own = OWN, threads = EDGE / OWN * (EDGE / OWN) };
  enum { pitch = EDGE + 4 /* keeps lines apart in the banks, and at multiples of 16 bytes */ };
  /* Blocks that share the registers of a multiprocessor: at most 128, 168 and 96 for a thread. */
  enum { resident = EDGE == 128 ? 2 : EDGE == 64 ? 6 : 10 };

  /* Columns [first, first + EDGE) of `depth` rows of a matrix, whose row has n. 16 bytes at a time where they are
   * aligned. */
  static __device__ __forceinline__ void load_columns(float (*to)[pitch], const float *from, int64_t ld, int depth,
                                                      int first, int n, bool vector) {
    for (int i = (int)threadIdx.x; i < DEPTH * EDGE / 4; i += threads) {
      const int l = i / (EDGE / 4), column = i % (EDGE / 4) * 4;
      const int left = n - first - column;
      if (l >= depth || left <= 0) continue;
      const float *at = from + l * ld + first + column;
      if (vector && left >= 4) {
        copy16(place_of(&to[l][column]), at);
      } else {
        for (int e = 0; e < 4; e++)
          if (e < left) copy4(place_of(&to[l][column + e]), at + e);
      }
    }
  }

  /* Rows [first, first + EDGE) of `depth` columns of a matrix with m rows, turned. */
  static __device__ __forceinline__ void load_rows(float (*to)[pitch], const float *from, int64_t ld, int depth,
                                                   int first, int m) {
    for (int i = (int)threadIdx.x; i < DEPTH * EDGE; i += threads) {
      const int l = i % DEPTH, row = i / DEPTH;
      if (l < depth && first + row < m) copy4(place_of(&to[l][row]), from + (int64_t)(first + row) * ld + l);
    }
  }
};

/* The copies of a thread, of 16 bytes each, in a slice whose operands are all read by whole vectors. A stage holds the lines
 * of A, B and A2 one after the other; of those that a block copies at a time a thread has a vector. What does not change
 * between slices is found once: it costs registers, and finding it again costs more instructions than the copies. */
template <class T, bool PAIR>
struct vector_copies {
  enum { LINES = (PAIR ? 3 : 2) * DEPTH, ACROSS = T::edge / 4, AT_ONCE = T::threads / ACROSS };
  const char *a, *a2, *b; /* the thread's columns of them */
  shared_place to;
  int left_a, left_b; /* columns from there to the end of the matrix */

  __device__ __forceinline__ vector_copies(const product &p, int row, int column, float *stages) {
    const int line = (int)threadIdx.x / ACROSS, across = (int)threadIdx.x % ACROSS * 4;
    left_a = (int)p.m - row - across, left_b = (int)p.n - column - across;
    a = (const char *)(p.a.at + blockIdx.y * p.a.batch + row + across);
    if (PAIR) a2 = (const char *)(p.a2.at + row + across);
    b = (const char *)(p.b.at + blockIdx.y * p.b.batch + column + across);
    to = further(place_of(stages), line * T::pitch + across);
  }
  __device__ __forceinline__ void load(const product &p, int first, int stage, int depth) const {
    copy_lines<false>(p, first, stage, depth);
    /* where the end of the matrix cuts a vector, which happens in scratch memory alone */
    if ((left_a > 0 && left_a < 4) || (left_b > 0 && left_b < 4)) copy_lines<true>(p, first, stage, depth);
  }
  template <bool CUT>
  __device__ __forceinline__ void copy_lines(const product &p, int slice, int stage, int depth) const {
    const int mine = (int)threadIdx.x / ACROSS, first = slice + mine;
    const shared_place at = further(to, stage * LINES * T::pitch);
#pragma unroll
    for (int next = 0; next < LINES; next += AT_ONCE) { /* lines next ... next + AT_ONCE - 1 */
      /* mostly known when this is compiled */
      const bool behind_a = next >= DEPTH || (next + AT_ONCE > DEPTH && mine + next >= DEPTH);
      const bool behind_b = next >= 2 * DEPTH || (next + AT_ONCE > 2 * DEPTH && mine + next >= 2 * DEPTH);
      if (next + AT_ONCE > LINES && mine + next >= LINES) break;
      const int skipped = next - (behind_b ? 2 * DEPTH : behind_a ? DEPTH : 0);
      const int left = behind_a && !behind_b ? left_b : left_a;
      if (mine + skipped >= depth || (CUT ? left <= 0 || left >= 4 : left < 4)) continue;
      const char *from = !behind_a ? a : !behind_b ? b : a2;
      const int bytes = 4 * (int)(!behind_a ? p.a.ld : !behind_b ? p.b.ld : p.a2.ld); /* ld is below 2^29 */
      const float *line = (const float *)(line_of(from, first + skipped, bytes));
      if (!CUT) {
        copy16(further(at, next * T::pitch), line);
      } else {
        for (int e = 0; e < left; e++) copy4(further(at, next * T::pitch + e), line + e);
      }
    }
  }
};

#endif
