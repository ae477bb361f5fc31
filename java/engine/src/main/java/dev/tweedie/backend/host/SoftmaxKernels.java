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

  /** {@code into = merge(into, from)}; {@code from} holds the shard of number {@code shard}. */
  void merge(int shard, RowState into, RowState from);
}
