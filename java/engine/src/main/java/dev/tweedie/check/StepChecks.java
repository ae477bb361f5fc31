package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.Op;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.noise.NoiseAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reverse steps and residual norms. */
final class StepChecks {
  private StepChecks() {}

  private static final int[] DIMS = {1, 2, 3, 5, 15, 16, 17, 31, 33, 64, 103, 1021};

  /** Exact in float32, so that reference rounds none of them. */
  private static final Coefficients COEFFICIENTS = new Coefficients(0.75, 0.5, -0.25, 1.5);

  /** Which terms a case has, by letter: d denoised, p previous, z noise, o written over x. */
  private static final String[] TERMS = {"x", "xd", "xdp", "xdz", "xz", "xdpz", "xdpzo"};

  private static List<CheckCase> cases(Op op) {
    List<CheckCase> cases = new ArrayList<>();
    for (int dim : DIMS) {
      cases.add(CheckCase.of(op, "xdpz", 9, dim));
    }
    for (String terms : TERMS) {
      cases.add(CheckCase.of(op, terms, 5, 103));
    }
    cases.add(CheckCase.of(op, "xdpz", 5, 103).input("small"));
    cases.add(CheckCase.of(op, "xdpz", 0, 16));
    cases.add(CheckCase.of(op, "xdz", 1, 1));
    return cases;
  }

  /**
   * Four products of numbers below 8, each rounded once and their sums thrice: 8 roundings of 16.
   */
  private static final double BOUND = 8 * 16 * 0x1p-24;

  /** Of millions of normals, a few come from numbers next to 1 and are off as their card says. */
  private static double stepBound(CheckCase check) {
    boolean rare = check.dim() > 1 << 20 && check.kind().contains("z");
    return rare ? BOUND + COEFFICIENTS.e() * 2.5e-4 : BOUND;
  }

  private static Map<String, double[]> run(CheckCase check, Backend backend, boolean rowwise) {
    int rows = check.rows();
    int dim = check.dim();
    String terms = check.kind();
    Samples x = CaseInputs.samples(backend, check.input(), rows, dim, 1);
    Samples out = terms.contains("o") ? x : backend.allocate(rows, dim);
    StepTerms sum = StepTerms.of(x, out);
    if (terms.contains("d")) {
      sum = sum.denoised(CaseInputs.samples(backend, check.input(), rows, dim, 2));
    }
    if (terms.contains("p")) {
      sum = sum.previous(CaseInputs.samples(backend, check.input(), rows, dim, 3));
    }
    if (terms.contains("z")) {
      sum = sum.noise(NoiseAddress.of(5, 1, 7).skipRows(11));
    }
    if (rowwise) {
      Samples coefficients = backend.allocate(rows, 4);
      double[] values = new double[4 * rows];
      for (int i = 0; i < rows; i++) {
        values[4 * i] = COEFFICIENTS.a() + i / 16.0;
        values[4 * i + 1] = COEFFICIENTS.b();
        values[4 * i + 2] = COEFFICIENTS.c() - i / 32.0;
        values[4 * i + 3] = COEFFICIENTS.e();
      }
      coefficients.write(values);
      backend.stepRows(coefficients, sum);
    } else {
      backend.step(COEFFICIENTS, sum);
    }
    return Map.of("out", out.toDoubles());
  }

  static final class Step implements BoundedCheck {
    @Override
    public Op op() {
      return Op.STEP;
    }

    @Override
    public List<CheckCase> cases() {
      return StepChecks.cases(op());
    }

    @Override
    public Map<String, double[]> run(CheckCase check, Backend backend) {
      return StepChecks.run(check, backend, false);
    }

    @Override
    public double bound(
        CheckCase check, Numerics.Bound added, String output, double[] reference, int i) {
      return stepBound(check);
    }
  }

  static final class StepRows implements BoundedCheck {
    @Override
    public Op op() {
      return Op.STEP_ROWS;
    }

    @Override
    public List<CheckCase> cases() {
      return StepChecks.cases(op());
    }

    @Override
    public Map<String, double[]> run(CheckCase check, Backend backend) {
      return StepChecks.run(check, backend, true);
    }

    @Override
    public double bound(
        CheckCase check, Numerics.Bound added, String output, double[] reference, int i) {
      return stepBound(check);
    }
  }

  static final class Residual implements BoundedCheck {
    @Override
    public Op op() {
      return Op.RESIDUAL;
    }

    @Override
    public List<CheckCase> cases() {
      List<CheckCase> cases = new ArrayList<>();
      for (int dim : DIMS) {
        cases.add(CheckCase.of(op(), "norm", 9, dim));
      }
      cases.add(CheckCase.of(op(), "norm", 9, 103).input("small"));
      cases.add(CheckCase.of(op(), "norm", 9, 103).input("huge"));
      cases.add(CheckCase.of(op(), "norm", 0, 16));
      return cases;
    }

    @Override
    public Map<String, double[]> run(CheckCase check, Backend backend) {
      Samples x = CaseInputs.samples(backend, check.input(), check.rows(), check.dim(), 1);
      Samples y = CaseInputs.samples(backend, check.input(), check.rows(), check.dim(), 2);
      Samples out = backend.allocate(check.rows(), 1);
      backend.residual(x, y, out);
      return Map.of("out", out.toDoubles());
    }

    /** The card: a chain of d / 16 fma, 4 additions, and the rounding of x - y that is squared. */
    @Override
    public double bound(
        CheckCase check, Numerics.Bound added, String output, double[] reference, int i) {
      double relative = (check.dim() / 16 + 6) * 0x1p-24;
      return check.input().equals("huge")
          ? Double.POSITIVE_INFINITY
          : relative * CaseInputs.largest(reference) + Float.MIN_VALUE * check.dim();
    }
  }
}
