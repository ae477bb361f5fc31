package dev.tweedie.backend;

import dev.tweedie.prior.Prior;
import java.lang.foreign.Arena;
import java.util.function.Function;

/** A prior in the memory of one backend. Lives as long as that backend, or until it is closed. */
public abstract class PreparedPrior implements AutoCloseable {
  private final Backend owner;
  private final Prior prior;

  protected PreparedPrior(Backend owner, Prior prior) {
    this.owner = owner;
    this.prior = prior;
  }

  /**
   * Makes a prior that owns an arena and closes it with itself.
   *
   * @param make may refuse the prior: then nobody would close the arena, so it is done here
   */
  public static <P extends PreparedPrior> P inArena(Function<Arena, P> make) {
    Arena arena = Arena.ofShared();
    try {
      return make.apply(arena);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
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
