/**
 * What float32 backends compute from: a prior's numbers, centred and rounded once, and the scalars
 * of a level, computed in float64 and rounded once. All backends read the same bits, so all can
 * give the same bits. {@code tweedie.h} names each column.
 */
@NullMarked
package dev.tweedie.backend.table;

import org.jspecify.annotations.NullMarked;
