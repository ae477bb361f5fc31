package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The matrix product: M = rows, N = dim, inner dimension = components. */
final class GemmCheck implements BoundedCheck {
  @Override
  public Op op() {
    return Op.GEMM;
  }

  /**
   * Sizes one off every register block and panel: a wrong tail overwrites or leaves out a stripe.
   */
  @Override
  public List<CheckCase> cases() {
    List<CheckCase> cases = new ArrayList<>();
    int[][] shapes = {
      {1, 1, 1},
      {13, 31, 5},
      {14, 32, 16},
      {15, 33, 17},
      {29, 65, 103},
      {3, 16, 1021},
      {84, 7, 1},
      {0, 5, 3}
    };
    for (int[] shape : shapes) {
      cases.add(CheckCase.of(op(), "product", shape[0], shape[1]).components(shape[2]));
    }
    cases.add(CheckCase.of(op(), "product", 15, 33).components(17).input("huge"));
    cases.add(CheckCase.of(op(), "product", 15, 33).components(17).input("small"));
    return cases;
  }

  @Override
  public Map<String, double[]> run(CheckCase check, Backend backend) {
    Samples a = CaseInputs.samples(backend, check.input(), check.rows(), check.components(), 1);
    Samples b = CaseInputs.samples(backend, check.input(), check.components(), check.dim(), 2);
    Samples c = backend.allocate(check.rows(), check.dim());
    backend.gemm(a, b, c);
    return Map.of("c", c.toDoubles());
  }

  /**
   * The card: K roundings, or more, of sums no larger than sum |a||b| &lt;= K 5^2 for these
   * normals.
   */
  @Override
  public double bound(
      CheckCase check, Numerics.Bound added, String output, double[] reference, int i) {
    double k = check.components();
    return check.input().equals("huge")
        ? Double.POSITIVE_INFINITY
        : (k + added.roundings()) * 0x1p-24 * 25 * k;
  }
}
