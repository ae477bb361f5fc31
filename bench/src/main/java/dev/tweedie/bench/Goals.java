package dev.tweedie.bench;

import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.cli.Benchmarks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The goals of this project, as ratios between numbers of one run. A ratio is always "larger is
 * better": how many times faster than what it is compared with, or the reached share of it.
 */
final class Goals {
  private static final String LARGE = "points:256x784x60000@1/20";
  private static final String DIGITS = "mnist:256x784x9000@1/0.2";
  private static final String DENSE_DIGITS = "mnist:256x784x9000@1/20";
  private static final String BASELINE = "random:10000x64x128@snrs";
  private static final String DIAGONAL = "diagonal:65536x64x256";
  private static final String PLANE = "isotropic:65536x2x1000";
  private static final String SIXTEEN = "isotropic:65536x16x1000";
  private static final String ELEMENTS = Integer.toString(1 << 24);
  private static final String TORCH = "libtorch";
  private static final String MKL = "oneMKL";
  private static final List<Integer> BOTH = List.of(1, 2);

  /**
   * Bytes of heap that a sampler's step may take, whatever its size: some closures and, in the
   * forks whose compiler keeps them, the slices of at most 8 chunks. A byte a row would be 32 kB.
   */
  private static final double HEAP = 4096;

  private final Timings measurements;
  private final Roofs roofs;
  private final String best;
  private final List<List<String>> table = new ArrayList<>();
  private final List<Map<String, Object>> rows = new ArrayList<>();
  private final IntFunction<CommandTime.Found> command;
  private boolean allMet = true;

  /**
   * @param best backend that the goals are for
   * @param command times the command line with so many points; may throw IllegalStateException,
   *     which says why not
   */
  Goals(Timings measurements, String best, IntFunction<CommandTime.Found> command) {
    this.measurements = measurements;
    this.command = command;
    this.roofs = new Roofs(measurements);
    this.best = best;
  }

  Benchmarks.Report report(List<String> machine, Map<String, Object> facts) {
    products();
    dataSets();
    mixtures();
    noise();
    steps();
    samplers();
    pruned();
    twoThreads();
    pureJava();
    command("denoise MNIST's test set, end to end", 9000);
    command("denoise as many points as MNIST trains with, end to end", 60_000);
    List<String> header =
        List.of(
            "workload",
            "backend",
            "threads",
            "time",
            "GFLOP/s",
            "GB/s",
            "of roof",
            "skipped",
            "beside",
            "ratio",
            "required",
            "met");
    return new Benchmarks.Report(machine, header, table, facts, rows, null, allMet);
  }

  private void products() {
    for (String size : List.of("256x512x784", "2048x2048x2048")) {
      Case ours = Case.of("gemm", size, best, 1);
      speed("gemm " + size, ours, ours.by(MKL), 1.05);
    }
  }

  private void dataSets() {
    for (int threads : BOTH) {
      Case ours = Case.of("evaluate", LARGE, best, threads);
      Case product = Case.of("gemm", "2048x2048x2048", best, threads).by(MKL);
      speed("(a) sigma large, beside sgemm", ours, product, 0.9);
      speed("(a) sigma large", ours, ours.by(TORCH), 1.5);
    }
    Case ours = Case.of("evaluate", LARGE, best, 1);
    speed("(a) sigma large", ours, ours.by("ONNX Runtime"), Double.NaN);
    Case digits = Case.of("evaluate", DIGITS, best, 1);
    speed("(a) MNIST, sigma 0.2", digits, Case.of("evaluate", DENSE_DIGITS, best, 1), 1.7);
  }

  private void mixtures() {
    for (int threads : BOTH) {
      Case baseline = Case.of("evaluate", BASELINE, best, threads);
      add("(b) 11 SNRs", baseline, "roof", roofs.share(baseline), 0.55);
      speed("(b) 11 SNRs", baseline, baseline.by(TORCH), 3);
      Case diagonal = Case.of("evaluate", DIAGONAL, best, threads);
      speed("(c)", diagonal, diagonal.by(TORCH), 3);
      for (String size : List.of(PLANE, SIXTEEN)) {
        Case isotropic = Case.of("evaluate", size, best, threads);
        speed("(d)", isotropic, isotropic.by(TORCH), 8);
      }
    }
  }

  private void noise() {
    Case ours = Case.of("normal", ELEMENTS, best, 1);
    speed("(e)", ours, ours.by(TORCH), 5);
    speed("(e)", ours, ours.by(MKL), 5);
    add("(e)", ours, "1 ns each", ours.cost().elements() / measurements.ns(ours), 1);
    Case exp = Case.of("apply", ELEMENTS, best, 1);
    speed("exp", exp, exp.by(MKL), Double.NaN);
  }

