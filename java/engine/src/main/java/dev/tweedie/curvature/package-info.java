/**
 * Curvature of a diffused measure and what it says of denoising: posterior covariances and Hessians
 * at a point, the localisation's distribution over levels (the multi-scale complexity profile),
 * transport maps and their chains (Liang et al. 2024, arXiv 2411.01629).
 */
@NullMarked
package dev.tweedie.curvature;

import org.jspecify.annotations.NullMarked;
