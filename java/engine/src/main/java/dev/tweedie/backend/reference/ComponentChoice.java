package dev.tweedie.backend.reference;

import dev.tweedie.prior.Kind;
import dev.tweedie.prior.Prior;

/**
 * Draws a component by its responsibility in one pass over the logits: each block replaces what was
 * chosen before it with its share of the mass so far, and each shard what the shards before it
 * chose. Blocks, shards and noise are those of the other backends, so the choice differs from
 * theirs only where a threshold is within their rounding.
 */
final class ComponentChoice {
  private static final int BLOCK_STREAM = 1 << 31;
  private static final int SHARD_STREAM = 1 << 30;

  private final Noise noise;
  private final int block;
  private double top;
  private double sum;
  private int chosen;

  ComponentChoice(Prior prior, Noise noise) {
    this.noise = noise;
    this.block = prior.kind().block();
  }

  /** The component of row {@code row} of the batch, or -1 where every logit is -infinity. */
  int choose(double[] logits, long row) {
    double allTop = -Double.MAX_VALUE;
    double allSum = 0;
    int allChosen = -1;
    for (int first = 0; first < logits.length; first += Kind.SHARD) {
      chooseInShard(logits, first, Math.min(first + Kind.SHARD, logits.length), row);
      double merged = Math.max(allTop, top);
      double share = sum * StrictMath.exp(top - merged);
      allSum = allSum * StrictMath.exp(allTop - merged) + share;
      allTop = merged;
      if (share > 0 && noise.decision(first / Kind.SHARD, row, SHARD_STREAM) * allSum <= share) {
        allChosen = chosen;
      }
    }
    return allChosen;
  }

  private void chooseInShard(double[] logits, int first, int last, long row) {
    top = -Double.MAX_VALUE;
    sum = 0;
    chosen = -1;
    for (int begin = first; begin < last; begin += block) {
      int end = Math.min(begin + block, last);
      double before = top;
      for (int k = begin; k < end; k++) {
        top = Math.max(top, logits[k]);
      }
      double share = massUpTo(logits, begin, end);
      sum = sum * StrictMath.exp(before - top) + share;
      if (share > 0) {
        double threshold = noise.decision(begin / block, row, BLOCK_STREAM) * sum;
        if (threshold <= share) {
          chosen = firstReaching(logits, begin, threshold);
        }
      }
    }
  }

  private double massUpTo(double[] logits, int begin, int end) {
    double mass = 0;
    for (int k = begin; k < end; k++) {
      mass += StrictMath.exp(logits[k] - top);
    }
    return mass;
  }

  private int firstReaching(double[] logits, int begin, double threshold) {
    double mass = 0;
    int k = begin - 1;
    while (mass < threshold) {
      mass += StrictMath.exp(logits[++k] - top);
    }
    return k;
  }
}
