package dev.tweedie.backend;

import dev.tweedie.lifetime.Life;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Prior;
import java.lang.foreign.Arena;
import java.util.function.Function;

/** A prior in the memory of one backend. Lives as long as that backend, or until it is closed. */
public abstract class PreparedPrior implements AutoCloseable {
  private final Backend owner;
  private final Prior prior;
  private final Life life = new Life();

  protected PreparedPrior(Backend owner, Prior prior) {
    this.owner = owner;
    this.prior = prior;
  }

  /**
   * Makes a prior that owns an arena and closes it with itself.
   *
   * @param arena its own
   * @param make may refuse the prior: then nobody would close the arena, so it is done here
   */
  public static <P extends PreparedPrior> P inArena(Arena arena, Function<Arena, P> make) {
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

  final void enter() {
    if (prior instanceof DataSet points) {
      points.requireUnchanged();
    }
    if (!life.enter()) {
      throw new IllegalStateException("the posterior is closed, and its tables are gone");
    }
  }

  final void exit() {
    life.exit();
  }

  /** Frees its memory before the backend does, once nobody works with it. */
  @Override
  public final void close() {
    if (life.begin()) {
      life.await();
      doClose();
    }
  }

  protected void doClose() {}
}
