package dev.tweedie.backend.abi;

import dev.tweedie.backend.table.BallTable;
import dev.tweedie.backend.table.Bf16Table;
import dev.tweedie.backend.table.BlindTable;
import dev.tweedie.backend.table.ByteTable;
import dev.tweedie.backend.table.FilterTable;
import dev.tweedie.backend.table.LevelTable;
import dev.tweedie.backend.table.PriorTable;
import dev.tweedie.backend.table.ReverseTable;
import dev.tweedie.bindings.generated.Tweedie;
import dev.tweedie.bindings.generated.tweedie_balls;
import dev.tweedie.bindings.generated.tweedie_bf16;
import dev.tweedie.bindings.generated.tweedie_blind;
import dev.tweedie.bindings.generated.tweedie_bytes;
import dev.tweedie.bindings.generated.tweedie_filter;
import dev.tweedie.bindings.generated.tweedie_level;
import dev.tweedie.bindings.generated.tweedie_noise;
import dev.tweedie.bindings.generated.tweedie_prior;
import dev.tweedie.bindings.generated.tweedie_reverse;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Kind;
import java.lang.foreign.MemorySegment;

/** Tables and addresses as the structs of {@code tweedie.h}; each method returns its struct. */
public final class Structs {
  private Structs() {}

  /** Where kernels find the copy of a table's column. */
  @FunctionalInterface
  public interface Place {
    /** The columns themselves. */
    Place SAME = column -> column;

    MemorySegment of(MemorySegment column);

    /** Null for null. */
    default MemorySegment at(MemorySegment column) {
      return column.equals(MemorySegment.NULL) ? column : of(column);
    }
  }

  /** The address {@code begin} rows further on. */
  public static MemorySegment write(MemorySegment struct, NoiseAddress at, long begin) {
    tweedie_noise.seed(struct, at.seed());
    tweedie_noise.block(struct, at.block());
    tweedie_noise.row(struct, (int) (at.row() + begin));
    tweedie_noise.stream(struct, at.stream());
    tweedie_noise.step(struct, at.step());
    return struct;
  }

  /** Of {@code enum tweedie_kind}. */
  static int code(Kind kind) {
    return switch (kind) {
      case ISOTROPIC -> Tweedie.TWEEDIE_ISOTROPIC();
      case DIAGONAL -> Tweedie.TWEEDIE_DIAGONAL();
      case LOW_RANK -> Tweedie.TWEEDIE_LOW_RANK();
      case FULL -> Tweedie.TWEEDIE_FULL();
    };
  }

  public static MemorySegment write(MemorySegment struct, PriorTable table, Place place) {
    tweedie_prior.kind(struct, code(table.kind()));
    tweedie_prior.rank(struct, table.rank());
    tweedie_prior.components(struct, table.components());
    tweedie_prior.dim(struct, table.dim());
    tweedie_prior.centre(struct, place.at(table.centre()));
    tweedie_prior.means(struct, place.at(table.means()));
    tweedie_prior.basis(struct, place.at(table.basis()));
    tweedie_prior.rest(struct, place.at(table.rest()));
    tweedie_prior.filter(struct, MemorySegment.NULL);
    tweedie_prior.balls(struct, MemorySegment.NULL);
    tweedie_prior.turned(struct, MemorySegment.NULL);
    return struct;
  }

  public static MemorySegment write(MemorySegment struct, ByteTable table) {
    tweedie_bytes.values(struct, table.values());
    tweedie_bytes.stride(struct, table.stride());
    tweedie_bytes.low(struct, table.low());
    tweedie_bytes.unit(struct, table.unit());
    tweedie_bytes.norm(struct, table.norm());
    tweedie_bytes.slack(struct, table.slack());
    return struct;
  }

  /** All but what belongs to a thread. */
  public static MemorySegment write(MemorySegment struct, FilterTable table, Place place) {
    tweedie_filter.codes(struct, place.at(table.codes()));
    tweedie_filter.stride(struct, table.stride());
    tweedie_filter.order(struct, place.at(table.order()));
    tweedie_filter.head(struct, table.head());
    tweedie_filter.tail(struct, place.at(table.tail()));
    tweedie_filter.scale(struct, place.at(table.scale()));
    tweedie_filter.norm(struct, place.at(table.norm()));
    tweedie_filter.slack(struct, place.at(table.slack()));
    tweedie_filter.largest(struct, table.largest());
    return struct;
  }

