/** Other engines at the same work in the same process: oneMKL, PyTorch, ONNX Runtime. */
package dev.tweedie.bench.peers;
