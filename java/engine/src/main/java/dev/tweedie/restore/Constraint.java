package dev.tweedie.restore;

import dev.tweedie.Samples;

/** What is known of a batch of rows, which every estimate of them must agree with. */
interface Constraint {
  /** Moves each row to the nearest one that agrees. */
  void impose(Samples x);
}
