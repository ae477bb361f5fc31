/** Tweedie: pre-trained networks as denoisers, through ONNX Runtime. */
module dev.tweedie.onnx {
  requires transitive dev.tweedie;
  requires com.microsoft.onnxruntime;

  exports dev.tweedie.onnx;
}
