/** Batches of a run's rows, as samplers walk over them. */
package dev.tweedie.rows;
