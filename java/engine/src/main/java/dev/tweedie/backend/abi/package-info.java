/** What the cpu and the cuda backend share: the structs of {@code tweedie.h}. */
package dev.tweedie.backend.abi;
