package dev.tweedie.bench;

import dev.tweedie.bindings.NativeLibrary;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.threads.Workers;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What this machine can do at most, measured in the run that is compared with it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RoofBench {
  private static final VectorSpecies<Float> WIDEST = FloatVector.SPECIES_PREFERRED;

  /** Two fma ports times a latency of 4 need 8 chains; 12 leave room. */
  private static final int CHAINS = 12;

  /** A sum stays an integer that float32 holds; waking a thread is nothing beside so many. */
  private static final int ROUNDS = 1 << 18;

  @Param("1")
  public int threads;

  /** Elements of each of the triad's three arrays. */
  @Param("16777216")
  public String work;

  private Workers workers;
  private final float[] sums = new float[1024];
  private float[] a;
  private float[] b;
  private float[] c;

  @Setup
  public void prepare() {
    NativeLibrary.cpu().reason(); // loads it
    int n = Integer.parseInt(work);
    workers = new Workers(threads);
    a = new float[n];
    b = new float[n];
    c = new float[n];
    Arrays.fill(b, 1);
    Arrays.fill(c, 2);
    triad();
    for (float value : a) {
      if (value != 7) {
        throw new IllegalStateException("triad: found " + value + ", not 7");
      }
    }
    fma();
    for (int i = 0; i < threads; i++) {
      if (sums[16 * i] != CHAINS * ROUNDS) {
        throw new IllegalStateException("fma: found " + sums[16 * i]);
      }
    }
  }

  @TearDown
  public void close() {
    workers.close();
  }

  /** Chains of fma in registers, as many as hide their latency. */
  @Benchmark
  public float[] fma() {
    workers.forEachChunk(threads, 1, (i, _) -> sums[16 * (int) i] = chains());
    return sums;
  }

  private static float chains() {
    FloatVector one = FloatVector.broadcast(WIDEST, 1);
    FloatVector c0 = FloatVector.zero(WIDEST);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    FloatVector c4 = c0;
    FloatVector c5 = c0;
    FloatVector c6 = c0;
    FloatVector c7 = c0;
    FloatVector c8 = c0;
    FloatVector c9 = c0;
    FloatVector c10 = c0;
    FloatVector c11 = c0;
    for (int i = 0; i < ROUNDS; i++) {
      c0 = one.fma(one, c0);
      c1 = one.fma(one, c1);
      c2 = one.fma(one, c2);
      c3 = one.fma(one, c3);
      c4 = one.fma(one, c4);
      c5 = one.fma(one, c5);
      c6 = one.fma(one, c6);
      c7 = one.fma(one, c7);
      c8 = one.fma(one, c8);
      c9 = one.fma(one, c9);
      c10 = one.fma(one, c10);
      c11 = one.fma(one, c11);
    }
    FloatVector left = c0.add(c1).add(c2).add(c3).add(c4).add(c5);
    return left.add(c6).add(c7).add(c8).add(c9).add(c10).add(c11).lane(0);
  }

  /** STREAM's triad, {@code a = b + s c} (McCalpin 1995). */
  @Benchmark
  public float[] triad() {
    long chunk = Math.max(1024, (a.length / threads + 1023) / 1024 * 1024);
    workers.forEachChunk(
        a.length,
        chunk,
        (begin, count) -> {
          for (int i = (int) begin; i < (int) (begin + count); i++) {
            a[i] = b[i] + 3 * c[i];
          }
        });
    return a;
  }

  /** From Java to C and back, nothing done there. */
  @Benchmark
  public long crossing() {
    return Tweedie.tweedie_width(0, threads);
  }

  /** Of fma, one thread's. */
  static Cost cost(String op, String work) {
    double n = Double.parseDouble(work);
    return switch (op) {
      case "fma" -> new Cost(1, 2.0 * CHAINS * ROUNDS * WIDEST.length(), 0);
      case "triad" -> new Cost(n, 2 * n, 12 * n);
      default -> new Cost(1, 0, 0);
    };
  }
}
