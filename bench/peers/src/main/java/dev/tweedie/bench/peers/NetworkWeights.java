package dev.tweedie.bench.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A float32 constant of an ONNX file, field by field (onnx.proto3: model 7 graph, graph 5
 * initializer; tensor 1 dims, 8 name, 9 raw data).
 */
record NetworkWeights(long[] shape, float[] values) {
  private static final int VARINT = 0;
  private static final int BYTES = 2;

  /** Those of a file, by name, in its order. */
  static Map<String, NetworkWeights> read(Path file) throws IOException {
    Map<String, NetworkWeights> weights = new LinkedHashMap<>();
    ByteBuffer model = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    for (ByteBuffer graph : messages(model, 7)) {
      for (ByteBuffer tensor : messages(graph, 5)) {
        ByteBuffer name = messages(tensor, 8).getFirst();
        weights.put(StandardCharsets.UTF_8.decode(name).toString(), tensor(tensor));
      }
    }
    return weights;
  }

  private static NetworkWeights tensor(ByteBuffer tensor) {
    float[] values = new float[messages(tensor, 9).getFirst().remaining() / Float.BYTES];
    messages(tensor, 9).getFirst().asFloatBuffer().get(values);
    List<Long> shape = new ArrayList<>();
    ByteBuffer in = view(tensor);
    while (in.hasRemaining()) {
      long tag = varint(in);
      if (tag == (1 << 3 | VARINT)) {
        shape.add(varint(in));
      } else {
        skip(in, (int) tag & 7);
      }
    }
    return new NetworkWeights(shape.stream().mapToLong(size -> size).toArray(), values);
  }

  private static List<ByteBuffer> messages(ByteBuffer message, int field) {
    List<ByteBuffer> found = new ArrayList<>();
    ByteBuffer in = view(message);
    while (in.hasRemaining()) {
      long tag = varint(in);
      if (tag == ((long) field << 3 | BYTES)) {
        int length = (int) varint(in);
        found.add(in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN));
        in.position(in.position() + length);
      } else {
        skip(in, (int) tag & 7);
      }
    }
    return found;
  }

  private static ByteBuffer view(ByteBuffer message) {
    return message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void skip(ByteBuffer in, int wire) {
    switch (wire) {
      case VARINT -> varint(in);
      case 1 -> in.position(in.position() + 8);
      case BYTES -> {
        int length = (int) varint(in);
        in.position(in.position() + length);
      }
      case 5 -> in.position(in.position() + 4);
      default -> throw new IllegalStateException("wire type " + wire);
    }
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
