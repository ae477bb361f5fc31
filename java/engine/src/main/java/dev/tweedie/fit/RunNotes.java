package dev.tweedie.fit;

import org.jspecify.annotations.Nullable;

/**
 * What clustering remembers of a run from pass to pass: a pass that does not find it computes it
 * anew, with the same bits.
 */
public final class RunNotes {
  /**
   * Squared distances to the nearest of the first centres of a restart.
   *
   * @param centres so many
   */
  record Nearest(int restart, int centres, double[] squares) {}

  /**
   * The nearest of the centres that an iteration began with.
   *
   * @param iteration of a restart
   */
  record Labels(int restart, int iteration, int[] clusters) {}

  private volatile @Nullable Nearest nearest;
  private volatile @Nullable Labels labels;

  /** Nothing is known. */
  public RunNotes() {}

  /** What is known of the nearest of at most so many centres, or null. */
  @Nullable Nearest nearest(int restart, int centres) {
    Nearest known = nearest;
    return known != null && known.restart == restart && known.centres <= centres ? known : null;
  }

  void remember(Nearest found) {
    nearest = found;
  }

  /** The labels of an iteration, or null. */
  int @Nullable [] labels(int restart, int iteration) {
    Labels known = labels;
    return known != null && known.restart == restart && known.iteration == iteration
        ? known.clusters
        : null;
  }

  void remember(Labels found) {
    labels = found;
  }
}
