package dev.tweedie.curvature;

/**
 * The largest eigenvalue of a symmetric operator, as Lanczos found it.
 *
 * @param value the Ritz value, never above the true one but for rounding
 * @param residual norm of {@code A v - value v} for the unit Ritz vector v: an eigenvalue lies
 *     within it
 * @param products operator products spent
 */
public record TopEigenvalue(double value, double residual, int products) {}
