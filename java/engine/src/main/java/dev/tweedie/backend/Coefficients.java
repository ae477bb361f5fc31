package dev.tweedie.backend;

/**
 * One reverse step as an affine map: {@code out = a x + b denoised + c previous + e z}.
 *
 * @param a factor of the state x_t
 * @param b factor of the denoised estimate at x_t
 * @param c factor of the previous step's estimate (multi-step methods), 0 where there is none
 * @param e factor of fresh standard normal noise, 0 for a deterministic step
 */
public record Coefficients(double a, double b, double c, double e) {}
