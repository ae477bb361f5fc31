/**
 * The lane interfaces of {@link dev.tweedie.backend.java} as plain loops, for a Java without the
 * Vector API and as the twin that the vector lanes are compared with.
 */
@NullMarked
package dev.tweedie.backend.java.scalar;

import org.jspecify.annotations.NullMarked;
