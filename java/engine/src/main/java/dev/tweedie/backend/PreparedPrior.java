package dev.tweedie.backend;

import dev.tweedie.prior.Prior;

/** A prior in the memory of one backend. Lives as long as that backend, or until it is closed. */
public abstract class PreparedPrior implements AutoCloseable {
  private final Backend owner;
  private final Prior prior;

  protected PreparedPrior(Backend owner, Prior prior) {
    this.owner = owner;
    this.prior = prior;
  }

  public final Backend owner() {
    return owner;
  }

  public final Prior prior() {
    return prior;
  }

  public final int dim() {
    return prior.dim();
  }

  public final int components() {
    return prior.components();
  }

  /** Frees its memory before the backend does; work with it must have ended. */
  @Override
  public void close() {}
}
