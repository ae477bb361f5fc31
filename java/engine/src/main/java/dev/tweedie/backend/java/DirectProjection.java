package dev.tweedie.backend.java;

import dev.tweedie.backend.java.Refinement.Chains;
import java.util.Arrays;

/** In float64, a row less a component's mean as its eigenbasis sees it. */
final class DirectProjection {
  private final int dim;
  private final int rank;

  /** The eigenbasis in two parts, of the component that is worked on. */
  private final float[] basis;

  private final float[] rest;
  private final Chains chains = new Chains();

  /** What is projected: the row less the mean. */
  final double[] difference;

  final double[] projected;

  DirectProjection(int dim, int rank, float[] basis, float[] rest) {
    this.dim = dim;
    this.rank = rank;
    this.basis = basis;
    this.rest = rest;
    difference = new double[dim];
    projected = new double[rank];
  }

  private double basis(int at) {
    return (double) basis[at] + rest[at];
  }

  void project() {
    Arrays.fill(projected, 0);
    for (int j = 0; j < dim; j++) {
      for (int e = 0; e < rank; e++) {
        projected[e] = Math.fma(basis(j * rank + e), difference[j], projected[e]);
      }
    }
  }

  /** What the projection has left, squared. */
  double squaredRest() {
    chains.clear();
    for (int j = 0; j < dim; j++) {
      double off = difference[j];
      for (int e = 0; e < rank; e++) {
        off = Math.fma(-basis(j * rank + e), projected[e], off);
      }
      chains.add(j, off, off);
    }
    return chains.fold();
  }
}
