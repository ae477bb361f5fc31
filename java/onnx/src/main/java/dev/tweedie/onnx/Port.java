package dev.tweedie.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.TensorInfo;
import dev.tweedie.InvalidInputException;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * An input or output of a network.
 *
 * @param shape -1 where it is dynamic; the first axis is the batch
 */
record Port(String name, long[] shape, OnnxJavaType type) {
  private static final int LONGEST = 80;

  static Port of(NodeInfo node) {
    if (!(node.getInfo() instanceof TensorInfo tensor)) {
      throw new InvalidInputException(
          printable(node.getName()) + ": found " + node.getInfo() + ", allowed: a tensor");
    }
    Port port = new Port(node.getName(), tensor.getShape(), tensor.type);
    for (long size : port.shape) {
      if (size == 0 || size > Integer.MAX_VALUE) {
        throw new InvalidInputException(
            port.text() + ": found an axis of " + size + ", allowed: 1 to 2^31 - 1");
      }
    }
    return port;
  }

  /** This, if it has one of these types. */
  Port require(OnnxJavaType... allowed) {
    if (!Arrays.asList(allowed).contains(type)) {
      throw new InvalidInputException(
          "%s: found numbers of type %s, allowed: %s"
              .formatted(
                  printable(name),
                  type.toString().toLowerCase(java.util.Locale.ROOT),
                  Arrays.stream(allowed)
                      .map(t -> t.toString().toLowerCase(java.util.Locale.ROOT))
                      .collect(Collectors.joining(", "))));
    }
    return this;
  }

  /** Whether its numbers are float16. */
  boolean isHalf() {
    return type == OnnxJavaType.FLOAT16;
  }

  /** Rows in one run: 0 where any number will do. */
  int fixedBatch() {
    return shape.length == 0 || shape[0] < 0 ? 0 : (int) shape[0];
  }

  /** The shape as a message shows it, ? for what is dynamic. */
  String text() {
    return printable(name) + " " + text(shape);
  }

  /** What a file says as a message may show it: short, and nothing that moves a terminal. */
  static String printable(String text) {
    String start = text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    return start.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
  }

  static String text(long[] shape) {
    return Arrays.stream(shape)
        .mapToObj(size -> size < 0 ? "?" : Long.toString(size))
        .collect(Collectors.joining(" x ", "(", ")"));
  }
}
