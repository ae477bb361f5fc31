package dev.tweedie.bench;

import dev.tweedie.DeviceMemory;
import dev.tweedie.Engine;
import dev.tweedie.Numerics;
import dev.tweedie.OutOfNativeMemoryException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Machine;
import dev.tweedie.backend.cuda.CudaBackend;
import dev.tweedie.backend.cuda.ProductPrecision;
import dev.tweedie.bench.states.EngineState;
import dev.tweedie.cli.Benchmarks;
import dev.tweedie.noise.NoiseAddress;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The ops on a device: its own time between two events, and wall time, which ends when the host
 * knows that the op is done. Beside a copy and products of cuBLAS, measured in the same run. The
 * benchmarks are those of JMH, run here: a process of its own would compile and load the same.
 */
final class DeviceBench {
  private static final double LEAST_SECONDS = 1;
  private static final int MOST_CALLS = 50;

  /** Medians, in seconds. */
  private record Times(double device, double wall, String absent, List<double[]> forks) {
    /** Of one engine: seconds of each call between events, and of the wall's clock. */
    static Times of(List<double[]> calls) {
      double[] device = calls.stream().mapToDouble(call -> call[0]).toArray();
      double[] wall = calls.stream().mapToDouble(call -> call[1]).toArray();
      double[] ns = Arrays.stream(device).map(seconds -> 1e9 * seconds).toArray();
      return new Times(Timings.median(device), Timings.median(wall), null, List.of(ns));
    }

    /** Of two engines, or more. */
    Times and(Times more) {
      if (absent != null || more.absent != null) {
        return absent != null ? this : more;
      }
      List<double[]> all = Stream.concat(forks.stream(), more.forks.stream()).toList();
      double ns = Timings.median(all.stream().mapToDouble(Timings::median).toArray());
      return new Times(1e-9 * ns, Math.min(wall, more.wall), null, all);
    }

    private static final String WRONG = "DISAGREES: ";

    static Times none(String reason) {
      return new Times(Double.NaN, Double.NaN, reason, List.of());
    }

    /** Of a result that is not what it must be: verify-gpu.sh looks for the word. */
    static Times disagreeing(String what) {
      return none(WRONG + what);
    }

    boolean wrong() {
      return absent != null && absent.startsWith(WRONG);
    }
  }

  /** Prepares a piece of work on an engine. */
  private interface Preparation {
    Runnable on(Engine engine);
  }

  private final String name;
  private final boolean quick;
  private final PrintWriter progress;

  private DeviceBench(String name, boolean quick, PrintWriter progress) {
    this.name = name;
    this.quick = quick;
    this.progress = progress;
  }

  static Benchmarks.Report run(Benchmarks.Request request, PrintWriter progress) {
    String name;
    try (Engine engine = Engine.open(request.backends().getFirst())) {
      name = engine.backend().name();
    }
    List<Case> cases =
        BenchCommand.withFast(
            Families.deviceCases(request.family(), name, request.quick()), request.numerics());
    return new DeviceBench(name, request.quick(), progress).report(cases, request.forks());
  }

  private Benchmarks.Report report(List<Case> cases, int rounds) {
    Map<String, Object> facts = RunRecord.begun(Benchmarks.Table.OPS, quick);
    facts.put("device", name + ": " + Machine.devices().get(name));
    List<Map<String, Object>> roofs = new ArrayList<>();
    facts.put("roofs", roofs);
    List<String> machine = new ArrayList<>();
    machine.add(name + ": " + Machine.devices().get(name));
    double bandwidth = copyRate();
    roofs.add(roof("copy", "gbps", bandwidth * 1e-9));
    machine.add(String.format(Locale.ROOT, "a copy: %.1f GB/s", bandwidth * 1e-9));
    double rate = fmaRate();
    roofs.add(roof("fma", "gflops", rate * 1e-9));
    machine.add(String.format(Locale.ROOT, "fma in registers: %.2f TFLOP/s", rate * 1e-12));
    for (ProductPrecision precision : ProductPrecision.values()) {
      Times product = product(precision);
      double flops = 2 * Math.pow(productSize(), 3) / product.device;
      roofs.add(roof("product " + precision, "gflops", flops * 1e-9));
      machine.add(
          "a product, "
              + precision
              + ": "
              + (product.absent == null
                  ? String.format(Locale.ROOT, "%.2f TFLOP/s", flops * 1e-12)
                  : product.absent));
    }
    List<List<String>> table = new ArrayList<>();
    List<Map<String, Object>> rows = new ArrayList<>();
    boolean right = true;
    for (Map.Entry<Case, Times> timed : inRounds(cases, rounds).entrySet()) {
      Case what = timed.getKey();
      Times times = timed.getValue();
      Cost cost = what.cost();
      double least = Math.max(cost.bytes() / bandwidth, cost.flops() / rate);
      table.add(
          List.of(
              what.op(),
              what.work(),
              what.column(),
              times.absent == null ? Figures.time(1e9 * times.device) : times.absent,
              Figures.time(1e9 * times.wall),
              Figures.number(cost.flops() / times.device * 1e-12, 2),
              Figures.number(cost.bytes() / times.device * 1e-9, 1),
              Figures.percent(least / times.device)));
      rows.add(row(what, times, least));
      right &= !times.wrong();
    }
    List<String> header =
        List.of("op", "size", "backend", "device", "wall", "TFLOP/s", "GB/s", "of roof");
    return new Benchmarks.Report(machine, header, table, facts, rows, null, right);
  }