  private void steps() {
    for (int threads : BOTH) {
      Case triad = Case.roof("triad", 1 << 24, threads);
      Case step = Case.of("step", ELEMENTS, best, threads);
      speed("(f) without noise", step, triad, 0.85);
      speed("(f) without noise", step, step.by(TORCH), Double.NaN);
      Case noisy = Case.of("stepWithNoise", ELEMENTS, best, threads);
      double parts =
          measurements.ns(Case.of("normal", ELEMENTS, best, threads)) + measurements.ns(triad);
      add("(f) with noise", noisy, "(e) + triad", parts / measurements.ns(noisy), 1 / 1.2);
    }
  }

  private void samplers() {
    for (String work :
        List.of(
            "ddpm=diagonal:10000x64x128",
            "mixture=diagonal:10000x64x128",
            "ddpm=mnist:64x784x9000")) {
      Case chain = Case.of("sample", work, best, 2);
      add("(g) 50 steps", chain, "", Double.NaN, Double.NaN);
    }
    for (String size :
        List.of("64x16x32", "4096x16x32", "32768x16x32", "64x256x32", "64x16x4096")) {
      Case chain = Case.of("sample", "ddpm=diagonal:" + size, best, 2);
      double bytes = measurements.allocations(chain).allocated() / SamplerBench.STEPS;
      add("heap of a step", chain, "4 kB, found %.0f B".formatted(bytes), HEAP / bytes, 1);
    }
  }

  /** What leaving components out saves, beside the same engine that leaves none out. */
  private void pruned() {
    for (String size : List.of("256x784x9000", "256x784x60000")) {
      pruned("evaluate", "mnist:" + size + "@1/0.05", 4);
      pruned("evaluate", "mnist:" + size + "@1/0.2", 2.5);
      pruned("evaluate", "mnist:" + size + "@1/0.5", 1.1);
      pruned("evaluate", "mnist:" + size + "@1/1", 0.97);
      pruned("evaluate", "mnist:" + size + "@1/5", 0.97);
    }
    pruned("evaluate", "mnist:1x784x60000@1/0.2", 3);
    pruned("evaluate", "mnist:1x784x60000@1/0.05", 3);
    pruned("evaluate", "clustered:64x16x10000000@1/0.1", 20);
    pruned("sample", "heun@karras=mnist:64x784x9000", 1.4);
  }

  private void pruned(String op, String work, double required) {
    Case ours = Case.of(op, work, best, 1);
    speed("pruned", ours, Case.of(op, ScoreWork.dense(work), best, 1), required);
  }

  private void command(String workload, int points) {
    double required = 1 / 1.25;
    try {
      CommandTime.Found end = command.apply(points);
      add(
          workload,
          end.what(),
          new Timings.Timing(1e9 * end.seconds(), Double.NaN, null),
          "kernel + files: %.3f s".formatted(end.needed()),
          end.ratio(),
          required);
    } catch (IllegalStateException e) {
      missing(workload, e.getMessage(), required);
    }
  }

  private void twoThreads() {
    for (String work : List.of(LARGE, DIGITS, BASELINE, DIAGONAL, PLANE, SIXTEEN)) {
      twoThreads(Case.of("evaluate", work, best, 1));
    }
    twoThreads(Case.of("normal", ELEMENTS, best, 1));
  }

  /** And how much of what two cores can do: two engines of one thread, which share nothing. */
  private void twoThreads(Case one) {
    Case two = one.threads(2);
    Timings.Timing found = speed("2 threads against 1", two, one, 1.8);
    Timings.Timing engines = measurements.sideBySide(one, 2);
    String beside = beside("2 engines of 1 thread", engines);
    add("2 threads", two, found, beside, engines.ns() / found.ns(), Double.NaN);
  }

