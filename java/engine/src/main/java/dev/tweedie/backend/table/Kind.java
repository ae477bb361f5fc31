package dev.tweedie.backend.table;

/** The four shapes of covariance that kernels know; the order is that of {@code tweedie_kind}. */
public enum Kind {
  ISOTROPIC(84),
  DIAGONAL(84),
  LOW_RANK(1),
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

  /** As {@link #width}, where levels are unknown. */
  public int blindWidth(int dim) {
    return this == ISOTROPIC ? dim + 1 : dim;
  }

  /** Columns of a row's weighted sums. */
  public int width(int dim) {
    return switch (this) {
      case ISOTROPIC -> dim + 1;
      case DIAGONAL -> 2 * dim;
      case LOW_RANK, FULL -> dim;
    };
  }
}
