/**
 * Tweedie's front door: an {@link dev.tweedie.Engine} opened on one back end, the {@link
 * dev.tweedie.Samples} it computes on, and how its numbers are made.
 */
@NullMarked
package dev.tweedie;

import org.jspecify.annotations.NullMarked;
