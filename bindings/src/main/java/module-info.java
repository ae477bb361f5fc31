/** The C ABI of Tweedie as Java sees it: generated bindings and the loader of the libraries. */
module dev.tweedie.bindings {
  requires dev.tweedie.kernels;
  requires static org.jspecify;

  exports dev.tweedie.bindings to
      dev.tweedie;
  exports dev.tweedie.bindings.generated to
      dev.tweedie;
}
