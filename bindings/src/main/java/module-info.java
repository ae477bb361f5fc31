/** The C ABI of Tweedie as Java sees it: generated bindings and the loader of the libraries. */
module dev.tweedie.bindings {
  exports dev.tweedie.bindings to
      dev.tweedie;
}
