package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import dev.tweedie.noise.NoiseAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Uniform and normal noise, and the elementary functions. */
final class NoiseChecks {
  private NoiseChecks() {}

  /**
   * Widths around a counter's 4 words and around vector lengths: a tail that reads or writes one
   * word too many, or starts the next row's counter early, shows at one of them.
   */
  private static final int[] DIMS = {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 103, 784, 1021};

  /** Every word of seed and counter non-zero, rows and blocks that wrap around 2^32. */
  private static final NoiseAddress FAR =
      new NoiseAddress(0x0123456789abcdefL, 0x80000001, -2, -3, -5);

  private static List<CheckCase> cases(Op op) {
    List<CheckCase> cases = new ArrayList<>();
    for (int dim : DIMS) {
      cases.add(CheckCase.of(op, "origin", 33, dim));
    }
    cases.add(CheckCase.of(op, "far", 7, 103));
    cases.add(CheckCase.of(op, "far", 37, 3));
    cases.add(CheckCase.of(op, "origin", 0, 16));
    return cases;
  }

  private static NoiseAddress address(CheckCase check) {
    return check.kind().equals("far") ? FAR : NoiseAddress.of(1, 0, 0);
  }

  static final class Uniform implements BoundedCheck {
    @Override
    public Op op() {
      return Op.UNIFORM;
    }

    @Override
    public List<CheckCase> cases() {
      return NoiseChecks.cases(op());
    }

    @Override
    public Map<String, double[]> run(CheckCase check, Backend backend) {
      Samples out = backend.allocate(check.rows(), check.dim());
      backend.uniform(address(check), out);
      return Map.of("out", out.toDoubles());
    }

    /** Rounding of the bits to float32. */
    @Override
    public double bound(
        CheckCase check, Numerics.Bound added, String output, double[] reference, int i) {
      return 0x1p-24;
    }
  }

  static final class Normal implements BoundedCheck {
    @Override
    public Op op() {
      return Op.NORMAL;
    }

    @Override
    public List<CheckCase> cases() {
      return NoiseChecks.cases(op());
    }

    @Override
    public Map<String, double[]> run(CheckCase check, Backend backend) {
      Samples out = backend.allocate(check.rows(), check.dim());
      backend.normal(address(check), out);
      return Map.of("out", out.toDoubles());
    }

    /**
     * The card: log, square root, sine and the product, each about 2^-24 of 6.8; and the rounding
     * of u_0, which near 1 is 2^-25 of a number whose log is r^2 / 2, so at most 2^-24 / r of the
     * radius.
     */
    @Override
    public double bound(
        CheckCase check, Numerics.Bound added, String output, double[] reference, int i) {
      int partner = i % check.dim() % 2 == 0 ? i + 1 : i - 1;
      boolean paired = partner / check.dim() == i / check.dim() && partner < reference.length;
      double radius = StrictMath.hypot(reference[i], paired ? reference[partner] : 0);
      return Math.min(2e-6 + 0x1p-24 / radius, 2.5e-4);
    }
  }

  /**
   * exp, log, sin and cos of pi x over a sweep of all exponents, and at floats of {@link
   * DenseFloats}.
   */
  static final class Apply implements BoundedCheck {
    private static final float[] DENSE = DenseFloats.all();

    @Override
    public Op op() {
      return Op.APPLY;
    }

    @Override
    public List<CheckCase> cases() {
      List<CheckCase> cases = new ArrayList<>();
      for (Backend.Function f : Backend.Function.values()) {
        cases.add(CheckCase.of(op(), f.name(), 16, 4099)); // a tail for every vector length
        cases.add(CheckCase.of(op(), f.name(), 1, 1));
        cases.add(CheckCase.of(op(), f.name(), 1, DENSE.length).input("dense"));
      }
      return cases;
    }

    @Override
    public Map<String, double[]> run(CheckCase check, Backend backend) {
      Samples x = backend.allocate(check.rows(), check.dim());
      int step = (int) ((1L << 32) / Math.max(1, (long) check.rows() * check.dim()));
      boolean dense = check.input().equals("dense");
      float[] values = new float[check.rows() * check.dim()];
      for (int i = 0; i < values.length; i++) {
        values[i] = dense ? DENSE[i % DENSE.length] : Float.intBitsToFloat(i * step);
      }
      x.write(values);
      Samples out = backend.allocate(check.rows(), check.dim());
      backend.apply(Backend.Function.valueOf(check.kind()), x, out);
      return Map.of("out", out.toDoubles());
    }

    /** The card, in ulp of the result; nothing where that is no finite float. */
    @Override
    public double bound(
        CheckCase check, Numerics.Bound added, String output, double[] reference, int i) {
      float rounded = (float) reference[i];
      return Float.isFinite(rounded)
          ? ulps(Backend.Function.valueOf(check.kind())) * Math.ulp(rounded)
          : Double.POSITIVE_INFINITY;
    }

    private static double ulps(Backend.Function f) {
      return switch (f) {
        case EXP -> 0.892;
        case LOG -> 0.934;
        case SIN_PI -> 0.965;
        case COS_PI -> 0.875;
      };
    }
  }
}
