package dev.tweedie.backend.cuda;

import dev.tweedie.Numerics;
import dev.tweedie.bindings.TweedieCuda;
import dev.tweedie.bindings.generated.Tweedie;
import java.util.Locale;

/**
 * What cuBLAS, or a kernel of this library, makes of the factors of a product: {@code enum
 * tweedie_precision}; sums are float32.
 */
public enum ProductPrecision {
  FLOAT32,
  /** Rounded to 11 bits. */
  TF32,
  /** Rounded to 8 bits. */
  BF16,
  /** In two parts of 11 bits each, and three products for one: the digits of float32. */
  TF32X3,
  /** In three parts of 8 bits each, and six products for one, by a kernel for {@code sm_90a}. */
  BF16X3;

  /**
   * Of an element by {@link #BF16X3}, beside one for 32 steps: {@code
   * native/cuda/product_parts.cu}.
   */
  static final int ROUNDINGS_OF_PARTS = 24;

  /** Of {@code enum tweedie_precision}. */
  int code() {
    return switch (this) {
      case FLOAT32 -> Tweedie.TWEEDIE_F32();
      case TF32 -> Tweedie.TWEEDIE_TF32();
      case BF16 -> Tweedie.TWEEDIE_BF16();
      case TF32X3 -> Tweedie.TWEEDIE_TF32X3();
      case BF16X3 -> Tweedie.TWEEDIE_BF16X3();
    };
  }

  /**
   * What keeps the digits of float32 and promises most. By NVIDIA's data sheets these architectures
   * do TF32 seven times as fast as float32 and more; others do it hardly faster. bfloat16 is twice
   * as fast again: six products of it are three of TF32, with a smaller error, and any layout.
   */
  static ProductPrecision accurate(TweedieCuda.Device device) {
    if (device.tileProducts()) {
      return BF16X3;
    }
    return switch (device.architecture()) {
      case "sm_80", "sm_90", "sm_100", "sm_103" -> TF32X3;
      default -> FLOAT32;
    };
  }

  /** How products are made in these numerics of fast mode on this device. */
  static ProductPrecision of(Numerics numerics, TweedieCuda.Device device) {
    return switch (numerics) {
      case FAST -> accurate(device);
      case FAST_TF32 -> TF32;
      case FAST_BF16 -> BF16;
      case EXACT, FAST_BYTES -> throw new IllegalArgumentException(numerics.toString());
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
