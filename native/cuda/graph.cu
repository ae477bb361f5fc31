/* Events and graphs. */
#include "launch.cuh"

#include <stdlib.h>

struct tweedie_cuda_graph {
  cudaGraphExec_t graph;
};

/* ---- events ---- */

int32_t tweedie_cuda_event_create(tweedie_cuda *cuda, tweedie_cuda_event **out) {
  call c(cuda, "event_create", false);
  *out = NULL;
  if (c.refused()) return c.status;
  tweedie_cuda_event *event = (tweedie_cuda_event *)calloc(1, sizeof *event);
  if (event == NULL) return c.say(TWEEDIE_NO_MEMORY, "out of host memory"), c.status;
  c.check(cudaEventCreateWithFlags(&event->event, 0));
  if (c.refused()) {
    free(event);
    return c.status;
  }
  *out = event;
  return c.end();
}

int32_t tweedie_cuda_event_record(tweedie_cuda *cuda, tweedie_cuda_event *event) {
  call c(cuda, "event_record", false);
  if (c.refused()) return c.status;
  c.check(cudaEventRecord(event->event, cuda->compute));
  return c.end();
}

int32_t tweedie_cuda_event_wait(tweedie_cuda *cuda, const tweedie_cuda_event *event) {
  call c(cuda, "event_wait", false);
  if (c.refused()) return c.status;
  c.check(cudaEventSynchronize(event->event));
  return c.end();
}

int32_t tweedie_cuda_event_elapsed(tweedie_cuda *cuda, const tweedie_cuda_event *from, const tweedie_cuda_event *to,
                                   double *seconds) {
  call c(cuda, "event_elapsed", false);
  if (c.refused()) return c.status;
  float milliseconds = 0;
  c.check(cudaEventSynchronize(from->event));
  c.check(cudaEventSynchronize(to->event));
  if (!c.refused()) c.check(cudaEventElapsedTime(&milliseconds, from->event, to->event));
  *seconds = 1e-3 * milliseconds;
  return c.end();
}

void tweedie_cuda_event_free(tweedie_cuda *cuda, tweedie_cuda_event *event) {
  if (event == NULL) return;
  cudaSetDevice(cuda->device);
  cudaEventDestroy(event->event);
  free(event);
}

/* ---- graphs ---- */

int32_t tweedie_cuda_capture_begin(tweedie_cuda *cuda) {
  call c(cuda, "capture_begin", false);
  if (c.refused()) return c.status;
  /* relaxed: begin and end may come from different threads; what must not be recorded is refused by call */
  c.check(cudaStreamBeginCapture(cuda->compute, cudaStreamCaptureModeRelaxed));
  cuda->capturing = !c.refused();
  cuda->recorded = 0;
  return c.end();
}

int32_t tweedie_cuda_capture_end(tweedie_cuda *cuda, tweedie_cuda_graph **out) {
  call c(cuda, "capture_end");
  *out = NULL;
  if (c.refused()) return c.status;
  if (!cuda->capturing) return c.say(TWEEDIE_BAD_ARGUMENT, "no graph is being recorded"), c.status;
  cudaGraph_t recorded = NULL;
  cuda->capturing = false;
  c.check(cudaStreamEndCapture(cuda->compute, &recorded));
  if (c.refused()) return c.status;
  if (cuda->recorded > MOST_RECORDED) {
    cudaGraphDestroy(recorded);
    return c.say(TWEEDIE_NO_MEMORY, "more launches than a graph is given room for"), c.status;
  }
  tweedie_cuda_graph *graph = (tweedie_cuda_graph *)calloc(1, sizeof *graph);
  if (graph != NULL)
    c.check(cudaGraphInstantiate(&graph->graph, recorded, 0));
  else
    c.say(TWEEDIE_NO_MEMORY, "out of host memory");
  cudaGraphDestroy(recorded);
  if (c.refused()) {
    free(graph);
    return c.status;
  }
  *out = graph;
  return c.end();
}

int32_t tweedie_cuda_replay(tweedie_cuda *cuda, tweedie_cuda_graph *graph) {
  call c(cuda, "replay", false);
  if (c.refused()) return c.status;
  c.check(cudaGraphLaunch(graph->graph, cuda->compute));
  return c.end();
}

void tweedie_cuda_graph_free(tweedie_cuda *cuda, tweedie_cuda_graph *graph) {
  if (graph == NULL) return;
  cudaSetDevice(cuda->device);
  cudaStreamSynchronize(cuda->compute); /* a replay may be under way */
  cudaGraphExecDestroy(graph->graph);
  free(graph);
}
