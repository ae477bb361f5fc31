package dev.tweedie.bench;

import dev.tweedie.Numerics;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Machine;
import dev.tweedie.backend.Tier;
import dev.tweedie.cli.Benchmarks;
import dev.tweedie.cli.Json;
import dev.tweedie.cli.JsonReader;
import dev.tweedie.plot.Plot;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code tweedie bench}. */
public final class BenchCommand implements Benchmarks {
  private static final List<String> USUAL = List.of("java:vector", "cpu:avx2", "cpu:avx512");

  private static final Map<String, List<String>> PEERS =
      Map.of(
          "evaluate",
          List.of("java loops", "EJML", "Smile", "MLlib", "libtorch", "numpy", "scikit-learn"),
          "gemm",
          List.of("oneMKL"));

  @Override
  public List<String> families() {
    return Families.names();
  }

  @Override
  public Report run(Request request, PrintWriter progress) {
    if (request.backends().stream().anyMatch(name -> name.startsWith("cuda"))) {
      return DeviceBench.run(request, progress);
    }
    Timings measurements = new Timings(request.quick(), progress);
    Map<String, Object> facts = RunRecord.begun(request.table(), request.quick());
    return switch (request.table()) {
      case OPS -> ops(request, measurements, facts);
      case GOALS -> goals(request, measurements, facts);
      case SCALE -> scale(request, measurements, facts);
      case AGAINST ->
          AgainstReport.of(
              request.other(),
              new Against(request.other(), request.quick())::time,
              cases(request),
              request.forks(),
              facts,
              progress);
    };
  }

  @Override
  public Report compare(Recorded before, Recorded after, boolean otherMachine) {
    return RunComparison.of(RunFile.of(before), RunFile.of(after), otherMachine);
  }

  @Override
  public String page(Recorded found) {
    return ReportPage.of(RunFile.of(found));
  }

  @Override
  public void checkBaseline(Recorded before, boolean quick, boolean otherMachine) {
    Map<String, Object> here = RunRecord.begun(Table.OPS, quick);
    here.put("rows", List.of());
    Object read = JsonReader.parse("this machine", Json.of(here));
    RunFile run = RunFile.of(before);
    Object device = run.device();
    if (device == null) {
      RunComparison.refuseOthers(run, RunFile.of(new Recorded("this machine", read)), otherMachine);
    }
  }

  private static Report goals(Request request, Timings measurements, Map<String, Object> facts) {
    List<Integer> threads = List.of(1, 2);
    List<String> machine = machine(measurements, threads);
    facts.put("roofs", new Roofs(measurements).rows(threads));
    return new Goals(measurements, best(), new CommandTime(request.quick())::measure)
        .report(machine, facts);
  }

  private static Report scale(Request request, Timings measurements, Map<String, Object> facts) {
    String backend = request.backends().isEmpty() ? best() : request.backends().getFirst();
    List<Integer> threads = request.threads().isEmpty() ? List.of(1) : request.threads();
    return new Scale(measurements, backend, threads.getFirst())
        .report(machine(measurements, threads), facts);
  }

  private static List<String> available() {
    return available(Numerics.EXACT);
  }

  private static List<String> available(Numerics numerics) {
    return Backends.tiers(numerics).stream()
        .filter(tier -> tier.reason().isEmpty())
        .map(Tier::name)
        .toList();
  }

  /** The widest tier of the C kernels here, or what there is without them. */
  private static String best() {
    return available().getFirst();
  }

  private static List<Integer> threads(Request request) {
    return request.threads().isEmpty() ? List.of(1, 2) : request.threads();
  }

  private static List<Case> cases(Request request) {
    List<String> backends = request.backends();
    if (backends.isEmpty()) {
      backends = USUAL.stream().filter(available()::contains).toList();
    }
    return withFast(
        Families.cases(request.family(), backends, threads(request), request.quick()),
        request.numerics());
  }

  static Report ops(Request request, Timings measurements, Map<String, Object> facts) {
    List<Integer> threads = threads(request);
    Roofs roofs = new Roofs(measurements);
    List<List<String>> table = new ArrayList<>();
    List<Map<String, Object>> rows = new ArrayList<>();
    Map<String, List<double[]>> points = new LinkedHashMap<>();
    List<Case> cases = withPeers(cases(request), request.peers());
    measurements.inRounds(cases, request.forks());
    facts.put("roofs", roofs.rows(threads));
    for (Case what : cases) {
      Timings.Timing timing = measurements.time(what);
      Cost cost = what.cost();
      double share = roofs.share(what);
      double skipped = timing.absent() ? Double.NaN : measurements.skipped(what);
      table.add(
          List.of(
              what.op(),
              what.work(),
              what.column(),
              Integer.toString(what.threads()),
              timing.absent() ? timing.reason() : Figures.time(timing.ns()),
              Figures.number(timing.ns() / cost.elements(), 3),
              Figures.number(cost.flops() / timing.ns(), 1),
              Figures.number(cost.bytes() / timing.ns(), 1),
              Figures.percent(share),
              Figures.percent(skipped),
              Figures.error(timing.error())));
      Map<String, Object> row = row(what, timing, share, roofs.sgemm(what.threads()));
      row.put("skipped", skipped);
      row.put("error", timing.error());
      rows.add(row);
      points
          .computeIfAbsent(what.column(), _ -> new ArrayList<>())
          .add(new double[] {cost.flops() / cost.bytes(), cost.flops() / timing.ns()});
    }
    List<String> header =
        List.of(
            "op", "size", "backend", "threads", "time", "ns each", "GFLOP/s", "GB/s", "of roof",
            "skipped", "error");
    return new Report(
        machine(measurements, threads),
        header,
        table,
        facts,
        rows,
        plot(roofs, threads, points),
        true);
  }

