package dev.tweedie.onnx;

import ai.onnxruntime.OnnxTensor;
import java.util.ArrayList;
import java.util.List;

/** The tensors of one run, freed together. Those over our memory free only their handles. */
final class Tensors implements AutoCloseable {
  private final List<OnnxTensor> tensors = new ArrayList<>();

  OnnxTensor add(OnnxTensor tensor) {
    tensors.add(tensor);
    return tensor;
  }

  @Override
  public void close() {
    tensors.forEach(OnnxTensor::close);
  }
}
