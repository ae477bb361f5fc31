package dev.tweedie.bench;

import dev.tweedie.bench.Timings.Timing;
import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npz;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.MixtureParameters;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Posterior means of numpy and scikit-learn, in a process of Python that times itself ({@code
 * posterior.py}), where there is one. As of other peers, no time is taken before the means are
 * those of {@code reference}.
 */
final class PythonPeer {
  /** Names as {@link Case#by} takes them, and the module that Python must have. */
  static final Map<String, String> MODULES = Map.of("numpy", "numpy", "scikit-learn", "sklearn");

  /** The distribution's own, which has its packages, may stand behind another one on the path. */
  private static final List<String> PYTHONS = List.of("python3", "/usr/bin/python3");

  /** As of the peers in float32: another formula or another prior is farther away. */
  private static final double BOUND = 1e-3;

  private static final List<String> THREADS =
      List.of("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS");

  private PythonPeer() {}

  static boolean is(Case what) {
    return MODULES.containsKey(what.backend());
  }

  /** One process of its own. */
  static Timing time(Case what, boolean quick) {
    String module = MODULES.get(what.backend());
    String python = python(module);
    if (python == null) {
      return absent("no python3 here has " + module);
    }
    ScoreWork work = ScoreWork.parse(what.work());
    if (work.kind().equals("lowrank")) {
      return absent("has no low-rank covariances");
    }
    try {
      Path folder = Files.createTempDirectory("tweedie-bench");
      Path script = folder.resolve("posterior.py");
      Path arrays = folder.resolve("work.npz");
      try (InputStream in = PythonPeer.class.getResourceAsStream("posterior.py")) {
        Files.copy(in, script);
        Npz.write(arrays, arrays(work));
        Jmh.Lengths lengths = Jmh.Lengths.of(List.of(what), what.threads() > 1, false, quick);
        List<String> command = new ArrayList<>();
        command.addAll(List.of(python, script.toString(), what.backend(), arrays.toString()));
        command.addAll(lengths.words());
        return read(run(command, what.threads()));
      } finally {
        Files.deleteIfExists(script);
        Files.deleteIfExists(arrays);
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (IllegalStateException e) { // no MNIST
      return absent(e.getMessage());
    }
  }

  /** A Python that can import it, or null. */
  static String python(String module) {
    for (String name : PYTHONS) {
      try {
        Process process =
            new ProcessBuilder(name, "-c", "import " + module)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() == 0) {
          return name;
        }
      } catch (IOException e) { // not there
        continue;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return null;
  }

  private static Map<String, NdArray> arrays(ScoreWork work) {
    ScoreWork.Known known = work.known();
    Map<String, NdArray> arrays = new LinkedHashMap<>();
    switch (known.prior()) {
      case DataSet points -> {
        double[] all = new double[points.components() * points.dim()];
        double[] one = new double[points.dim()];
        for (int k = 0; k < points.components(); k++) {
          points.copyMean(k, one);
          System.arraycopy(one, 0, all, k * one.length, one.length);
        }
        arrays.put("points", NdArray.of(all, points.components(), points.dim()));
      }
      case GaussianMixture mixture ->
          arrays.putAll(new MixtureFile(MixtureParameters.of(mixture)).arrays());
    }
    int levels = work.levels().size();
    arrays.put("x", NdArray.of(joined(known.inputs()), levels, work.rows(), work.dim()));
    double[] means = known.means().stream().flatMapToDouble(Arrays::stream).toArray();
    arrays.put("expected", NdArray.of(means, levels, work.few(), work.dim()));
    double[] weights = known.responsibilities().stream().flatMapToDouble(Arrays::stream).toArray();
    arrays.put("responsibilities", NdArray.of(weights, levels, work.few(), work.components()));
    double[] alphas = work.levels().stream().mapToDouble(Level::alpha).toArray();
    double[] sigmas = work.levels().stream().mapToDouble(Level::sigma).toArray();
    arrays.put("alphas", NdArray.of(alphas, levels));
    arrays.put("sigmas", NdArray.of(sigmas, levels));
    return arrays;
  }

  private static float[] joined(List<float[]> inputs) {
    int one = inputs.getFirst().length;
    float[] all = new float[one * inputs.size()];
    for (int i = 0; i < inputs.size(); i++) {
      System.arraycopy(inputs.get(i), 0, all, i * one, one);
    }
    return all;
  }

  private static String run(List<String> command, int threads) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    THREADS.forEach(name -> builder.environment().put(name, Integer.toString(threads)));
    Process process = builder.start();
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** What {@code posterior.py} says, or the last line of why it failed. */
  static Timing read(String said) {
    double error = Double.NaN;
    double worst = Double.NaN;
    for (String line : said.lines().toList()) {
      if (line.startsWith("worst ")) {
        worst = Double.parseDouble(line.substring(6));
      }
      if (line.startsWith("error ")) {
        error = Double.parseDouble(line.substring(6).replace("nan", "NaN"));
        if (!(error <= BOUND)) {
          return absent("differs from reference by %.3g, allowed: %s".formatted(error, BOUND))
              .erring(worst);
        }
      }
      if (line.startsWith("times ") && !Double.isNaN(error)) {
        double[] times =
            Stream.of(line.substring(6).split(" ")).mapToDouble(Double::parseDouble).toArray();
        return Timing.of(List.of(times), Double.NaN).erring(worst);
      }
    }
    return absent(said.lines().reduce("it said nothing", (_, last) -> last));
  }

  private static Timing absent(String reason) {
    return new Timing(Double.NaN, Double.NaN, reason);
  }
}
