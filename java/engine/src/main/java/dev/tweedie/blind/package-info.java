/** Denoising and sampling without being told the noise level (Kadkhodaie et al.). */
@NullMarked
package dev.tweedie.blind;

import org.jspecify.annotations.NullMarked;
