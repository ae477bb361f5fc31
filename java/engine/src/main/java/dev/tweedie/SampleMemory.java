package dev.tweedie;

/**
 * Where samples are made: only a backend does it, so that nobody else can say of a piece of memory
 * that it is larger than it is.
 */
public abstract class SampleMemory extends SampleOwner {
  /** A piece of memory as samples of this backend. */
  protected final Samples samples(Piece piece, long rows, int dim) {
    return new Samples(
        this, new SampleBlock(this, piece, rows + " x " + dim), piece.memory(), rows, dim);
  }

  /**
   * Keeps samples from being freed until {@link #release}, by hand or because nobody reaches them.
   *
   * @param samples may be null
   * @throws IllegalStateException where they are closed
   */
  protected static void hold(Samples samples) {
    if (samples != null) {
      samples.block().enter();
    }
  }

  /** Ends a {@link #hold}. */
  protected static void release(Samples samples) {
    if (samples != null) {
      samples.block().exit();
    }
  }

  /** Before the memory goes: what users hold of it refuses from now on. */
  protected final void hideSamples() {
    hideAll();
  }
}
