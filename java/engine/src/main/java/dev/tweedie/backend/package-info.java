/**
 * The one seam between what is computed and where. {@link dev.tweedie.backend.Backend} checks every
 * argument and carries the card of each op; what extends it, in the packages below, only computes.
 */
@NullMarked
package dev.tweedie.backend;

import org.jspecify.annotations.NullMarked;
