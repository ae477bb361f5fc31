package dev.tweedie.prior;

/**
 * The four shapes of covariance: what a mixture has, a fit estimates and a kernel is written for. A
 * data set is {@link #ISOTROPIC} with variance 0. {@code AbiConstantsTest} ties all numbers here to
 * {@code tweedie.h}.
 */
public enum Kind {
  /** {@code c_k I}. */
  ISOTROPIC(84),
  /** {@code diag(c_k)}. */
  DIAGONAL(84),
  /** {@code F_k F_k' + tau_k^2 I}: a mixture of probabilistic principal components. */
  LOW_RANK(1),
  /** {@code C_k} in full. */
  FULL(1);

  /** Components in one shard; states of shards are merged in order. */
  public static final int SHARD = 8064;

  private final int block;

  Kind(int block) {
    this.block = block;
  }

  /** Components between two moves of the softmax's running maximum. */
  public int block() {
    return block;
  }

  /** As {@link #block}, where levels are unknown. */
  public int blindBlock() {
    return this == ISOTROPIC ? block : 1;
  }

  /** Columns of a row's weighted sums. */
  public int width(int dim) {
    return switch (this) {
      case ISOTROPIC -> dim + 1;
      case DIAGONAL -> 2 * dim;
      case LOW_RANK, FULL -> dim;
    };
  }

  /** As {@link #width}, where levels are unknown. */
  public int blindWidth(int dim) {
    return this == ISOTROPIC ? dim + 1 : dim;
  }
}
