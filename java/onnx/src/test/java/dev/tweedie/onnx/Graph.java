package dev.tweedie.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An ONNX model written by hand: nodes in order, constants, inputs and outputs (onnx.proto3, field
 * numbers beside each). Sizes of -1 are dynamic.
 */
public final class Graph {
  public static final int FLOAT = 1;
  static final int INT32 = 6;
  static final int INT64 = 7;
  static final int FLOAT16 = 10;
  static final int DOUBLE = 11;

  private final Protobuf graph = new Protobuf().text(2, "known-answer");
  private final List<Protobuf> metadata = new ArrayList<>();
  private int opset = 17;
  private int made;

  Graph opset(int version) {
    opset = version;
    return this;
  }

  Graph metadata(String key, String value) {
    metadata.add(new Protobuf().text(1, key).text(2, value));
    return this;
  }

  public Graph input(String name, int type, long... shape) {
    graph.message(11, valueInfo(name, type, shape));
    return this;
  }

  public Graph output(String name, int type, long... shape) {
    graph.message(12, valueInfo(name, type, shape));
    return this;
  }

  /** A node of one output, whose name is returned. */
  public String node(String op, String... inputs) {
    return node(op, new Protobuf[0], inputs);
  }

  String node(String op, Protobuf[] attributes, String... inputs) {
    String output = "n" + made++;
    named(op, attributes, output, inputs);
    return output;
  }

  /** A node whose output has a name of the caller. */
  void named(String op, Protobuf[] attributes, String output, String... inputs) {
    Protobuf node = new Protobuf();
    for (String input : inputs) {
      node.text(1, input);
    }
    node.text(2, output).text(4, op);
    for (Protobuf attribute : attributes) {
      node.message(5, attribute);
    }
    graph.message(1, node);
  }

  /** Gives a value a name of the caller. */
  public void name(String value, String name) {
    named("Identity", new Protobuf[0], name, value);
  }

  static Protobuf attribute(String name, long value) {
    return new Protobuf().text(1, name).number(3, value).number(20, 2);
  }

  static Protobuf attribute(String name, long... values) {
    Protobuf attribute = new Protobuf().text(1, name).number(20, 7);
    for (long value : values) {
      attribute.number(8, value);
    }
    return attribute;
  }

  String constant(double[] values, long... shape) {
    ByteBuffer raw = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      raw.putFloat((float) value);
    }
    return tensor(FLOAT, raw.array(), shape);
  }

  String constant(double value) {
    return constant(new double[] {value});
  }

  /** int64 numbers. */
  String whole(long... values) {
    ByteBuffer raw = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      raw.putLong(value);
    }
    return tensor(INT64, raw.array(), values.length);
  }

  private String tensor(int type, byte[] raw, long... shape) {
    String name = "c" + made++;
    graph.message(5, dims(shape).number(2, type).text(8, name).bytes(9, raw));
    return name;
  }

  /** A constant whose numbers are in another file. */
  String external(String location, long... shape) {
    String name = "c" + made++;
    Protobuf entry = new Protobuf().text(1, "location").text(2, location);
    graph.message(5, dims(shape).number(2, FLOAT).text(8, name).message(13, entry).number(14, 1));
    return name;
  }

  private static Protobuf dims(long[] shape) {
    Protobuf tensor = new Protobuf();
    for (long size : shape) {
      tensor.number(1, size);
    }
    return tensor;
  }

  private static Protobuf valueInfo(String name, int type, long[] shape) {
    Protobuf axes = new Protobuf();
    for (int i = 0; i < shape.length; i++) {
      Protobuf axis = new Protobuf();
      axes.message(1, shape[i] < 0 ? axis.text(2, "d" + i) : axis.number(1, shape[i]));
    }
    Protobuf tensor = new Protobuf().number(1, type).message(2, axes);
    return new Protobuf().text(1, name).message(2, new Protobuf().message(1, tensor));
  }

  public byte[] toBytes() {
    Protobuf model = new Protobuf().number(1, 8).text(2, "tweedie-tests").message(7, graph);
    model.message(8, new Protobuf().text(1, "").number(2, opset));
    metadata.forEach(entry -> model.message(14, entry));
    return model.toBytes();
  }

  Path write(Path file) throws IOException {
    return Files.write(file, toBytes());
  }
}
