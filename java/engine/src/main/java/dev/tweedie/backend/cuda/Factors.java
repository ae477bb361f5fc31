package dev.tweedie.backend.cuda;

import dev.tweedie.bindings.TweedieCuda;
import dev.tweedie.bindings.generated.Tweedie;
import java.util.Locale;

/** What cuBLAS makes of the factors of a product; sums are float32. */
public enum Factors {
  FLOAT32,
  /** Rounded to 11 bits. */
  TF32,
  /** Rounded to 8 bits. */
  BF16,
  /** In two parts of 11 bits each, and three products for one: the digits of float32. */
  TF32X3;

  /** Of {@code enum tweedie_precision}. */
  int code() {
    return switch (this) {
      case FLOAT32 -> Tweedie.TWEEDIE_F32();
      case TF32 -> Tweedie.TWEEDIE_TF32();
      case BF16 -> Tweedie.TWEEDIE_BF16();
      case TF32X3 -> Tweedie.TWEEDIE_TF32X3();
    };
  }

  /**
   * What keeps the digits of float32 and promises most. By NVIDIA's data sheets these architectures
   * do TF32 seven times as fast as float32 and more; others do it hardly faster.
   */
  static Factors accurate(TweedieCuda.Device device) {
    return switch (device.architecture()) {
      case "sm_80", "sm_90", "sm_100", "sm_103" -> TF32X3;
      default -> FLOAT32;
    };
  }

  /**
   * What a tier's name says of factors that keep fewer digits, which are only taken if asked for.
   */
  static String suffix(Factors factors) {
    return factors == TF32 || factors == BF16 ? ":" + factors : "";
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
