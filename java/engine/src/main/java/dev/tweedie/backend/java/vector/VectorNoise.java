package dev.tweedie.backend.java.vector;

import static dev.tweedie.backend.java.vector.VectorFormula.FLOATS;
import static dev.tweedie.backend.java.vector.VectorFormula.INTS;
import static dev.tweedie.backend.java.vector.VectorPhilox.LANES;
import static dev.tweedie.backend.java.vector.VectorPhilox.LONGS;
import static dev.tweedie.backend.java.vector.VectorPhilox.TOGETHER;
import static dev.tweedie.backend.java.vector.VectorPhilox.UPPER;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.java.Floats;
import dev.tweedie.backend.java.Formula;
import dev.tweedie.backend.java.NoiseKernels;
import dev.tweedie.backend.java.StepKernels;
import dev.tweedie.backend.java.scalar.ScalarNoise;
import dev.tweedie.noise.NoiseAddress;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import org.jspecify.annotations.Nullable;

/**
 * The noise family over vectors. A batch of counters goes through stages, each a loop of its own
 * over arrays that stay in the first-level cache: words, radius, angle, order. One loop of them all
 * is more than the compiler inlines, and then every vector is boxed (12 ns an element). The stages
 * are called through one interface so that it does not join them again.
 */
public final class VectorNoise implements NoiseKernels {
  /** Counters of a batch. */
  private static final int BATCH = 128;

  /** Elements of a batch. */
  static final int ELEMENTS = 4 * BATCH;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final VectorMask<Long> ODD_LANES = VectorMask.fromLong(LONGS, 0xaaaaaaaaaaaaaaaaL);
  private static final VectorShuffle<Long> SWAP = VectorShuffle.fromOp(LONGS, l -> l ^ 1);

  /** {@link #slot} of each block. */
  private static final int[] SLOT = new int[BATCH];

  /** Counters that follow each other along a row, and none along the rows. */
  private static final long[] ALONG = new long[BATCH];

  private static final long[] SAME = new long[BATCH];

  /** One row after the other, in the order of lanes. */
  private static final long[] DOWN = new long[BATCH];

  static {
    for (int block = 0; block < BATCH; block++) {
      SLOT[block] = slot(block);
      ALONG[SLOT[block]] = (long) block << 32;
      DOWN[block] = (long) block << 32;
    }
  }

  private static final ThreadLocal<Batch> BATCHES = ThreadLocal.withInitial(Batch::new);

  /** One thread's counters and what becomes of them. */
  private static final class Batch {
    final VectorPhilox.Counters counters = new VectorPhilox.Counters(BATCH);
    final long[] block = new long[BATCH];
    final long[] row = new long[BATCH];
    final float[] radius = new float[2 * BATCH];

    /** Elements 0 and 2 of each block, and 1 and 3. */
    final float[] even = new float[2 * BATCH];

    final float[] odd = new float[2 * BATCH];
    final float[] z = new float[ELEMENTS];
  }

  @FunctionalInterface
  private interface Stage {
    void run(Batch batch, int blocks);
  }

  private static final Stage[] UNIFORM = {
    (batch, blocks) -> VectorPhilox.words(batch.counters, blocks), VectorNoise::uniform
  };
  private static final Stage[] NORMAL = {
    (batch, blocks) -> VectorPhilox.words(batch.counters, blocks),
    VectorNoise::radius,
    VectorNoise::angle,
    VectorNoise::interleave
  };

  /**
   * What becomes of the noise.
   *
   * @param step null where the noise itself is wanted
   * @param scratch of that step
   */
  private record Plan(
      NoiseAddress noise,
      Stage[] stages,
      int dim,
      MemorySegment out,
      StepKernels.@Nullable Terms step,
      float[] scratch) {}

  private static final float[] NO_SCRATCH = {};

  /** The lane for a block of a batch, such that {@link #interleave} leaves the blocks in order. */
  private static int slot(int block) {
    int l = block % LANES;
    return block - l + (l < LANES / 2 ? 2 * l : 2 * l - LANES + 1);
  }

  @Override
  public void uniform(NoiseAddress at, int dim, MemorySegment out, long begin, long count) {
    each(new Plan(at, UNIFORM, dim, out, null, NO_SCRATCH), begin, count);
  }

  @Override
  public void normal(NoiseAddress at, int dim, MemorySegment out, long begin, long count) {
    each(new Plan(at, NORMAL, dim, out, null, NO_SCRATCH), begin, count);
  }

  @Override
  public void firstUniforms(
      long seed, int stream, int step, int row, int block, int count, float[] out) {
    VectorPhilox.Counters counters = BATCHES.get().counters;
    counters.share(seed, stream, step);
    counters.firstBlock = block;
    counters.firstRow = row;
    counters.block = SAME;
    counters.row = DOWN;
    VectorPhilox.words(counters, upToVectors(count));
    for (int i = 0; i < count; i++) {
      out[i] = Formula.uniform(counters.u[2 * i]);
    }
  }

