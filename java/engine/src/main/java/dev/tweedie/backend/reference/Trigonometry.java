package dev.tweedie.backend.reference;

/**
 * sin(pi x) and cos(pi x) with exact reduction: multiplying a large x by pi first would lose the
 * fraction that decides.
 */
final class Trigonometry {
  private Trigonometry() {}

  /** Zeros at integers have the sign of x; NaN where x is not finite. */
  static double sinPi(double x) {
    double turn = Math.abs(x) % 2; // exact, as every remainder of IEEE doubles
    return Math.copySign(1, x) * quarter(turn, 0);
  }

  /** Zeros at odd multiples of 1/2 are positive; NaN where x is not finite. */
  static double cosPi(double x) {
    return quarter(Math.abs(x) % 2, 1);
  }

  /** {@code sin(pi (x + shift / 2))} for x in [0, 2). */
  private static double quarter(double x, int shift) {
    double quadrant = Math.rint(2 * x);
    double rest = Math.PI * (x - quadrant / 2); // exact difference, at most pi / 4
    // adding zero makes a negative zero positive
    return switch (((int) quadrant + shift) % 4) {
      case 0 -> StrictMath.sin(rest) + 0.0;
      case 1 -> StrictMath.cos(rest);
      case 2 -> -StrictMath.sin(rest) + 0.0;
      default -> -StrictMath.cos(rest);
    };
  }
}
