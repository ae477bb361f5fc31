/* One block of threads as fibers: run, switched at barriers, checked. */
#include "runtime.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <mutex>
#include <vector>

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace {

/* Not merged into its callers, which must not rely on what it does to registers either: other fibers run meanwhile. */
#if defined(__clang__)
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noipa))
#endif

/* The compiler's own jumps: a library's save signals and look for attacks, at ten times the price. */
typedef void *jump[5];
[[noreturn]] APART void jump_to(jump &to) { __builtin_longjmp(to, 1); }

enum { MOST_THREADS = 1024, STACK = 64 << 10, SHARED_BYTES = 48 << 10, CANARY_BYTE = 0xa5, MOST_ARRAYS = 16 };
enum state : uint8_t { READY, AT_BLOCK, AT_WARP, AT_BARRIER, DONE };

/* A barrier of bulk copies: eight bytes of shared memory, as on a device. */
enum { SHOWN = 0x5a };
struct barrier {
  int32_t bytes; /* expected and not yet come */
  uint8_t arrivals, waiting; /* of a phase; of this one, still */
  uint8_t phase, shown;
};
static_assert(sizeof(barrier) == sizeof(uint64_t), "");
struct line_copy {
  float *to;
  const float *from;
  int bytes;
  barrier *at;
};

struct copy {
  float *to;
  const float *from;
  int bytes, group;
};
/* What a warpgroup is asked for, and a thread's part of it. */
struct tile_product {
  int columns;
  uint64_t a, b;
  bool onto;
};
struct own_product {
  tile_product what;
  float *d;
  int group;
  std::vector<float> numbers; /* what was in d, or comes to it */
  bool made;
};
struct fiber {
  jump at;
  bool started;
  unsigned thread;
  size_t carved;
  int arrays;
  std::vector<copy> copies;
  int groups; /* committed */
  std::vector<own_product> products;
  int product_groups, products_asked;
  bool fenced;
  const barrier *awaited; /* AT_BARRIER */
  int phase;
};
struct warp {
  uint64_t words[32];
  unsigned fragments[32][6]; /* of a product of bytes: what lanes have of A and B */
  unsigned waiting;
};

std::mutex one_launch;
int when_copied; /* of the launch: CUDA_HOST_COPIES */
fiber fibers[MOST_THREADS];
/* Apart from the rest, since a sweep looks at all of them. */
enum state states[MOST_THREADS];
ucontext_t starts[MOST_THREADS];
warp warps[MOST_THREADS / 32];
unsigned threads, waiting, done;
int votes, outcome;
jump scheduler;
fiber *current;
const std::function<void()> *body;
struct alignas(64) {
  unsigned char bytes[SHARED_BYTES + 64 * MOST_ARRAYS];
} shared;
/* of the launch, with a canary */
alignas(64) unsigned char at_launch[(227 << 10) + 64];
size_t launched;
struct {
  size_t end, next;
} arrays[MOST_ARRAYS];
int array_count;
/* Shared memory of the launch as copies and tensor cores see it. */
alignas(64) unsigned char seen_by_engines[sizeof at_launch];
std::vector<tile_product> asked[MOST_THREADS / 128]; /* of warpgroups */
std::vector<line_copy> lines; /* bulk copies that go on */
std::vector<barrier *> made;  /* barriers that the copy engine has not been shown */

[[noreturn]] void fail(const char *what) {
  fprintf(stderr, "emulation: block (%u, %u, %u), thread %u: %s\n", blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, what);
  abort();
}

APART void run_fiber() {
  for (;;) {
    (*body)();
    states[current->thread] = DONE;
    if (__builtin_setjmp(current->at) == 0) jump_to(scheduler);
  }
}

APART void pause_here(enum state state) {
  fiber *self = current;
  states[self->thread] = state;
  if (__builtin_setjmp(self->at) == 0) jump_to(scheduler);
}

APART void resume(fiber *f) {
  current = f;
  threadIdx = {f->thread, 0, 0};
  if (__builtin_setjmp(scheduler) != 0) return;
  if (f->started) jump_to(f->at);
  f->started = true;
  setcontext(&starts[f->thread]);
}

void make_fiber(unsigned thread) {
  char *stack = (char *)mmap(NULL, STACK + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED || mprotect(stack, 4096, PROT_NONE) != 0) fail("no stack");
  ucontext_t *start = &starts[thread];
  getcontext(start);
  start->uc_stack.ss_sp = stack + 4096;
  start->uc_stack.ss_size = STACK - thread % 32 * 192; /* tops of stacks in different sets of the cache */
  start->uc_link = NULL;
  makecontext(start, run_fiber, 0);
  fibers[thread].thread = thread;
}

