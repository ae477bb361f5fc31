package dev.tweedie.bench;

import dev.tweedie.Numerics;
import java.util.Map;

/**
 * One thing to time.
 *
 * @param suite class of the benchmark: a family's, or a peer's
 * @param op its method
 * @param work size, in that suite's syntax
 * @param backend name, or the peer's
 * @param numerics as {@code --numerics} says them; empty for what has no modes
 * @param threads of the work
 */
public record Case(
    String suite, String op, String work, String backend, String numerics, int threads) {
  /**
   * Classes of peers, most in a module of their own that may be absent; {@link PythonPeer} has
   * none.
   */
  private static final Map<String, String> PEERS =
      Map.of(
          "java loops", "dev.tweedie.bench.JavaLoopsBench",
          "EJML", "dev.tweedie.bench.peers.EjmlBench",
          "Smile", "dev.tweedie.bench.peers.SmileBench",
          "MLlib", "dev.tweedie.bench.peers.MllibBench",
          "libtorch", "dev.tweedie.bench.peers.TorchBench",
          "oneMKL", "dev.tweedie.bench.peers.MklBench",
          "ONNX Runtime", "dev.tweedie.bench.peers.OnnxBench");

  /** An op of ours in exact mode. */
  static Case of(String op, String work, String backend, int threads) {
    return new Case(suiteOf(op), op, work, backend, "exact", threads);
  }

  /** The same work done by a peer. */
  Case by(String peer) {
    return new Case(PEERS.getOrDefault(peer, peer), op, work, peer, "", threads);
  }

  /** The same in other numerics. */
  Case in(Numerics mode) {
    return new Case(suite, op, work, backend, mode.toString(), threads);
  }

  /** Exact where it has none. */
  Numerics mode() {
    return numerics.isEmpty() ? Numerics.EXACT : Numerics.parse(numerics);
  }

  /** The backend, with its mode where that is not the usual one. */
  String column() {
    return mode() != Numerics.EXACT ? backend + " " + numerics : backend;
  }

  Case threads(int count) {
    return new Case(suite, op, work, backend, numerics, count);
  }

  Case on(String other) {
    return new Case(suite, op, work, other, numerics, threads);
  }

  static Case roof(String op, long elements, int threads) {
    return new Case(
        "dev.tweedie.bench.RoofBench", op, Long.toString(elements), "roof", "", threads);
  }

  private static String suiteOf(String op) {
    String suite =
        op.equals(Families.SAMPLE)
            ? "SamplerBench"
            : switch (Families.opOf(op).family()) {
              case NOISE -> "NoiseBench";
              case STEP -> "StepBench";
              case GEMM -> "GemmBench";
              case SCORE, DRAW -> "ScoreBench";
              case CURVATURE -> "CurvatureBench";
              case BLIND -> "BlindBench";
            };
    return "dev.tweedie.bench." + suite;
  }

  Cost cost() {
    return Cost.of(op, work);
  }

  /** Whether this is ours, and no peer or roof. */
  boolean isOurs() {
    return !numerics.isEmpty();
  }

  /** As a benchmark's parameter. */
  String text() {
    return String.join(" ", suite, op, work, backend, numerics, Integer.toString(threads));
  }

  /** Of what {@link #text} wrote for one of ours. */
  static Case parse(String text) {
    String[] fields = text.split(" ");
    return new Case(
        fields[0], fields[1], fields[2], fields[3], fields[4], Integer.parseInt(fields[5]));
  }

  /** As a person reads it. */
  String title() {
    return "%s %s, %s, %d thread%s".formatted(op, work, column(), threads, threads == 1 ? "" : "s");
  }
}
