/** States for benchmarks with JMH. */
module dev.tweedie.bench.states {
  requires transitive dev.tweedie;
  requires transitive jmh.core;

  exports dev.tweedie.bench.states;
}