  /** After the first back end of each size and number of threads its peers, once. */
  static List<Case> withPeers(List<Case> cases, boolean wanted) {
    LinkedHashSet<Case> all = new LinkedHashSet<>();
    for (Case what : cases) {
      all.add(what);
      for (String peer : wanted ? PEERS.getOrDefault(what.op(), List.of()) : List.<String>of()) {
        all.add(what.by(peer));
      }
    }
    return List.copyOf(all);
  }

  /**
   * Cases in the modes asked for; after each, fast mode where its numbers are not the exact ones.
   */
  static List<Case> withFast(List<Case> cases, List<Numerics> numerics) {
    Map<Numerics, List<String>> available = new EnumMap<>(Numerics.class);
    numerics.forEach(mode -> available.put(mode, available(mode)));
    List<Case> all = new ArrayList<>();
    for (Case what : cases) {
      available.forEach(
          (mode, tiers) -> {
            if (mode == Numerics.EXACT || tiers.contains(what.backend()) && differs(mode, what)) {
              all.add(what.in(mode));
            }
          });
    }
    return all;
  }

  /** Whether these numerics make products of their own in this work. */
  private static boolean differs(Numerics mode, Case what) {
    String kind = what.work().split(":")[0];
    boolean evaluates = what.op().equals("evaluate");
    return switch (mode) {
      case EXACT -> false;
      case FAST -> evaluates || what.op().equals("gemm");
      case FAST_BF16 -> what.backend().startsWith("cpu") && evaluates && isData(kind);
      case FAST_BYTES -> evaluates && kind.equals("pixels");
      case FAST_TF32 -> false; // of devices, whose products DeviceBench times alone
    };
  }

  private static boolean isData(String kind) {
    return kind.equals("points") || kind.equals("pixels");
  }

  private static Map<String, Object> row(
      Case what, Timings.Timing timing, double share, double sgemm) {
    Cost cost = what.cost();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("op", what.op());
    row.put("size", what.work());
    row.put("backend", what.backend());
    row.put("numerics", what.numerics());
    row.put("threads", what.threads());
    row.put("ns", timing.ns());
    row.put("nsPerElement", timing.ns() / cost.elements());
    row.put("flopsPerByte", cost.flops() / cost.bytes());
    row.put("gflops", cost.flops() / timing.ns());
    row.put("gbps", cost.bytes() / timing.ns());
    row.put("roofShare", share);
    row.put("sgemmShare", cost.flops() / timing.ns() / sgemm);
    row.put("absent", timing.reason());
    row.put("forks", timing.forks());
    return row;
  }

  private static List<String> machine(Timings measurements, List<Integer> threads) {
    Roofs roofs = new Roofs(measurements);
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s, %d processors, Java %s"
            .formatted(
                Machine.processor(),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version()));
    for (int count : threads) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%d thread%s: fma %.1f GFLOP/s; oneMKL's sgemm %s; triad %.1f GB/s of 200 MB",
              count,
              count == 1 ? "" : "s",
              roofs.flops(count),
              Double.isNaN(roofs.sgemm(count))
                  ? "absent"
                  : Figures.number(roofs.sgemm(count), 1) + " GFLOP/s",
              roofs.bandwidth(2e8, count)));
    }
    lines.add("a call to C and back: " + Figures.time(roofs.crossing()));
    return lines;
  }

  /** Flops a nanosecond against flops a byte. */
  private static Plot plot(Roofs roofs, List<Integer> threads, Map<String, List<double[]>> points) {
    Plot plot = new Plot("Roofs and ops", "flops a byte", "GFLOP/s").logX().logY();
    double[] intensity = new double[61];
    for (int i = 0; i < intensity.length; i++) {
      intensity[i] = Math.pow(10, -1.5 + i * 0.1);
    }
    for (int count : threads) {
      double[] roof = new double[intensity.length];
      for (int i = 0; i < roof.length; i++) {
        roof[i] = Math.min(roofs.flops(count), intensity[i] * roofs.bandwidth(2e8, count));
      }
      plot.line("roof, threads: " + count, intensity, roof);
      double[] sgemm = new double[intensity.length];
      Arrays.fill(sgemm, roofs.sgemm(count)); // NaN is left out
      plot.add("sgemm, threads: " + count, Plot.Style.DASHED, intensity, sgemm);
    }
    points.forEach(
        (backend, at) ->
            plot.add(
                backend,
                Plot.Style.POINTS,
                at.stream().mapToDouble(point -> point[0]).toArray(),
                at.stream().mapToDouble(point -> point[1]).toArray()));
    return plot;
  }
}
