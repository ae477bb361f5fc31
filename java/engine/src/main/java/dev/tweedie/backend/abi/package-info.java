/** What the cpu and the cuda backend share: the structs of {@code tweedie.h}. */
@NullMarked
package dev.tweedie.backend.abi;

import org.jspecify.annotations.NullMarked;
