package dev.tweedie.backend.host;

/**
 * A softmax over components, accumulated shard by shard. One instance belongs to one thread at a
 * time and owns that thread's scratch memory.
 *
 * @param <T> the table of what does depend on levels
 */
public interface SoftmaxKernels<T> {
  /** One shard, components {@code [first, last)}, from an empty state, merged into {@code rows}. */
  void accumulate(T table, long first, long last, RowState rows);

  /** Whether {@link #survey} is there for this table. */
  default boolean surveys(T table) {
    return false;
  }

  /** Bounds of the logits of components {@code [first, last)}, for the rows' part of {@code to}. */
  default void survey(T table, long first, long last, RowState rows, Reach to) {
    throw new UnsupportedOperationException();
  }

  /** So many rows times components were left out without a call. */
  default void leaveOut(long pairs) {}

  /** {@code into = merge(into, from)}; {@code from} holds the shard of number {@code shard}. */
  void merge(int shard, RowState into, RowState from);
}
