/** The backend {@code java}: every op without native code, with the bits of the C kernels. */
package dev.tweedie.backend.java;
