package dev.tweedie.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tweedie.InvalidInputException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which input of a network is what. Inputs without a name in the options are taken in the file's
 * order, rows first and then the level, as {@code forward(x, t)} exports them.
 *
 * @param rows (batch, d) or (batch, channels, height, width)
 * @param level told the level; null where there is none
 * @param noise fed latent noise; null where there is none
 * @param output of the rows' shape
 */
record Ports(Port rows, @Nullable Port level, @Nullable Port noise, Port output) {
  static Ports of(OrtSession session, OnnxOptions options) throws OrtException {
    Map<String, Port> inputs = new LinkedHashMap<>();
    for (String name : session.getInputNames()) {
      inputs.put(name, Port.of(Objects.requireNonNull(session.getInputInfo().get(name))));
    }
    String all = names(inputs.values());
    Port noise = take(inputs, options, "noise");
    Port level = take(inputs, options, "level");
    Port rows = take(inputs, options, "input");
    List<Port> left = new ArrayList<>(inputs.values());
    if (rows == null) {
      if (left.isEmpty()) {
        throw new InvalidInputException("inputs: found " + all + ", allowed: one for the rows");
      }
      rows = left.removeFirst();
    }
    String what = options.get("told");
    boolean told = what != null && !what.equals("nothing");
    if (level == null && !left.isEmpty() && (told || "edm".equals(options.get("predicts")))) {
      level = left.removeFirst();
    }
    if (!left.isEmpty()) {
      throw new InvalidInputException(
          "inputs: found "
              + all
              + ", allowed: one; with told=WHAT a second for the level, with noise=NAME a latent"
              + " one");
    }
    if (told && level == null) {
      throw new InvalidInputException(
          "told=%s: found no second input beside %s, allowed: told=nothing"
              .formatted(options.get("told"), rows.text()));
    }
    Ports ports = new Ports(rows, level, noise, output(session, options));
    ports.check();
    return ports;
  }

  private static @Nullable Port take(Map<String, Port> from, OnnxOptions options, String key) {
    String name = options.get(key);
    if (name == null) {
      return null;
    }
    Port port = from.remove(name);
    if (port == null) {
      throw new InvalidInputException(
          key + ": found " + name + ", allowed: " + names(from.values()));
    }
    return port;
  }

  private static Port output(OrtSession session, OnnxOptions options) throws OrtException {
    Map<String, Port> outputs = new LinkedHashMap<>();
    for (String name : session.getOutputNames()) {
      outputs.put(name, Port.of(Objects.requireNonNull(session.getOutputInfo().get(name))));
    }
    Port named = take(outputs, options, "output");
    if (named == null && outputs.size() != 1) {
      throw new InvalidInputException(
          "outputs: found "
              + names(outputs.values())
              + ", allowed: one, or output=NAME to choose one");
    }
    return named == null ? outputs.values().iterator().next() : named;
  }

  private void check() {
    rows.require(OnnxJavaType.FLOAT, OnnxJavaType.FLOAT16);
    output.require(OnnxJavaType.FLOAT, OnnxJavaType.FLOAT16);
    if (rows.shape().length != 2 && rows.shape().length != 4) {
      throw new InvalidInputException(
          rows.text()
              + ": found "
              + rows.shape().length
              + " axes, allowed: (batch, d) or (batch, channels, height, width)");
    }
    for (Port port : new @Nullable Port[] {output, noise, level}) {
      if (port != null && rows.fixedBatch() != port.fixedBatch() && port.fixedBatch() > 1) {
        throw new InvalidInputException(
            port.text() + ": found another batch than that of " + rows.text());
      }
    }
    if (!agree(rows.shape(), output.shape())) {
      throw new InvalidInputException(
          "output: found " + output.text() + ", allowed: the shape of its input, " + rows.text());
    }
    if (noise != null) {
      noise.require(OnnxJavaType.FLOAT, OnnxJavaType.FLOAT16);
      if (noise.shape().length < 2) {
        throw new InvalidInputException(
            "noise: found " + noise.text() + ", allowed: a batch and one axis more, or several");
      }
    }
    if (level != null) {
      level.require(
          OnnxJavaType.FLOAT,
          OnnxJavaType.FLOAT16,
          OnnxJavaType.DOUBLE,
          OnnxJavaType.INT64,
          OnnxJavaType.INT32);
      for (int axis = 1; axis < level.shape().length; axis++) {
        if (level.shape()[axis] > 1) {
          throw new InvalidInputException(
              "level: found " + level.text() + ", allowed: one number a row, or one for all");
        }
      }
    }
  }

  /** Whether two shapes can be the same; an axis of unknown size can be any. */
  static boolean agree(long[] a, long[] b) {
    if (a.length != b.length) {
      return false;
    }
    for (int axis = 0; axis < a.length; axis++) {
      if (a[axis] >= 0 && b[axis] >= 0 && a[axis] != b[axis]) {
        return false;
      }
    }
    return true;
  }

  private static String names(Collection<Port> ports) {
    return String.join(", ", ports.stream().map(Port::text).toList());
  }
}
