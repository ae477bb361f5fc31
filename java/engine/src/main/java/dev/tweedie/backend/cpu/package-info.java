/**
 * The backend of hand-written C kernels. Like {@code abi} and {@code cuda} it touches {@code
 * dev.tweedie.bindings}; nothing else computes with it, so that all else works where native access
 * is impossible.
 */
@NullMarked
package dev.tweedie.backend.cpu;

import org.jspecify.annotations.NullMarked;
