/**
 * Cases of {@code check} as arrays, for kernels that are not ours: what goes in, what every backend
 * gives in exact mode, what {@code reference} gives and how far from it float32 may be.
 */
@NullMarked
package dev.tweedie.check.export;

import org.jspecify.annotations.NullMarked;
