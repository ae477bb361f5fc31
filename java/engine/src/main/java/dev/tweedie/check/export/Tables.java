package dev.tweedie.check.export;

import dev.tweedie.Outputs;
import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.Form;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.Pass;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.io.ElementType;
import dev.tweedie.io.NdArray;
import dev.tweedie.prior.Kind;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The columns of {@code tweedie_prior}, {@code tweedie_level}, {@code tweedie_reverse} and {@code
 * tweedie_blind}: computed in float64 and rounded once, where all kernels begin. With them somebody
 * else's kernel needs no eigenbasis, and no logarithm in float64, of its own.
 */
final class Tables {
  private final PriorTable prior;
  private final Map<String, NdArray> arrays = new LinkedHashMap<>();

  private Tables(PriorTable prior) {
    this.prior = prior;
    floats("prior/centre", prior.centre());
    floats("prior/means", prior.means());
    floats("prior/basis", prior.basis());
    floats("prior/rest", prior.rest());
  }

  static Tables of(Prior prior) {
    return new Tables(PriorTable.of(prior, Arena.ofAuto()));
  }

  /** By path. */
  Map<String, NdArray> arrays() {
    return arrays;
  }

  /** Every level that an evaluation of these outputs takes. */
  Tables levels(Level level, Outputs out) {
    Pass.of(prior, level, out).forEach(pass -> level(level, pass.form()));
    return this;
  }

  /** The level of products with the covariance. */
  Tables covariance(Level level) {
    return level(level, Pass.ofCovariance(prior, level));
  }

  Tables level(Level level, Form form) {
    LevelTable table = prior.newLevel(Arena.ofAuto());
    table.fill(level, form);
    String folder = form.name().toLowerCase(Locale.ROOT) + "/";
    floats(folder + "bias", table.bias());
    floats(folder + "scale", table.scale());
    floats(folder + "shift", table.shift());
    floats(folder + "slope", table.slope());
    floats(folder + "pull", table.pull());
    floats(folder + "spread", table.spread());
    floats(folder + "floor", table.floor());
    doubles(folder + "constant", table.constant());
    doubles(folder + "half", table.half());
    floats(folder + "steep", table.steep());
    floats(folder + "far", table.far());
    arrays.put(folder + "offset", Arrays32.doubles(table.offset()));
    float[] scalars = {
      table.errorScale(),
      table.reach(),
      table.bound(),
      table.widestHalf(),
      table.lift(),
      table.back(),
      table.stride(),
      table.constantStride()
    };
    arrays.put(folder + "scalars", NdArray.of(scalars, scalars.length));
    return this;
  }

  /**
   * @param call number of the call, since each has its own
   */
  Tables reverse(Level from, Level to, int call) {
    ReverseTable table = prior.newReverse(Arena.ofAuto());
    table.fill(from, to);
    String folder = "reverse-" + call + "/";
    floats(folder + "keep", table.keep());
    floats(folder + "pull", table.pull());
    floats(folder + "noise", table.noise());
    floats(folder + "keep_rest", table.keepRest());
    floats(folder + "noise_rest", table.noiseRest());
    return this;
  }

  Tables blind(double[] sigmas, double[] logMasses) {
    BlindTable table = prior.newBlind(sigmas.length, Arena.ofAuto());
    table.fill(sigmas, logMasses);
    floats("blind/bias", table.bias());
    if (prior.kind() == Kind.ISOTROPIC || prior.kind() == Kind.LOW_RANK) {
      floats("blind/shift", table.shift());
      floats("blind/pull", table.pull());
    }
    if (prior.kind() == Kind.ISOTROPIC) {
      floats("blind/slope", table.slope());
    } else {
      floats("blind/inverse", table.inverse());
      floats("blind/value", table.value());
    }
    if (prior.kind() == Kind.FULL) {
      floats("blind/projected", table.projected());
    }
    doubles("blind/constant", table.constant());
    doubles("blind/noise", table.noise());
    doubles("blind/variance", table.variance());
    if (prior.kind() == Kind.LOW_RANK) {
      doubles("blind/floor", table.floor());
    }
    floats("blind/least", table.least());
    float[] steep = {table.steep()};
    arrays.put("blind/steep", NdArray.of(steep, 1));
    arrays.put("blind/offset", Arrays32.doubles(table.offset()));
    float[] strides = {table.stride(), table.biasStride()};
    arrays.put("blind/strides", NdArray.of(strides, strides.length));
    return this;
  }

  private void floats(String path, MemorySegment column) {
    add(path, ElementType.FLOAT32, column);
  }

  private void doubles(String path, MemorySegment column) {
    add(path, ElementType.FLOAT64, column);
  }

  /** A column that the kind does not have is left out. */
  private void add(String path, ElementType type, MemorySegment column) {
    if (column.byteSize() > 0) {
      long count = column.byteSize() / type.bytes();
      arrays.put(path, new NdArray(type, new long[] {count}, column));
    }
  }
}