  /** Each on as many engines, as {@link Timings#inRounds} does it with processes. */
  private Map<Case, Times> inRounds(List<Case> cases, int rounds) {
    Map<Case, Times> all = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      for (Case what : cases) {
        Times times = time(what.title(), what.mode(), engine -> benchmark(what, engine));
        all.merge(what, times, Times::and);
      }
    }
    return all;
  }

  private static Map<String, Object> roof(String name, String unit, double rate) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("roof", name);
    row.put(unit, rate);
    return row;
  }

  private static Map<String, Object> row(Case what, Times times, double least) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("op", what.op());
    row.put("size", what.work());
    row.put("backend", what.backend());
    row.put("numerics", what.numerics());
    row.put("flopsPerByte", what.cost().flops() / what.cost().bytes());
    row.put("gflops", what.cost().flops() / times.device * 1e-9);
    row.put("deviceSeconds", times.device);
    row.put("wallSeconds", times.wall);
    row.put("tflops", what.cost().flops() / times.device * 1e-12);
    row.put("gbps", what.cost().bytes() / times.device * 1e-9);
    row.put("roofShare", least / times.device);
    row.put("absent", times.absent);
    row.put("forks", times.forks);
    return row;
  }

  /** Bytes read and written a second, of 256 MiB each. */
  private double copyRate() {
    int rows = quick ? 1 << 10 : 1 << 16;
    long bytes = rows * 1024L * Float.BYTES;
    Times copy =
        time(
            "copy",
            Numerics.EXACT,
            engine -> {
              Samples from = engine.samples(rows, 1024);
              Samples to = engine.samples(rows, 1024);
              DeviceMemory device = engine.backend().device().orElseThrow();
              return () -> device.copy(from.address(), to.address(), bytes);
            });
    return 2 * bytes / copy.device;
  }

  /** Flops a second of a kernel that does nothing else. */
  private double fmaRate() {
    int floats = 1 << 20;
    long steps = quick ? 100 : 100_000;
    long[] flops = new long[1];
    Times fma =
        time(
            "fma in registers",
            Numerics.EXACT,
            engine -> {
              Samples out = engine.samples(floats, 1);
              CudaBackend device = (CudaBackend) engine.backend();
              return () -> flops[0] = device.fma(steps, out);
            });
    return flops[0] / fma.device;
  }

  private int productSize() {
    return quick ? 64 : 8192;
  }

  private Times product(ProductPrecision precision) {
    int n = productSize();
    return time(
        "product, " + precision,
        Numerics.EXACT,
        engine -> {
          Samples a = engine.samples(n, n);
          Samples b = engine.samples(n, n);
          Samples c = engine.samples(n, n);
          engine.backend().normal(NoiseAddress.of(1, 0, 0), a);
          engine.backend().normal(NoiseAddress.of(2, 0, 0), b);
          return () -> ((CudaBackend) engine.backend()).fastGemm(precision, a, b, c);
        });
  }

  /** On an engine of its own, so that all of the device's memory is there. */
  private Times time(String title, Numerics numerics, Preparation preparation) {
    Times times;
    try (Engine engine = Engine.open(name, 1, numerics)) {
      times = measure(engine.backend().device().orElseThrow(), preparation.on(engine));
    } catch (EngineState.Disagreement e) {
      times = Times.disagreeing(e.getMessage());
    } catch (IllegalStateException | OutOfNativeMemoryException e) {
      times = Times.none(e.getMessage());
    }
    progress.printf(
        Locale.ROOT,
        "%s: %s%n",
        title,
        times.absent == null ? Figures.time(1e9 * times.device) : times.absent);
    progress.flush();
    return times;
  }

  /** The benchmark's method, after its own check that the result agrees. */
  private static Runnable benchmark(Case what, Engine engine) {
    try {
      Class<?> suite = Class.forName(what.suite());
      Object bench = suite.getConstructor().newInstance();
      suite.getField("work").set(bench, what.work());
      EngineState state = new EngineState();
      state.numerics = what.numerics();
      state.use(engine);
      suite.getMethod("prepare", EngineState.class).invoke(bench, state);
      var method = suite.getMethod(what.op());
      return () -> {
        try {
          method.invoke(bench);
        } catch (ReflectiveOperationException e) {
          throw failure(e);
        }
      };
    } catch (ReflectiveOperationException e) {
      throw failure(e);
    }
  }

  /** What the benchmark threw. */
  private static RuntimeException failure(ReflectiveOperationException e) {
    return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
  }

  private static Times measure(DeviceMemory device, Runnable work) {
    work.run(); // tables are uploaded, memory is taken; chains see their second batch to record it
    work.run();
    List<double[]> times = new ArrayList<>();
    long start = System.nanoTime();
    do {
      long before = System.nanoTime();
      double seconds = device.seconds(work);
      times.add(new double[] {seconds, (System.nanoTime() - before) * 1e-9});
    } while (times.size() < MOST_CALLS
        && (times.size() < 3 || (System.nanoTime() - start) * 1e-9 < LEAST_SECONDS));
    return Times.of(times);
  }
}
