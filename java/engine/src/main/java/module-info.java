/** Tweedie: scores, posteriors and reverse steps of diffusion denoising. */
module dev.tweedie {
  requires dev.tweedie.bindings;
  requires static jdk.incubator.vector;

  exports dev.tweedie;
}
