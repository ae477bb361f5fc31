/**
 * The order in which back ends on the processor take rows and shards, and the memory that threads
 * need for it. The numbers they read are those of {@link dev.tweedie.backend.table}; the kernels
 * are those of {@code java} and {@code cpu}.
 */
@NullMarked
package dev.tweedie.backend.host;

import org.jspecify.annotations.NullMarked;
