package dev.tweedie.check;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import java.util.ArrayList;
import java.util.List;

/**
 * Cases for devices: more rows than a group of a kernel holds, more components than a shard, more
 * elements than a grid has threads. Hosts cut a batch small, so these sizes would tell nothing new
 * there.
 */
final class LargeCases {
  private LargeCases() {}

  static List<CheckCase> of(Op op) {
    return switch (op) {
      case UNIFORM, NORMAL -> List.of(CheckCase.of(op, "origin", 65537, 129));
      case APPLY ->
          List.of(CheckCase.of(op, Backend.Function.EXP.name(), 2047, 4099)); // more than 2^20
      case STEP, STEP_ROWS -> List.of(CheckCase.of(op, "xdpz", 5, (1 << 20) + 3));
      case RESIDUAL -> List.of(CheckCase.of(op, "norm", 65537, 129));
      case GEMM -> List.of(CheckCase.of(op, "product", 1021, 1031).components(523));
      case EVALUATE, COVARIANCE_TIMES, HESSIAN_TIMES, DRAW, BLIND -> posteriors(op);
    };
  }

  private static List<CheckCase> posteriors(Op op) {
    int[][] shapes = {{8200, 16, 300}, {40, 784, 20000}};
    List<CheckCase> cases = new ArrayList<>();
    for (int[] shape : shapes) {
      cases.add(CheckCase.of(op, "points", shape[0], shape[1]).components(shape[2]).level(1, 0.75));
    }
    cases.add(CheckCase.of(op, "isotropic", 8200, 16).components(300).level(1, 0.75));
    cases.add(CheckCase.of(op, "diagonal", 8200, 64).components(100).level(1, 0.75));
    cases.add(CheckCase.of(op, "lowrank", 1030, 64).components(40).level(1, 0.75));
    cases.add(CheckCase.of(op, "full", 1030, 64).components(40).level(1, 0.75));
    return cases;
  }
}