uint32_t chance() {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state >> 16;
}

/* Visits [0, n) in the order asked for. */
template <class V>
void in_order(int order, uint64_t n, V visit) {
  /* an odd factor permutes a power of two */
  uint64_t all = 1;
  while (all < n) all *= 2;
  const uint64_t factor = 2 * chance() + 1, start = chance();
  for (uint64_t i = 0; i < all; i++) {
    const uint64_t at = order == 0 ? i : order == 1 ? all - 1 - i : (i * factor + start) & (all - 1);
    if (at < n) visit(at);
  }
}

void end_phase(barrier *at) {
  if (at->waiting == 0 && at->bytes == 0) at->waiting = at->arrivals, at->phase ^= 1;
}
/* The copy engine ends one copy; false where it has none. */
bool end_line(size_t which) {
  if (lines.empty()) return false;
  const line_copy one = lines[which];
  lines.erase(lines.begin() + (ptrdiff_t)which);
  memcpy(one.to, one.from, (size_t)one.bytes);
  if ((unsigned char *)one.to >= at_launch && (unsigned char *)one.to < at_launch + launched)
    memcpy(seen_by_engines + ((unsigned char *)one.to - at_launch), one.from, (size_t)one.bytes);
  one.at->bytes -= one.bytes;
  end_phase(one.at);
  return true;
}

/* A sweep over all threads that can run, in the order asked for; false where there are none. */
bool sweep(int order) {
  static uint16_t ready[MOST_THREADS];
  uint64_t count = 0;
  if (when_copied == 2 && !lines.empty() && (chance() & 1)) end_line(chance() % lines.size());
  for (unsigned t = 0; t < threads; t++) {
    if (states[t] == AT_BARRIER && fibers[t].awaited->phase != fibers[t].phase) states[t] = READY;
    ready[count] = (uint16_t)t;
    count += states[t] == READY; /* no branch, which would be guessed wrongly: most sweeps find a few */
  }
  in_order(order, count, [&](uint64_t i) {
    const unsigned t = ready[i];
    if (order == 2 && (chance() & 3) == 0) return; /* falls behind the others */
    resume(&fibers[t]);
    if (states[t] == DONE) done++;
  });
  return count > 0;
}

void check_canaries() {
  for (int i = 0; i < array_count; i++)
    for (size_t at = arrays[i].end; at < arrays[i].next; at++)
      if (shared.bytes[at] != CANARY_BYTE) fail("a shared array was written beyond its end");
  for (size_t at = launched; at < launched + 64; at++)
    if (at_launch[at] != CANARY_BYTE) fail("the shared memory of the launch was written beyond its end");
}

void run_block(int order) {
  memset(shared.bytes, 0xff, sizeof shared.bytes); /* NaN */
  memset(at_launch, 0xff, launched);
  memset(at_launch + launched, CANARY_BYTE, 64);
  memset(seen_by_engines, 0xff, launched);
  for (std::vector<tile_product> &of : asked) of.clear();
  array_count = 0;
  waiting = done = 0;
  for (unsigned t = 0; t < threads; t++) {
    states[t] = READY;
    fibers[t].carved = 0, fibers[t].arrays = fibers[t].groups = 0;
    fibers[t].copies.clear();
    fibers[t].products.clear();
    fibers[t].product_groups = fibers[t].products_asked = 0, fibers[t].fenced = false;
  }
  for (unsigned w = 0; w < (threads + 31) / 32; w++) warps[w].waiting = 0;
  lines.clear(), made.clear();
  while (done < threads)
    if (!sweep(order) && !end_line(0)) fail("a barrier that not all threads reach");
  if (!lines.empty()) fail("a bulk copy that nobody has waited for");
  for (unsigned t = 0; t < threads; t++) {
    if (!fibers[t].products.empty()) fail("a product that nobody has waited for");
    if (fibers[t].products_asked != (int)asked[t / 128].size()) fail("a product that not all of a warpgroup ask for");
  }
  check_canaries();
}

}  // namespace

void *emulated_shared(size_t bytes) {
  fiber *f = current;
  size_t at = f->carved, end = at + bytes, next = (end + 15) / 16 * 16 + 48;
  if (f->arrays == MOST_ARRAYS || end > SHARED_BYTES) fail("more than 48 KiB of shared memory");
  if (f->arrays == array_count) {
    arrays[array_count++] = {end, next};
    memset(shared.bytes + end, CANARY_BYTE, next - end);
  }
  f->arrays++;
  f->carved = next;
  return shared.bytes + at;
}

