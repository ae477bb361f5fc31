package dev.tweedie.backend;

import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;

/**
 * What a reverse step reads and writes beside its coefficients, all B x d.
 *
 * @param x the state that the step leaves
 * @param denoised null where that term is left out, as {@code previous} and {@code noise}
 * @param previous the estimate of the step before
 * @param noise address of row 0
 * @param out may be any of the inputs
 */
public record StepTerms(
    Samples x, Samples denoised, Samples previous, NoiseAddress noise, Samples out) {}
