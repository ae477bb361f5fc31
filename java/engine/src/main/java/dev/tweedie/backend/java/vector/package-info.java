/**
 * The lane interfaces of {@link dev.tweedie.backend.java} by the Vector API. Its module may be
 * absent: nothing outside touches these classes before it was found.
 */
@NullMarked
package dev.tweedie.backend.java.vector;

import org.jspecify.annotations.NullMarked;
