/**
 * What papers ask of one reverse transition: the exact mixture-valued kernel of a prior, the
 * Gaussians that approximate it, and how far apart they are.
 */
@NullMarked
package dev.tweedie.reverse.kernel;

import org.jspecify.annotations.NullMarked;