  private void pureJava() {
    Map<String, List<String>> sizes = new LinkedHashMap<>();
    String elements = Integer.toString(1 << 20);
    for (String op : List.of("uniform", "apply", "stepWithNoise", "stepRows", "residual")) {
      sizes.put(op, List.of(elements));
    }
    sizes.put("normal", List.of(ELEMENTS));
    sizes.put("step", List.of(ELEMENTS));
    sizes.put("gemm", List.of("256x512x784"));
    sizes.put(
        "evaluate",
        List.of(
            LARGE, DIGITS, DIAGONAL, PLANE, SIXTEEN, "lowrank:4096x64x128", "full:4096x64x128"));
    sizes.put(
        "draw",
        List.of(
            "points:256x784x9000@1/20",
            "isotropic:16384x16x1000",
            "diagonal:16384x64x256",
            "lowrank:4096x64x128",
            "full:4096x64x128"));
    sizes.put(
        "covarianceTimes",
        List.of(
            "points:256x784x9000@1/20",
            SIXTEEN,
            DIAGONAL,
            "lowrank:4096x64x128",
            "full:4096x64x128"));
    sizes.put(
        "blind",
        List.of(
            "points:128x784x9000",
            "isotropic:1024x16x1000",
            "diagonal:1024x64x256",
            "lowrank:512x64x128",
            "full:512x64x128"));
    sizes.forEach(
        (op, works) -> {
          for (String work : works) {
            Case java = Case.of(op, work, "java:vector", 1);
            speed(op + " in Java", java, java.on(best), 0.6);
          }
        });
  }

  // ---- rows ----

  /**
   * The ratio of two rates: of flops, where both have them, else of bytes or calls.
   *
   * @return the time of ours
   */
  private Timings.Timing speed(String workload, Case ours, Case other, double required) {
    Timings.Pair pair = measurements.pair(ours, other);
    Timings.Timing timing = pair.other();
    String peer = other.backend() + (other.op().equals(ours.op()) ? "" : " " + other.op());
    if (other.backend().equals(ours.backend())) {
      peer = other.threads() != ours.threads() ? other.threads() + " thread" : other.work();
    }
    double ratio = rate(ours, pair.one()) / rate(other, timing);
    add(workload, ours, pair.one(), beside(peer, timing), ratio, required);
    rows.getLast().put("peerForks", timing.forks());
    return pair.one();
  }

  /** With the reason, where there is no time. */
  private static String beside(String peer, Timings.Timing timing) {
    return timing.absent() ? peer + ": " + timing.reason() : peer;
  }

  private static double rate(Case what, Timings.Timing timing) {
    Cost cost = what.cost();
    boolean memory = what.op().equals("step") || what.op().equals("triad");
    return (memory ? cost.bytes() : cost.flops()) / timing.ns();
  }

  private void add(String workload, Case what, String peer, double ratio, double required) {
    add(workload, what, measurements.time(what), peer, ratio, required);
  }

  private void add(
      String workload,
      Case what,
      Timings.Timing timing,
      String peer,
      double ratio,
      double required) {
    Cost cost = what.cost();
    String title = timing.absent() ? workload + ": " + timing.reason() : workload;
    double share = roofs.share(what, timing.ns());
    double skipped = timing.absent() ? Double.NaN : measurements.skipped(what);
    Map<String, Object> row = row(title + ", " + what.op() + " " + what.work());
    row.put("backend", what.backend());
    row.put("numerics", what.numerics());
    row.put("threads", what.threads());
    row.put("ns", timing.ns());
    row.put("gflops", cost.flops() / timing.ns());
    row.put("gbps", cost.bytes() / timing.ns());
    row.put("roofShare", share);
    row.put("skipped", skipped);
    row.put("forks", timing.forks());
    row.put("peerForks", List.of()); // where another case was timed beside it, the caller's
    boolean met = judge(row, peer, ratio, required);
    table.add(
        List.of(
            title + ", " + what.op() + " " + what.work(),
            what.backend(),
            Integer.toString(what.threads()),
            Figures.time(timing.ns()),
            Figures.number(cost.flops() / timing.ns(), 1),
            Figures.number(cost.bytes() / timing.ns(), 1),
            Figures.percent(share),
            Figures.percent(skipped),
            peer,
            Figures.number(ratio, 2),
            Figures.number(required, 2),
            Double.isNaN(required) ? "-" : met ? "yes" : "NO"));
  }

  private Map<String, Object> row(String workload) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("workload", workload);
    rows.add(row);
    return row;
  }

  /** A figure without a requirement, or that could not be taken, is not met by being absent. */
  private boolean judge(Map<String, Object> row, String peer, double ratio, double required) {
    boolean judged = !Double.isNaN(required);
    boolean met = ratio >= required;
    row.put("peer", peer);
    row.put("ratio", ratio);
    row.put("required", required);
    row.put("met", judged ? met : null);
    allMet &= met || !judged;
    return met;
  }

  private void missing(String workload, String reason, double required) {
    judge(row(workload), reason, Double.NaN, required);
    table.add(
        List.of(
            workload,
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            "-",
            reason,
            "-",
            Figures.number(required, 2),
            "NO"));
  }
}
