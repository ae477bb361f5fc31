/** How far estimates are from the truth, and samples from a law. */
@NullMarked
package dev.tweedie.metric;

import org.jspecify.annotations.NullMarked;
