/**
 * The backend of hand-written C kernels. The only package that touches {@code
 * dev.tweedie.bindings}, so that everything else works where native access is impossible.
 */
package dev.tweedie.backend.cpu;
