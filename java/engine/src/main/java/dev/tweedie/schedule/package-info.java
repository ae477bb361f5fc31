/** Noise levels and schedules of them, in float64. */
@NullMarked
package dev.tweedie.schedule;

import org.jspecify.annotations.NullMarked;
