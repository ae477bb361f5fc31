package dev.tweedie.noise;

/**
 * Which use of a seed a noise address belongs to. One place for all, so that no two uses share
 * noise; the two highest bits are the draw op's own (see {@code Backend.draw}).
 */
public final class Streams {
  /** The starting point of a sampling run. */
  public static final int START = 0;

  /** The steps of a sampling run; the noise's step is the index in the schedule. */
  public static final int STEP = 1;

  /** Noise put on given data. */
  public static final int FORWARD = 2;

  /** Samples of a prior. */
  public static final int PRIOR = 3;

  /** What a {@code LatentDenoiser} draws; the noise's step is the index in the schedule. */
  public static final int LATENT = 4;

  /** Random linear measurements. */
  public static final int MEASUREMENT = 5;

  /** The steps of a blind run; the noise's step is the number of the step from the start. */
  public static final int BLIND = 6;

  /** Starting points of a fit; the noise's step is the number of the restart. */
  public static final int FIT = 7;

  private Streams() {}
}
