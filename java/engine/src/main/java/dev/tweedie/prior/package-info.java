/** Measures of x_0 with an exactly known posterior: mixtures of Gaussians, and finite data sets. */
@NullMarked
package dev.tweedie.prior;

import org.jspecify.annotations.NullMarked;
