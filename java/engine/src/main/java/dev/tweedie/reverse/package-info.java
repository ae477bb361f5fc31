/** Reverse steps from noise to data, and the samplers made of them. */
@NullMarked
package dev.tweedie.reverse;

import org.jspecify.annotations.NullMarked;
