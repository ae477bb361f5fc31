/** Gaussian mixtures fitted to data by expectation maximisation. */
@NullMarked
package dev.tweedie.fit;

import org.jspecify.annotations.NullMarked;
