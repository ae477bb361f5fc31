/* Threads of one engine: they share its handle, a prior and a level, and nothing else. Each takes the rows of a batch
 * that are its turn, as Java's workers do, and all rows have the bits of one thread. Built with -DTWEEDIE_SANITIZE=thread
 * (a layer of .ci/run) what they write for one another to see is found as well. */
#include <pthread.h>

#include "engine.h"
#include "prior.h"

#define WORKERS 4
#define CHUNK 8

static int failures = 0;

struct batch {
  tweedie_cpu *cpu;
  const struct problem *p;
  tweedie_rows rows;
  float *evidence, *mean, *score;
  char *scratch[WORKERS];
  int workers;
};

struct worker {
  struct batch *batch;
  int number;
};

static void evaluate(const struct batch *batch, int worker, int64_t begin, int64_t rows) {
  const int64_t d = batch->p->at.dim, K = batch->p->at.components, width = tweedie_width(batch->p->at.kind, d);
  tweedie_rows mine = batch->rows;
  mine.begin = begin;
  mine.rows = rows;
  mine.top += begin;
  mine.sum += begin;
  mine.acc += begin * width;
  for (int64_t i = 0; i < rows; i++) mine.top[i] = -INFINITY, mine.sum[i] = 0;
  memset(mine.acc, 0, sizeof(float) * (size_t)(rows * width));
  for (int64_t first = 0; first < K; first += TWEEDIE_SHARD) {
    const int64_t last = K - first < TWEEDIE_SHARD ? K : first + TWEEDIE_SHARD;
    tweedie_cpu_evaluate_accumulate(batch->cpu, &batch->p->prior, &batch->p->level, first, last, &mine, batch->scratch[worker]);
  }
  tweedie_cpu_evaluate_finish(batch->cpu, &batch->p->prior, &batch->p->level, &mine, batch->evidence,
                           batch->mean, batch->score);
}

static void *work(void *argument) {
  const struct worker *worker = argument;
  const struct batch *batch = worker->batch;
  const int64_t B = batch->p->at.rows;
  for (int64_t begin = CHUNK * worker->number; begin < B; begin += CHUNK * batch->workers)
    evaluate(batch, worker->number, begin, B - begin < CHUNK ? B - begin : CHUNK);
  return NULL;
}

static struct batch make_batch(tweedie_cpu *cpu, const struct problem *p, int workers) {
  const int64_t B = p->at.rows, d = p->at.dim, width = tweedie_width(p->at.kind, d);
  struct batch batch = {.cpu = cpu, .p = p, .workers = workers, .evidence = floats(B), .mean = floats(B * d),
                        .score = floats(B * d)};
  batch.rows = (tweedie_rows){.x = p->x, .top = doubles(B), .sum = floats(B), .acc = floats(B * width)};
  const size_t bytes = ((size_t)tweedie_cpu_evaluate_scratch(&p->prior) + 63) / 64 * 64;
  for (int i = 0; i < workers; i++) batch.scratch[i] = guarded(bytes);
  return batch;
}

static void test_kind(struct engine engine, struct setting at) {
  const struct problem p = make_problem(at);
  struct batch alone = make_batch(engine.cpu, &p, 1), together = make_batch(engine.cpu, &p, WORKERS);
  struct worker one = {&alone, 0}, workers[WORKERS];
  pthread_t threads[WORKERS];
  work(&one);
  for (int i = 0; i < WORKERS; i++) {
    workers[i] = (struct worker){&together, i};
    if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0) abort();
  }
  for (int i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
  const size_t column = sizeof(float) * (size_t)at.rows, rows = column * (size_t)at.dim;
  if (memcmp(alone.evidence, together.evidence, column) || memcmp(alone.mean, together.mean, rows) ||
      memcmp(alone.score, together.score, rows)) {
    printf("%s: kind %d: %d threads have other bits than one\n", engine.name, (int)at.kind, WORKERS);
    failures++;
  }
  guarded_release();
}

int main(void) {
  struct engine engines[MOST_ENGINES];
  const int count = open_engines(engines);
  if (count == 0) return 77;
  for (int i = 0; i < count; i++) {
    for (int32_t kind = TWEEDIE_ISOTROPIC; kind <= TWEEDIE_FULL; kind++) {
      /* Levels of both sorts: sums of many components, and rows that are refined. */
      test_kind(engines[i], (struct setting){kind, 101, 33, 211, 5, 1, 0.9, 1, 0.95, 0.5, 0, TWEEDIE_MEANS});
      test_kind(engines[i], (struct setting){kind, 101, 33, 211, 5, 1, 1, 0.01, 1, 0.005, 0, TWEEDIE_MEANS});
    }
    test_kind(engines[i], (struct setting){TWEEDIE_ISOTROPIC, 101, 33, TWEEDIE_SHARD + 83, 0, 0, 1, 0.3, 1, 0.1, 0, TWEEDIE_MEANS});
  }
  close_engines(engines, count);
  return failures != 0;
}
