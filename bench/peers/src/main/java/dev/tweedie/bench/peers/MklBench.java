package dev.tweedie.bench.peers;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tweedie.Engine;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.bench.Agreement;
import dev.tweedie.bench.GemmBench;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The same work as our benchmarks of these names, by oneMKL. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MklBench {
  private static final int ROW_MAJOR = 101; // mkl_cblas.h
  private static final int NO_TRANSPOSE = 111;
  private static final int PHILOX = 16 << 20; // VSL_BRNG_PHILOX4X32X10 of mkl_vsl_defines.h
  private static final int BOX_MULLER_2 = 1; // VSL_RNG_METHOD_GAUSSIAN_BOXMULLER2, the faster one
  private static final long HIGH_ACCURACY = 2; // VML_HA: under 1 ulp, as ours

  /** Of gemm M x N x K, of the others elements. */
  @Param("16777216")
  public String work;

  @Param("1")
  public int threads;

  @Setup
  public void limit() throws Throwable {
    Mkl.function("MKL_Set_Num_Threads", null, JAVA_INT).invokeExact(threads);
  }

  private static MemorySegment floats(long count) {
    return Arena.global().allocate(count * Float.BYTES, 64);
  }

  /** Matrices of a product. */
  @State(Scope.Benchmark)
  public static class Product {
    private static final MethodHandle SGEMM =
        Mkl.function(
            "cblas_sgemm",
            null,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_FLOAT,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            JAVA_FLOAT,
            ADDRESS,
            JAVA_INT);
    private int m;
    private int n;
    private int k;
    private MemorySegment a;
    private MemorySegment b;
    private MemorySegment c;

    @Setup
    public void prepare(MklBench bench) throws Throwable {
      int[] size = GemmBench.sizes(bench.work);
      m = size[0];
      n = size[1];
      k = size[2];
      c = floats((long) m * n);
      try (Engine reference = Engine.open("reference");
          Engine engine = Engine.open("auto")) {
        a = normals(engine, 1, m, k);
        b = normals(engine, 2, k, n);
        multiply();
        int few = Math.min(m, 33);
        Samples expected = reference.samples(few, n);
        reference
            .backend()
            .gemm(
                reference.samples(a.asSlice(0, 4L * few * k).toArray(JAVA_FLOAT), few),
                reference.samples(b.toArray(JAVA_FLOAT), k),
                expected);
        // k 2^-24 of the sum of |a||b|, which is sqrt(k) times the result's size
        Agreement.within(
            1e-5, c.asSlice(0, 4L * few * n).toArray(JAVA_FLOAT), expected.toDoubles());
      }
    }

    private static MemorySegment normals(Engine engine, long seed, int rows, int dim) {
      MemorySegment memory = floats((long) rows * dim);
      engine.backend().normal(NoiseAddress.of(seed, 0, 0), engine.wrap(memory, rows, dim));
      return memory;
    }

    private void multiply() throws Throwable {
      SGEMM.invokeExact(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, m, n, k, 1f, a, k, b, n, 0f, c, n);
    }
  }

  /** A stream of random numbers, and room for them. */
  @State(Scope.Benchmark)
  public static class Stream {
    private static final MethodHandle GAUSSIAN =
        Mkl.function(
            "vsRngGaussian",
            JAVA_INT,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_FLOAT,
            JAVA_FLOAT);
    private MemorySegment stream;
    private MemorySegment out;
    private int n;

    @Setup
    public void prepare(MklBench bench) throws Throwable {
      n = Integer.parseInt(bench.work);
      out = floats(n);
      MemorySegment pointer = Arena.global().allocate(ADDRESS);
      int status =
          (int)
              Mkl.function("vslNewStream", JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT)
                  .invokeExact(pointer, PHILOX, 1);
      if (status != 0) {
        throw new IllegalStateException("vslNewStream: status " + status);
      }
      stream = pointer.get(ADDRESS, 0);
      fill();
      Agreement.normal(out.toArray(JAVA_FLOAT));
    }

    private void fill() throws Throwable {
      int status = (int) GAUSSIAN.invokeExact(BOX_MULLER_2, stream, n, out, 0f, 1f);
      if (status != 0) {
        throw new IllegalStateException("vsRngGaussian: status " + status);
      }
    }
  }

  /** Arguments and values of exp. */
  @State(Scope.Benchmark)
  public static class Elements {
    private static final MethodHandle EXP =
        Mkl.function("vmsExp", null, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    private MemorySegment x;
    private MemorySegment out;
    private int n;

    @Setup
    public void prepare(MklBench bench) throws Throwable {
      n = Integer.parseInt(bench.work);
      out = floats(n);
      try (Engine engine = Engine.open("auto");
          Engine reference = Engine.open("reference")) {
        x = Product.normals(engine, 1, n / 1024, 1024);
        exp();
        Samples values = reference.samples(x.toArray(JAVA_FLOAT), n / 1024);
        reference.backend().apply(Backend.Function.EXP, values, values);
        Agreement.within(1e-6, out.toArray(JAVA_FLOAT), values.toDoubles());
      }
    }

    private void exp() throws Throwable {
      EXP.invokeExact(n, x, out, HIGH_ACCURACY);
    }
  }

  @Benchmark
  public void gemm(Product product) throws Throwable {
    product.multiply();
  }

  @Benchmark
  public void normal(Stream stream) throws Throwable {
    stream.fill();
  }

  @Benchmark
  public void apply(Elements elements) throws Throwable {
    elements.exp();
  }
}
