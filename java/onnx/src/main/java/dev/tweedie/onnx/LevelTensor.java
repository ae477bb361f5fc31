package dev.tweedie.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The number that a network is told, once a row or once a batch, in the type that it wants. */
record LevelTensor(Port port) {
  /** Whether it takes numbers between the whole ones. */
  static boolean fractional(@Nullable Port port) {
    return port != null
        && (port.type() == OnnxJavaType.FLOAT
            || port.type() == OnnxJavaType.DOUBLE
            || port.isHalf());
  }

  OnnxTensor of(OrtEnvironment environment, double told, long rows) throws OrtException {
    long[] shape = port.shape().clone();
    Arrays.fill(shape, 1);
    if (shape.length > 0 && port.shape()[0] != 1) {
      shape[0] = rows;
    }
    int count = Math.toIntExact(RowShape.product(shape));
    return switch (port.type()) {
      case FLOAT -> {
        float[] values = new float[count];
        Arrays.fill(values, (float) told);
        yield OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
      }
      case FLOAT16 -> {
        short[] values = new short[count];
        Arrays.fill(values, Float.floatToFloat16((float) told));
        yield OnnxTensor.createTensor(
            environment, ShortBuffer.wrap(values), shape, OnnxJavaType.FLOAT16);
      }
      case DOUBLE -> {
        double[] values = new double[count];
        Arrays.fill(values, told);
        yield OnnxTensor.createTensor(environment, DoubleBuffer.wrap(values), shape);
      }
      case INT64 -> {
        long[] values = new long[count];
        Arrays.fill(values, Math.round(told));
        yield OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
      }
      case INT32 -> {
        int[] values = new int[count];
        Arrays.fill(values, Math.toIntExact(Math.round(told)));
        yield OnnxTensor.createTensor(environment, IntBuffer.wrap(values), shape);
      }
      default -> throw new AssertionError(port.type());
    };
  }
}
