package dev.tweedie.curvature;

/**
 * The largest eigenvalue of a symmetric operator: in closed form, or as Lanczos found it.
 *
 * @param value the Ritz value, above the true one by rounding at most
 * @param residual bound on the norm of {@code A v - value v} for the unit Ritz vector v: an
 *     eigenvalue lies within it. The rounding of products is in it: of the value 2^-20 in float32,
 *     2^-47 in float64
 * @param missed the largest eigenvalue is above {@code value + missed} for at most one random start
 *     in 1000. An eigenvector that is one of the axes is not left to chance, nor is the only
 *     component of a prior, whose largest eigenvalue is known: 0
 * @param products operator products spent
 */
public record TopEigenvalue(double value, double residual, double missed, int products) {}
