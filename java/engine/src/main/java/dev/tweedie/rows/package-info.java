/** Batches of a run's rows, as samplers walk over them. */
@NullMarked
package dev.tweedie.rows;

import org.jspecify.annotations.NullMarked;
