/**
 * Pre-trained networks as denoisers. {@link dev.tweedie.onnx.OnnxNetwork} opens a file, {@link
 * dev.tweedie.onnx.Convention} says what its numbers mean, and {@link
 * dev.tweedie.onnx.OnnxDenoiser} and {@link dev.tweedie.onnx.OnnxBlindDenoiser} go wherever the
 * exact denoiser of a prior goes.
 */
@NullMarked
package dev.tweedie.onnx;

import org.jspecify.annotations.NullMarked;
