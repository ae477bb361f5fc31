/**
 * Noise that is addressed, not drawn in turn: a seed, a stream, a step and a row name every normal
 * of a run, the same alone, in any batch and on any back end.
 */
@NullMarked
package dev.tweedie.noise;

import org.jspecify.annotations.NullMarked;
