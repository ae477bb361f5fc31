/**
 * What benchmarks over Tweedie share: engines by back end, numerics and threads, priors and noisy
 * rows of named sizes. They run on the class path, as JMH does.
 */
@NullMarked
package dev.tweedie.bench.states;

import org.jspecify.annotations.NullMarked;
