package dev.tweedie.spark;

import dev.tweedie.posterior.ShardPosterior;
import java.util.Arrays;

/** The largest logit of each query over the shards of a task so far. */
final class Tops {
  private final double[] tops;

  Tops(int queries) {
    tops = new double[queries];
    Arrays.fill(tops, -Float.MAX_VALUE);
  }

  /** Whether a later shard's state adds anything but exactly zero to those before it. */
  boolean raise(int query, double top) {
    boolean adds = ShardPosterior.adds(top, tops[query]);
    tops[query] = Math.max(tops[query], top);
    return adds;
  }
}