  static void step(StepKernels.Terms terms, NoiseAddress noise, long begin, long count) {
    each(
        new Plan(noise, NORMAL, terms.dim(), terms.out(), terms, VectorStep.scratch()),
        begin,
        count);
  }

  /**
   * Of each row first what fills whole vectors; then the ends of all rows together, one (row,
   * block) a lane, so that short rows do not leave the lanes empty. Rows that fill a batch are all
   * end: d = 64 takes 0.56 ns an element where it took 1.12.
   */
  private static void each(Plan plan, long begin, long count) {
    Batch batch = BATCHES.get();
    VectorPhilox.Counters counters = batch.counters;
    NoiseAddress at = plan.noise();
    int dim = plan.dim();
    int whole = fillBatch((dim + 3) / 4) ? 0 : dim / (4 * TOGETHER) * TOGETHER;
    counters.share(at.seed(), at.stream(), at.step());
    counters.block = ALONG;
    counters.row = SAME;
    for (long row = begin; row < begin + count; row++) {
      counters.firstRow = at.row() + (int) row;
      for (int b = 0; b < whole; b += BATCH) {
        int blocks = Math.min(BATCH, whole - b);
        counters.firstBlock = at.block() + b;
        run(plan.stages(), batch, blocks);
        use(plan, row * dim + 4L * b, batch.z, 0, 4 * blocks);
      }
    }
    if (4 * whole < dim) {
      ends(plan, batch, begin, begin + count, whole);
    }
  }

  /** Whether as many ends of so many blocks fill every batch: then the first says which. */
  private static boolean fillBatch(int blocks) {
    return BATCH % blocks == 0;
  }

  private static int upToVectors(int counters) {
    return (counters + TOGETHER - 1) / TOGETHER * TOGETHER;
  }

  private static void ends(Plan plan, Batch batch, long begin, long end, int whole) {
    VectorPhilox.Counters counters = batch.counters;
    counters.block = batch.block;
    counters.row = batch.row;
    counters.firstBlock = plan.noise().block();
    int blocks = (plan.dim() + 3) / 4;
    boolean alike = fillBatch(blocks - whole);
    long row = begin;
    int block = whole;
    while (row < end) {
      long firstRow = row;
      int firstBlock = block;
      int used = 0;
      if (alike && row > begin) {
        used = (int) Math.min(BATCH, (end - row) * (blocks - whole));
        row += used / (blocks - whole);
      }
      for (; used < BATCH && row < end; used++) {
        batch.block[SLOT[used]] = (long) block << 32;
        batch.row[SLOT[used]] = (row - firstRow) << 32;
        if (++block == blocks) {
          block = whole;
          row++;
        }
      }
      counters.firstRow = plan.noise().row() + (int) firstRow;
      int count = upToVectors(used); // lanes beyond hold what they held before
      run(plan.stages(), batch, count);
      scatter(plan, batch.z, used, firstRow, firstBlock, whole);
    }
  }

  /** Takes out what blocks hold beyond the ends of their rows, and passes on runs of elements. */
  private static void scatter(Plan plan, float[] z, int count, long row, int block, int whole) {
    int dim = plan.dim();
    StepKernels.Terms step = plan.step();
    boolean rowByRow = whole > 0 || (step != null && step.stride() != 0);
    long at = row * dim + 4L * block;
    if (dim % 4 == 0 && !rowByRow) {
      use(plan, at, z, 0, 4 * count);
      return;
    }
    int from = 0;
    int to = 0;
    for (int l = 0; l < count; l++) {
      int n = Math.min(4, dim - 4 * block);
      for (int w = 0; w < n && to < 4 * l; w++) {
        z[to + w] = z[4 * l + w];
      }
      to += n;
      boolean last = 4 * ++block >= dim;
      if (l == count - 1 || (last && rowByRow)) {
        use(plan, at, z, from, to - from);
        from = to;
        at = (row + 1) * dim + 4L * whole;
      }
      if (last) {
        block = whole;
        row++;
      }
    }
  }

  private static void use(Plan plan, long at, float[] z, int from, int count) {
    StepKernels.Terms step = plan.step();
    if (step == null) {
      MemorySegment.copy(z, from, plan.out(), JAVA_FLOAT, at * Float.BYTES, count);
    } else {
      VectorStep.block(plan.scratch(), step, at, z, from, count);
    }
  }

  private static void run(Stage[] stages, Batch batch, int blocks) {
    for (Stage stage : stages) {
      stage.run(batch, blocks);
    }
  }

  private static void uniform(Batch batch, int blocks) {
    for (int i = 0; i < 2 * blocks; i += 2 * LANES) {
      FloatVector u = VectorFormula.uniform(IntVector.fromArray(INTS, batch.counters.u, i));
      FloatVector v = VectorFormula.uniform(IntVector.fromArray(INTS, batch.counters.v, i));
      interleave(longs(u), longs(v), batch.z, 2 * i);
    }
  }

