package dev.tweedie.bench;

import dev.tweedie.InvalidInputException;
import dev.tweedie.bench.Timings.Pair;
import dev.tweedie.bench.Timings.Timing;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * This build and another one: of each case two processes, one of each build, whose iterations take
 * turns. What drifts in seconds is the same for both.
 */
final class Against {
  private static final String CLASSES = "bench/target/classes";
  private static final String LIBRARIES = "bench/target/lib";

  private final String otherPath;
  private final boolean quick;

  /**
   * @param tree the other build's source tree
   * @throws InvalidInputException where nothing is built in it
   */
  Against(Path tree, boolean quick) {
    this.quick = quick;
    for (String folder : List.of(CLASSES, LIBRARIES)) {
      if (!Files.isDirectory(tree.resolve(folder))) {
        throw new InvalidInputException(
            "--against: found no %s in %s, allowed: a source tree in which ./tweedie bench has run"
                .formatted(folder, tree));
      }
    }
    // Behind it ours, from which an older build has what waits for turns.
    otherPath =
        String.join(
            File.pathSeparator,
            tree.resolve(CLASSES).toString(),
            tree.resolve(LIBRARIES).resolve("*").toString(),
            ourPath());
  }

  private static String ourPath() {
    return System.getProperty("java.class.path");
  }

  /** A case in so many pairs of processes. */
  Pair time(Case what, int pairs) {
    List<double[]> ours = new ArrayList<>();
    List<double[]> others = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      Pair pair = pair(what, i);
      if (pair.one().absent() || pair.other().absent()) {
        return pair;
      }
      ours.addAll(pair.one().forks());
      others.addAll(pair.other().forks());
    }
    return new Pair(Timing.of(ours, Double.NaN), Timing.of(others, Double.NaN));
  }

  private Pair pair(Case what, int number) {
    Jmh.Lengths lengths = Jmh.Lengths.of(List.of(what), what.threads() > 1, false, quick);
    try (Side ours = new Side(ourPath(), what, lengths);
        Side other = new Side(otherPath, what, lengths)) {
      for (int i = 0; i < lengths.warmups() + lengths.iterations(); i++) {
        boolean first = (i + number) % 2 == 0; // so that a steady drift favours neither
        (first ? ours : other).turn();
        (first ? other : ours).turn();
      }
      return new Pair(ours.timing(), other.timing());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A process of one build. */
  private static final class Side implements AutoCloseable {
    private final Path log = Files.createTempFile("tweedie-bench", ".log");
    private final Process process;

    Side(String path, Case what, Jmh.Lengths lengths) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
      command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Djmh.ignoreLock=true"));
      command.addAll(List.of("-cp", path, GateProcess.class.getName()));
      command.addAll(List.of(what.text(), log.toString()));
      command.addAll(lengths.words());
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    /** One iteration; returns when it is over, or the process has ended. */
    void turn() throws IOException {
      try {
        process.getOutputStream().write(GateBench.TURN);
        process.getOutputStream().flush();
      } catch (IOException e) {
        return; // it has ended, and its log says why
      }
      process.getInputStream().read();
    }

    Timing timing() throws IOException {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      double[] times =
          Stream.of(said.strip().split(" "))
              .filter(word -> word.matches("[0-9.E]+"))
              .mapToDouble(Double::parseDouble)
              .toArray();
      return times.length == 0
          ? new Timing(Double.NaN, Double.NaN, Jmh.reason(log, "the benchmark failed"))
          : Timing.of(List.of(times), Double.NaN);
    }

    @Override
    public void close() throws IOException {
      process.destroy();
      Files.deleteIfExists(log);
    }
  }
}
