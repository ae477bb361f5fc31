/** Gaussian mixtures fitted to data by expectation maximisation. */
package dev.tweedie.fit;
