/**
 * Linear inverse problems with any denoiser: {@link dev.tweedie.restore.LinearMeasurement} says
 * what is known of x_0, {@link dev.tweedie.restore.ImplicitPriorSampler} draws x_0 that agree with
 * it.
 */
@NullMarked
package dev.tweedie.restore;

import org.jspecify.annotations.NullMarked;
