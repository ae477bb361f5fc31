/** The backend {@code java}: every op without native code, with the bits of the C kernels. */
@NullMarked
package dev.tweedie.backend.java;

import org.jspecify.annotations.NullMarked;