void *emulated_shared_at_launch(size_t bytes) {
  if (bytes != launched) fail("shared memory of another size than the launch says");
  return at_launch;
}

void __syncthreads(void) {
  if (++waiting < threads) {
    pause_here(AT_BLOCK);
    return;
  }
  waiting = 0;
  for (unsigned t = 0; t < threads; t++)
    if (states[t] == AT_BLOCK) states[t] = READY;
  pause_here(READY); /* the last one has no head start */
}

int __syncthreads_or(int predicate) {
  votes |= predicate != 0;
  __syncthreads();
  outcome = votes;
  __syncthreads();
  votes = 0;
  int result = outcome;
  __syncthreads();
  return result;
}

void __syncwarp(unsigned) {
  const unsigned first = threadIdx.x / 32 * 32, lanes = threads - first < 32 ? threads - first : 32;
  warp *w = &warps[first / 32];
  if (++w->waiting < lanes) {
    pause_here(AT_WARP);
    return;
  }
  w->waiting = 0;
  for (unsigned l = 0; l < lanes; l++)
    if (states[first + l] == AT_WARP) states[first + l] = READY;
  pause_here(READY);
}

uint64_t emulated_exchange(uint64_t mine, int from) {
  warp *w = &warps[threadIdx.x / 32];
  w->words[threadIdx.x % 32] = mine;
  __syncwarp();
  uint64_t word = w->words[from];
  __syncwarp();
  return word;
}

unsigned __ballot_sync(unsigned, int predicate) {
  const unsigned first = threadIdx.x / 32 * 32, lanes = threads - first < 32 ? threads - first : 32;
  warp *w = &warps[first / 32];
  w->words[threadIdx.x % 32] = predicate != 0;
  __syncwarp();
  unsigned votes = 0;
  for (unsigned lane = 0; lane < lanes; lane++) votes |= (unsigned)w->words[lane] << lane;
  __syncwarp();
  return votes;
}

void emulated_multiply_bytes(int sums[4], const unsigned a[4], const unsigned b[2]) {
  warp *w = &warps[threadIdx.x / 32];
  const int lane = emulated_lane();
  memcpy(w->fragments[lane], a, 4 * sizeof *a);
  memcpy(w->fragments[lane] + 4, b, 2 * sizeof *b);
  __syncwarp();
  for (int i = 0; i < 4; i++) {
    const int line = lane / 4, column = lane % 4 * 2 + i % 2;
    for (int k = 0; k < 32; k++) {
      const int owner = k % 16 / 4, byte = k % 4 * 8;
      const unsigned left = w->fragments[4 * line + owner][i / 2 + k / 16 * 2] >> byte;
      const unsigned right = w->fragments[4 * column + owner][4 + k / 16] >> byte;
      sums[i] += (int)(uint8_t)left * (int8_t)(uint8_t)right;
    }
  }
  __syncwarp();
}

void emulated_copy(float *to, const float *from, int bytes) {
  if ((uintptr_t)to % (unsigned)bytes || (uintptr_t)from % (unsigned)bytes) fail("an unaligned copy");
  if (when_copied == 1 || (when_copied == 2 && (chance() & 1))) {
    memcpy(to, from, (size_t)bytes);
    return;
  }
  current->copies.push_back({to, from, bytes, current->groups});
}
void emulated_commit(void) { current->groups++; }
void emulated_wait(int groups) {
  std::vector<copy> later;
  for (const copy &one : current->copies) {
    if (one.group < current->groups - groups)
      memcpy(one.to, one.from, (size_t)one.bytes);
    else
      later.push_back(one);
  }
  current->copies.swap(later);
}

namespace {
barrier *barrier_at(uint64_t *word) {
  barrier *at = (barrier *)(void *)word;
  if (at->shown != SHOWN && at->shown != 0) fail("a barrier that was not made");
  return at;
}
}  // namespace

