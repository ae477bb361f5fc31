package dev.tweedie.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tweedie.InvalidInputException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs of a network that end: a graph may loop for ever. The caller waits beside the run, so that
 * its interrupt and its patience reach the runtime, which stops between two nodes.
 */
final class Watch {
  private final Path file;
  private final long seconds;

  Watch(Path file, long seconds) {
    this.file = file;
    this.seconds = seconds;
  }

  /**
   * @throws InvalidInputException where the run takes longer than allowed
   * @throws IllegalStateException where this thread is interrupted; it stays so
   */
  void run(OrtSession session, Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> pinned)
      throws OrtException {
    try (OrtSession.RunOptions settings = new OrtSession.RunOptions()) {
      FutureTask<Void> run =
          new FutureTask<>(
              () -> {
                session.run(inputs, Set.of(), pinned, settings).close();
                return null;
              });
      Thread thread = Thread.ofPlatform().daemon().name("tweedie-network").start(run);
      try {
        run.get(seconds, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        stop(settings, thread);
        throw new InvalidInputException(
            "%s: found a run of more than %d s, allowed: as much; --network seconds=S allows more"
                .formatted(file, seconds),
            e);
      } catch (InterruptedException e) {
        stop(settings, thread);
        Thread.currentThread().interrupt();
        throw new IllegalStateException(file + ": interrupted", e);
      }
    } catch (ExecutionException e) {
      switch (Objects.requireNonNull(e.getCause())) {
        case OrtException failure -> throw failure;
        case Error failure -> throw failure;
        default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** Waits until the runtime has left our memory. */
  private static void stop(OrtSession.RunOptions settings, Thread thread) throws OrtException {
    settings.setTerminate(true);
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
