/** Native memory of samples: how much there may be, and how it is used again. */
@NullMarked
package dev.tweedie.backend.memory;

import org.jspecify.annotations.NullMarked;
