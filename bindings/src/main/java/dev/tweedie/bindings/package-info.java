/**
 * The native libraries as Java sees them: found, checked against the header that the bindings were
 * made from, and called. Every restricted method of the Foreign Function and Memory API is here.
 */
@NullMarked
package dev.tweedie.bindings;

import org.jspecify.annotations.NullMarked;