  private static void radius(Batch batch, int blocks) {
    for (int i = 0; i < 2 * blocks; i += 2 * LANES) {
      IntVector u = IntVector.fromArray(INTS, batch.counters.u, i);
      VectorFormula.radius(u).intoArray(batch.radius, i);
    }
  }

  private static void angle(Batch batch, int blocks) {
    for (int i = 0; i < 2 * blocks; i += 2 * LANES) {
      FloatVector radius = FloatVector.fromArray(FLOATS, batch.radius, i);
      IntVector v = IntVector.fromArray(INTS, batch.counters.v, i);
      FloatVector r = VectorFormula.angle(v);
      FloatVector s = r.mul(r);
      FloatVector sin = VectorFormula.sinReduced(r, s);
      FloatVector cos = VectorFormula.cosReduced(s);
      IntVector quadrant = VectorFormula.quadrant(v);
      radius.mul(VectorFormula.turnedCosine(quadrant, sin, cos)).intoArray(batch.even, i);
      radius.mul(VectorFormula.turnedSine(quadrant, sin, cos)).intoArray(batch.odd, i);
    }
  }

  private static void interleave(Batch batch, int blocks) {
    for (int i = 0; i < 2 * blocks; i += 2 * LANES) {
      LongVector p = longs(FloatVector.fromArray(FLOATS, batch.even, i));
      LongVector q = longs(FloatVector.fromArray(FLOATS, batch.odd, i));
      interleave(p, q, batch.z, 2 * i);
    }
  }

  /** Elements 0 and 2, and 1 and 3, of some blocks, in order. */
  private static void interleave(LongVector p, LongVector q, float[] out, int at) {
    LongVector first = p.and(~UPPER).or(q.lanewise(LSHL, 32)); // elements 0 and 1 of a block
    LongVector last = p.lanewise(LSHR, 32).or(q.and(UPPER)); // elements 2 and 3
    floats(first.blend(last.rearrange(SWAP), ODD_LANES)).intoArray(out, at);
    floats(first.rearrange(SWAP).blend(last, ODD_LANES)).intoArray(out, at + 2 * LANES);
  }

  private static LongVector longs(FloatVector x) {
    return x.reinterpretAsInts().reinterpretAsLongs();
  }

  private static FloatVector floats(LongVector x) {
    return x.reinterpretAsInts().reinterpretAsFloats();
  }

  /** By way of an array, as {@link VectorStep#block} explains. */
  @Override
  public void apply(
      Backend.Function f, MemorySegment x, MemorySegment out, long begin, long count) {
    Loop loop =
        switch (f) {
          case EXP -> EXP;
          case LOG -> LOG;
          case SIN_PI -> SIN_PI;
          case COS_PI -> COS_PI;
        };
    float[] images = BATCHES.get().z;
    long end = begin + count;
    long whole = end - count % FLOATS.length();
    for (long at = begin; at < whole; at += ELEMENTS) {
      int n = (int) Math.min(ELEMENTS, whole - at);
      loop.run(x, at, images, n);
      Floats.write(images, 0, out, at, n);
    }
    for (long at = whole; at < end; at++) {
      out.setAtIndex(JAVA_FLOAT, at, ScalarNoise.apply(f, x.getAtIndex(JAVA_FLOAT, at)));
    }
  }

  /** Writes the images of n numbers from element {@code at} on: a multiple of a vector. */
  @FunctionalInterface
  private interface Loop {
    void run(MemorySegment x, long at, float[] out, int n);
  }

  private static final Loop EXP =
      (x, at, out, n) -> {
        for (int j = 0; j < n; j += FLOATS.length()) {
          long byteAt = (at + j) * Float.BYTES;
          VectorFormula.exp(FloatVector.fromMemorySegment(FLOATS, x, byteAt, ORDER))
              .intoArray(out, j);
        }
      };
  private static final Loop LOG =
      (x, at, out, n) -> {
        for (int j = 0; j < n; j += FLOATS.length()) {
          long byteAt = (at + j) * Float.BYTES;
          VectorFormula.log(FloatVector.fromMemorySegment(FLOATS, x, byteAt, ORDER))
              .intoArray(out, j);
        }
      };
  private static final Loop SIN_PI =
      (x, at, out, n) -> {
        for (int j = 0; j < n; j += FLOATS.length()) {
          long byteAt = (at + j) * Float.BYTES;
          VectorFormula.sinpi(FloatVector.fromMemorySegment(FLOATS, x, byteAt, ORDER))
              .intoArray(out, j);
        }
      };
  private static final Loop COS_PI =
      (x, at, out, n) -> {
        for (int j = 0; j < n; j += FLOATS.length()) {
          long byteAt = (at + j) * Float.BYTES;
          VectorFormula.cospi(FloatVector.fromMemorySegment(FLOATS, x, byteAt, ORDER))
              .intoArray(out, j);
        }
      };
}