  /** All but what belongs to a thread. */
  public static MemorySegment write(MemorySegment struct, BallTable table) {
    tweedie_balls.centre(struct, table.centre());
    tweedie_balls.radius(struct, table.radius());
    tweedie_balls.spread(struct, table.spread());
    tweedie_balls.most(struct, table.most());
    tweedie_balls.least(struct, table.least());
    tweedie_balls.further(struct, table.further());
    tweedie_balls.largest(struct, table.largest());
    return struct;
  }

  public static MemorySegment write(MemorySegment struct, Bf16Table table) {
    tweedie_bf16.rows(struct, table.rows());
    tweedie_bf16.pairs(struct, table.pairs());
    tweedie_bf16.slack(struct, table.slack());
    return struct;
  }

  public static MemorySegment write(MemorySegment struct, LevelTable table, Place place) {
    tweedie_level.alpha(struct, table.level().alpha());
    tweedie_level.sigma(struct, table.level().sigma());
    tweedie_level.bias(struct, place.at(table.bias()));
    tweedie_level.scale(struct, place.at(table.scale()));
    tweedie_level.shift(struct, place.at(table.shift()));
    tweedie_level.slope(struct, place.at(table.slope()));
    tweedie_level.pull(struct, place.at(table.pull()));
    tweedie_level.spread(struct, place.at(table.spread()));
    tweedie_level.floor(struct, place.at(table.floor()));
    tweedie_level.stride(struct, table.stride());
    tweedie_level.offset(struct, table.offset());
    tweedie_level.constant(struct, place.at(table.constant()));
    tweedie_level.constant_stride(struct, table.constantStride());
    tweedie_level.half(struct, place.at(table.half()));
    tweedie_level.steep(struct, place.at(table.steep()));
    tweedie_level.far(struct, place.at(table.far()));
    tweedie_level.error_scale(struct, table.errorScale());
    tweedie_level.reach(struct, table.reach());
    tweedie_level.bound(struct, table.bound());
    tweedie_level.widest_half(struct, table.widestHalf());
    tweedie_level.form(struct, table.form().ordinal());
    tweedie_level.lift(struct, table.lift());
    tweedie_level.back(struct, table.back());
    return struct;
  }

  public static MemorySegment write(MemorySegment struct, ReverseTable table, Place place) {
    tweedie_reverse.alpha(struct, table.from().alpha());
    tweedie_reverse.target(struct, table.to().alpha());
    tweedie_reverse.keep(struct, place.at(table.keep()));
    tweedie_reverse.pull(struct, place.at(table.pull()));
    tweedie_reverse.noise(struct, place.at(table.noise()));
    tweedie_reverse.keep_rest(struct, place.at(table.keepRest()));
    tweedie_reverse.noise_rest(struct, place.at(table.noiseRest()));
    tweedie_reverse.stride(struct, table.stride());
    return struct;
  }

  public static MemorySegment write(MemorySegment struct, BlindTable table, Place place) {
    tweedie_blind.levels(struct, table.levels());
    tweedie_blind.bias(struct, place.at(table.bias()));
    tweedie_blind.shift(struct, place.at(table.shift()));
    tweedie_blind.pull(struct, place.at(table.pull()));
    tweedie_blind.slope(struct, place.at(table.slope()));
    tweedie_blind.inverse(struct, place.at(table.inverse()));
    tweedie_blind.value(struct, place.at(table.value()));
    tweedie_blind.projected(struct, place.at(table.projected()));
    tweedie_blind.stride(struct, table.stride());
    tweedie_blind.bias_stride(struct, table.biasStride());
    tweedie_blind.offset(struct, table.offset());
    tweedie_blind.constant(struct, place.at(table.constant()));
    tweedie_blind.noise(struct, place.at(table.noise()));
    tweedie_blind.variance(struct, place.at(table.variance()));
    tweedie_blind.floor(struct, place.at(table.floor()));
    tweedie_blind.least(struct, place.at(table.least()));
    tweedie_blind.steep(struct, table.steep());
    return struct;
  }
}
