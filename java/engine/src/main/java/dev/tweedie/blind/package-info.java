/** Denoising and sampling without being told the noise level (Kadkhodaie et al.). */
package dev.tweedie.blind;
