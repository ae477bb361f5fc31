/**
 * The backend of hand-written CUDA kernels: samples, tables and coefficients live on the device,
 * and a chain's steps are recorded there once.
 */
@NullMarked
package dev.tweedie.backend.cuda;

import org.jspecify.annotations.NullMarked;
