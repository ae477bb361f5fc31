/**
 * Cross-checks of the backends: every op, over awkward sizes and values chosen for the mistakes
 * they catch, bit against bit between float32 backends and within a stated error of {@code
 * reference}. The test suite and {@code tweedie check} run the same cases.
 */
@NullMarked
package dev.tweedie.check;

import org.jspecify.annotations.NullMarked;
