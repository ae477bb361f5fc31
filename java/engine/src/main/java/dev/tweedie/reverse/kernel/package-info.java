/**
 * What papers ask of one reverse transition: the exact mixture-valued kernel of a prior, the
 * Gaussians that approximate it, and how far apart they are.
 */
package dev.tweedie.reverse.kernel;
