package dev.tweedie.backend;

import dev.tweedie.Numerics;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A backend's name beside its numerics, which with {@link Numerics#FAST} the name may end in:
 * {@code cpu:avx512:vnni} is {@code cpu:avx512} with {@code fast:bytes}, {@code cpu:avx512:bf16},
 * {@code cuda:0:bf16} and {@code cuda:0:tf32} likewise. That was the only spelling once, and
 * scripts have it.
 */
record NumericsInName(String name, Numerics numerics) {
  private static final Pattern BOTH =
      Pattern.compile("(cpu:avx512):(vnni|bf16)|(cuda:\\d+):(tf32|bf16)");

  static NumericsInName of(String name, Numerics numerics) {
    Matcher both = BOTH.matcher(name);
    if (numerics != Numerics.FAST || !both.matches()) {
      return new NumericsInName(name, numerics);
    }
    return both.group(1) != null
        ? new NumericsInName(both.group(1), meant(both.group(2)))
        : new NumericsInName(both.group(3), meant(both.group(4)));
  }

  private static Numerics meant(String word) {
    return switch (word) {
      case "vnni" -> Numerics.FAST_BYTES;
      case "bf16" -> Numerics.FAST_BF16;
      default -> Numerics.FAST_TF32;
    };
  }
}
