package dev.tweedie.bench;

import dev.tweedie.Engine;
import dev.tweedie.Precision;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.bench.states.Mnist;
import dev.tweedie.io.DataFiles;
import dev.tweedie.io.Rows;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/**
 * {@code tweedie denoise} as a process, beside what it cannot do without: the kernels' time and
 * that of reading the two files.
 */
final class CommandTime {
  private static final int DIGITS = 9000; // the others are denoised
  private static final int SIDE = 28;
  private static final int DIM = SIDE * SIDE;

  /** Where more points are asked for than there are digits: the same ones, moved by a pixel. */
  private static final int[][] SHIFTS = {
    {0, 0}, {0, 1}, {1, 0}, {0, -1}, {-1, 0}, {1, 1}, {-1, -1}
  };

  private static final Level LEVEL = Level.ofSigma(0.5);
  private final int copies;

  /**
   * What was found.
   *
   * @param what the work it was
   * @param ratio of needed to total
   * @param seconds the command's
   * @param needed seconds of its kernels and files
   */
  record Found(Case what, double ratio, double seconds, double needed) {}

  /**
   * @param quick 2,000 rows instead of 10,000
   */
  CommandTime(boolean quick) {
    copies = quick ? 2 : 10;
  }

  /**
   * Times the command.
   *
   * @param points of the prior; MNIST has 60,000 to train with
   * @throws IllegalStateException where there is no launcher or no MNIST, or the command fails
   */
  Found measure(int points) {
    String launcher = System.getProperty("tweedie.launcher");
    if (launcher == null) {
      throw new IllegalStateException("not started by the launcher");
    }
    try {
      Path folder = Files.createTempDirectory("tweedie-bench");
      Path[] files = {
        folder.resolve("prior.npy"), folder.resolve("noisy.npy"), folder.resolve("clean.npy")
      };
      try {
        return measure(launcher, files, points);
      } finally {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Found measure(String launcher, Path[] files, int points) throws IOException {
    int threads = Runtime.getRuntime().availableProcessors();
    double needed;
    String backend;
    try (Engine engine = Engine.open("auto", threads);
        Arena arena = Arena.ofShared()) {
      backend = engine.backend().name();
      write(engine, files, points);
      double reading =
          median(
              () ->
                  seconds(
                      () -> ExactPosterior.of(engine, new Problem(files, engine, arena).prior)));
      Problem problem = new Problem(files, engine, arena);
      var posterior = ExactPosterior.of(engine, problem.prior);
      Samples out = engine.samples(problem.noisy.rows(), DIM);
      needed = reading + median(() -> seconds(() -> posterior.denoise(problem.noisy, LEVEL, out)));
    }
    ProcessBuilder command =
        new ProcessBuilder(
                launcher,
                "denoise",
                "--prior",
                files[0].toString(),
                "--in",
                files[1].toString(),
                "--level",
                "sigma=0.5",
                "--out",
                files[2].toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    double total = median(() -> seconds(() -> succeed(command)));
    Case what =
        Case.of(
            "evaluate", "mnist:%dx784x%d@1/0.5".formatted(1000 * copies, points), backend, threads);
    return new Found(what, needed / total, total, needed);
  }

  private void write(Engine engine, Path[] files, int points) throws IOException {
    float[] images = Mnist.rows(DIM);
    float[] prior = new float[points * DIM];
    for (int i = 0; i < points; i++) {
      shift(images, i % DIGITS, SHIFTS[i / DIGITS % SHIFTS.length], prior, i);
    }
    DataFiles.writeRows(files[0], rows(engine.samples(prior, points)));
    float[] held = Arrays.copyOfRange(images, DIGITS * DIM, (DIGITS + 1000) * DIM);
    float[] all = new float[copies * held.length];
    for (int i = 0; i < copies; i++) {
      System.arraycopy(held, 0, all, i * held.length, held.length);
    }
    Samples noisy = engine.samples(all, 1000 * copies);
    var add = new Coefficients(1, 0, 0, LEVEL.sigma());
    engine.backend().step(add, StepTerms.of(noisy, noisy).noise(NoiseAddress.of(1, 0, 0)));
    DataFiles.writeRows(files[1], rows(noisy));
  }

  private static void shift(float[] images, int image, int[] by, float[] to, int at) {
    for (int y = Math.max(0, by[0]); y < SIDE + Math.min(0, by[0]); y++) {
      int from = image * DIM + (y - by[0]) * SIDE + Math.max(0, -by[1]);
      int target = at * DIM + y * SIDE + Math.max(0, by[1]);
      System.arraycopy(images, from, to, target, SIDE - Math.abs(by[1]));
    }
  }

  private static Rows rows(Samples samples) {
    return new Rows(samples.segment(), Precision.FLOAT32, samples.rows(), samples.dim());
  }

  /** The two files as the command reads them. */
  private static final class Problem {
    final DataSet prior;
    final Samples noisy;

    Problem(Path[] files, Engine engine, Arena arena) {
      try {
        Rows points = DataFiles.readRows(files[0], Precision.FLOAT32, arena);
        prior = new DataSet(points.values(), Precision.FLOAT32, (int) points.count(), DIM);
        Rows rows = DataFiles.readRows(files[1], Precision.FLOAT32, arena);
        noisy = engine.wrap(rows.values(), rows.count(), DIM);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void succeed(ProcessBuilder command) {
    try {
      int status = command.start().waitFor();
      if (status != 0) {
        throw new IllegalStateException(command.command() + ": status " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double seconds(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) * 1e-9;
  }

  private static double median(DoubleSupplier one) {
    double[] found = {one.getAsDouble(), one.getAsDouble(), one.getAsDouble()};
    Arrays.sort(found);
    return found[1];
  }
}