void emulated_barrier_make(uint64_t *word, int arrivals) {
  barrier *at = (barrier *)(void *)word;
  if (arrivals < 1 || arrivals > 255) fail("a barrier of so many arrivals");
  *at = {0, (uint8_t)arrivals, (uint8_t)arrivals, 0, 0};
  made.push_back(at);
}
void emulated_barrier_show(void) {
  for (barrier *at : made) at->shown = SHOWN;
  made.clear();
  memcpy(seen_by_engines, at_launch, launched);
}
void emulated_barrier_arrive(uint64_t *word, int bytes) {
  barrier *at = barrier_at(word);
  if (at->waiting == 0) fail("more arrivals than a barrier waits for");
  at->bytes += bytes;
  at->waiting--;
  end_phase(at);
}
void emulated_barrier_await(uint64_t *word, int phase) {
  current->awaited = barrier_at(word);
  current->phase = phase;
  /* even one that has ended gives others their turn */
  pause_here(AT_BARRIER);
}
void emulated_copy_line(float *to, const float *from, int bytes, uint64_t *word) {
  barrier *at = barrier_at(word);
  if (at->shown != SHOWN) fail("a bulk copy to a barrier that the copy engine was not shown");
  if (bytes <= 0 || bytes % 16 || (uintptr_t)to % 16 || (uintptr_t)from % 16) fail("an unaligned bulk copy");
  lines.push_back({to, from, bytes, at});
  if (when_copied == 1 || (when_copied == 2 && (chance() & 1))) end_line(lines.size() - 1);
}

namespace {

/* Where shared memory of the launch begins: the first kibibyte is the system's. */
enum { FIRST_PLACE = 1 << 10 };

/* An operand as its descriptor has it, K-major and without a swizzle: core matrices of eight rows of 16 bytes, `lead` bytes
 * from one to the next along k, and `stride` along rows. */
struct described {
  uint64_t first, lead, stride;
  explicit described(uint64_t bits)
      : first((bits & 0x3fff) << 4), lead((bits >> 16 & 0x3fff) << 4), stride((bits >> 32 & 0x3fff) << 4) {
    if (bits & ~UINT64_C(0x3fff3fff3fff)) fail("a descriptor of a swizzle, or with an offset");
  }
  /* Numbers k and onwards, eight of them, of a row. */
  void read(int row, int octet, float *to) const {
    const uint64_t at = first + (uint64_t)(row / 8) * stride + (uint64_t)octet * lead + (uint64_t)(row % 8) * 16;
    if (at < FIRST_PLACE || at + 16 > FIRST_PLACE + launched) fail("an operand outside of the launch's shared memory");
    uint16_t halves[8];
    memcpy(halves, seen_by_engines + (at - FIRST_PLACE), sizeof halves);
    for (int i = 0; i < 8; i++) {
      const uint32_t word = (uint32_t)halves[i] << 16;
      memcpy(&to[i], &word, sizeof word);
    }
  }
};

double power_of_two(int exponent) {
  const uint64_t word = (uint64_t)(1023 + exponent) << 52;
  double value;
  memcpy(&value, &word, sizeof value);
  return value;
}

/* As tensor cores of sm_90 add 16 products to a sum: all are exact, and cut off at 2^-25 of the power of two of the largest;
 * what they add up to is cut off to a float (Khattak and Mikaitis, Accurate models of NVIDIA tensor cores, 2025). */
float add_products(float sum, const float *a, const float *b) {
  double terms[17], largest = fabs((double)sum), plain = sum;
  terms[16] = sum;
  for (int k = 0; k < 16; k++) {
    plain += terms[k] = (double)a[k] * b[k];
    largest = fmax(largest, fabs(terms[k]));
  }
  if (!(fabs(plain) < INFINITY)) return (float)plain;
  if (largest == 0) return 0.0f;
  const int exponent = ilogb(largest) > -126 ? ilogb(largest) : -126;
  const double unit = power_of_two(exponent - 25), times = power_of_two(25 - exponent);
  int64_t units = 0;
  for (double term : terms) units += (int64_t)(term * times);
  const double total = (double)units * unit;
  const float rounded = (float)total;
  return fabs((double)rounded) > fabs(total) && fabs(total) < 0x1p128 ? nextafterf(rounded, 0.0f) : rounded;
}

bool zeros(const float *numbers) {
  for (int k = 0; k < 16; k++)
    if (numbers[k] != 0) return false;
  return true;
}

/* What a thread has of a product: rows lane / 4 and eight further of its warp's 16, and of each eight columns two. */
void make_product(own_product &one) {
  const described left(one.what.a), right(one.what.b);
  const int warp = (int)(current->thread / 32 % 4), lane = (int)(current->thread % 32);
  float a[2][16], b[16];
  for (int half = 0; half < 2; half++)
    for (int octet = 0; octet < 2; octet++) left.read(16 * warp + lane / 4 + 8 * half, octet, a[half] + 8 * octet);
  const bool idle[] = {zeros(a[0]), zeros(a[1])};
  for (int i = 0; i < one.what.columns / 2; i += 4) {
    for (int side = 0; side < 2; side++) {
      const int column = 2 * i + lane % 4 * 2 + side;
      for (int octet = 0; octet < 2; octet++) right.read(column, octet, b + 8 * octet);
      const bool nothing = zeros(b); /* what lies beyond a matrix, which takes no time then */
      for (int half = 0; half < 2; half++) {
        float &out = one.numbers[(size_t)(i + 2 * half + side)];
        if (!one.what.onto) out = 0.0f;
        if (!nothing && !idle[half]) out = add_products(out, a[half], b);
      }
    }
  }
}

/* The thread's next product after this one onto the same registers. */
own_product *next_onto(size_t which) {
  std::vector<own_product> &products = current->products;
  for (size_t next = which + 1; next < products.size(); next++)
    if (products[next].d == products[which].d) return &products[next];
  return NULL;
}

/* Those before this group that are not made yet, in their order. */
void make_products(int group) {
  std::vector<own_product> &products = current->products;
  for (size_t i = 0; i < products.size() && products[i].group < group; i++) {
    if (products[i].made) continue;
    make_product(products[i]);
    products[i].made = true;
    own_product *next = next_onto(i);
    if (next) next->numbers = products[i].numbers;
  }
}

}  // namespace

