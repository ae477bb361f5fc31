/** Measures of x_0 with an exactly known posterior: mixtures of Gaussians, and finite data sets. */
package dev.tweedie.prior;
