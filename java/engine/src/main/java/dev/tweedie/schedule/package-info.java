/** Noise levels and schedules of them, in float64. */
package dev.tweedie.schedule;