uint64_t emulated_place(const void *at) {
  const unsigned char *place = (const unsigned char *)at;
  if (place < at_launch || place >= at_launch + launched) fail("an operand outside of the launch's shared memory");
  return (uint64_t)(place - at_launch) + FIRST_PLACE;
}
void emulated_products_fence(void) { current->fenced = true; }
void emulated_multiply(float *d, int columns, uint64_t a, uint64_t b, bool onto) {
  std::vector<tile_product> &of = asked[current->thread / 128];
  const size_t which = (size_t)current->products_asked++;
  if (which == of.size()) of.push_back({columns, a, b, onto});
  const tile_product &same = of[which];
  if (same.columns != columns || same.a != a || same.b != b || same.onto != onto)
    fail("threads of a warpgroup ask for different products");
  const own_product *before = NULL;
  for (const own_product &one : current->products)
    if (one.d == d) before = &one;
  if (before == NULL && !current->fenced) fail("a product without a fence before it");
  const size_t own = (size_t)columns / 2;
  std::vector<float> numbers = before ? before->numbers : std::vector<float>(d, d + own);
  current->products.push_back({same, d, current->product_groups, std::move(numbers), false});
  for (size_t i = 0; i < own; i++) d[i] = NAN;
  if (when_copied == 0 || (when_copied == 2 && (chance() & 1))) make_products(INT_MAX);
}
void emulated_products_commit(void) { current->product_groups++; }
void emulated_products_wait(int groups) {
  current->fenced = false;
  __syncwarp(); /* other warps go on meanwhile */
  std::vector<own_product> &products = current->products;
  const int going_on = current->product_groups - groups;
  make_products(going_on);
  while (!products.empty() && products.front().group < going_on) {
    /* numbers come into the registers when the last product onto them is made */
    const own_product &one = products.front();
    if (next_onto(0) == NULL) memcpy(one.d, one.numbers.data(), one.numbers.size() * sizeof(float));
    products.erase(products.begin());
  }
  __syncwarp(); /* they are made for all lanes when they are for one */
}

void emulated_run(dim3 grid, dim3 block, size_t bytes, const std::function<void()> &what) {
  std::lock_guard<std::mutex> lock(one_launch);
  const int order = emulated_setting("CUDA_HOST_ORDER", 0);
  launched = bytes;
  when_copied = emulated_setting("CUDA_HOST_COPIES", 0);
  if (block.y != 1 || block.z != 1 || block.x > MOST_THREADS || block.x == 0) fail("a block of this shape");
  if (grid.y > 65535 || grid.z > 65535 || grid.x > 0x7fffffff) fail("a grid of this shape");
  for (unsigned t = 0; t < block.x; t++)
    if (starts[t].uc_stack.ss_sp == NULL) make_fiber(t);
  threads = block.x, blockDim = block, gridDim = grid, body = &what;
  const uint64_t plane = (uint64_t)grid.x * grid.y;
  in_order(order, plane * grid.z, [&](uint64_t i) {
    blockIdx = {(unsigned)(i % grid.x), (unsigned)(i % plane / grid.x), (unsigned)(i / plane)};
    run_block(order);
  });
}
