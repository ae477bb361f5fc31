package dev.tweedie.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a network takes of its machine: no file but its own, the engine's threads, its memory. */
class NetworkResourcesTest {
  private static final Path TASKS = Path.of("/proc/self/task");

  @TempDir private Path root;
  private Path folder;
  private Path outside;
  private Engine engine;

  @BeforeEach
  void open() throws IOException {
    engine = Engine.open("auto", 2);
    folder = Files.createDirectory(root.resolve("models"));
    outside = Files.write(root.resolve("outside.bin"), weights());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static byte[] weights() {
    return ByteBuffer.allocate(12)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(1)
        .putFloat(2)
        .putFloat(3)
        .array();
  }

  private static Graph plus(String weights, Graph graph) {
    graph.name(graph.node("Add", "y", weights), "out");
    return graph;
  }

  private static Graph rows(int dim) {
    return new Graph().input("y", Graph.FLOAT, -1, dim).output("out", Graph.FLOAT, -1, dim);
  }

  /** Each file with its bytes and date, and what lies in the working directory. */
  private Map<String, String> files() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root);
        Stream<Path> here = Files.list(Path.of(""))) {
      here.forEach(file -> found.put("./" + file, ""));
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String date = Files.getLastModifiedTime(file).toString();
        found.put(file.toString(), date + new String(Files.readAllBytes(file), "ISO-8859-1"));
      }
    }
    return found;
  }

  private OnnxNetwork network(Engine on, Path file, String options) {
    return OnnxNetwork.open(on, file, OnnxOptions.parse(options));
  }

  private double[] ofZeros(OnnxNetwork network) {
    return new OnnxBlindDenoiser(network, 0, 0)
        .denoise(engine.samples(new float[3], 1))
        .toDoubles();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside.bin", "below/../../outside.bin", "ABSOLUTE"})
  void weightsOutsideItsFolderAreRefused(String place) throws IOException {
    String location = place.equals("ABSOLUTE") ? outside.toString() : place;
    Graph graph = rows(3);
    Path file = plus(graph.external(location, 3), graph).write(folder.resolve("model.onnx"));
    Map<String, String> before = files();
    String message =
        assertThrows(InvalidInputException.class, () -> network(engine, file, "")).getMessage();
    assertTrue(message.startsWith(file + ": a model that ONNX Runtime cannot run; "), message);
    assertEquals(1, message.lines().count(), message);
    assertEquals(before, files());
  }

  @Test
  void weightsInItsFolderAreReadAndStayAsTheyAre() throws IOException {
    Files.copy(outside, folder.resolve("weights.bin"));
    Graph graph = rows(3);
    Path file = plus(graph.external("weights.bin", 3), graph).write(folder.resolve("model.onnx"));
    Map<String, String> before = files();
    assertArrayEquals(new double[] {1, 2, 3}, ofZeros(network(engine, file, "")));
    engine.close();
    assertEquals(before, files());
  }

  /** The runtime can write profiles and optimised models; a model cannot make it do so. */
  @Test
  void pathsInItsNamesAndSettingsInItsMetadataWriteNothing() throws IOException {
    String out = root.resolve("out").toString();
    Graph graph =
        new Graph()
            .input("../y", Graph.FLOAT, -1, 3)
            .output(out, Graph.FLOAT, -1, 3)
            .metadata(
                "ort_config",
                "{\"session_options\": {\"enable_profiling\": 1, \"optimized_model_filepath\": \""
                    + out
                    + "\"}}");
    graph.name(graph.node("Add", "../y", graph.constant(1)), out);
    Path file = graph.write(folder.resolve("model.onnx"));
    Map<String, String> before = files();
    assertArrayEquals(new double[] {1, 1, 1}, ofZeros(network(engine, file, "")));
    engine.close();
    assertEquals(before, files());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void itsThreadsAreAsManyAsTheEnginesAndEndWithIt(int threads) throws Exception {
    assumeTrue(Files.isDirectory(TASKS), "only Linux lists native threads as files");
    Graph graph = rows(3);
    Path file = plus(graph.constant(1), graph).write(folder.resolve("model.onnx"));
    Engine other = Engine.open("auto", threads);
    // A native thread bears the name of the thread that started it.
    String name = "opens-network";
    try (ExecutorService opener = Executors.newSingleThreadExecutor(r -> new Thread(r, name))) {
      OnnxNetwork network = opener.submit(() -> network(other, file, "provider=cpu")).get();
      assertEquals(threads, threadsOf(name)); // the caller of a run is one of them
      other.close();
      assertEquals(1, threadsOf(name));
      assertThrows(IllegalStateException.class, () -> network.session().getInputInfo());
    }
  }

  private static int threadsOf(String name) throws IOException {
    int count = 0;
    try (Stream<Path> tasks = Files.list(TASKS)) {
      for (Path task : tasks.toList()) {
        try {
          count += Files.readString(task.resolve("comm")).strip().equals(name) ? 1 : 0;
        } catch (IOException ended) {
          // It is none that still runs.
        }
      }
    }
    return count;
  }

  @Test
  void rowsAreItsTensorsAsTheyLie() throws IOException {
    int rows = 4096;
    int dim = 64;
    Graph graph = rows(dim);
    Path file = plus(graph.constant(1), graph).write(folder.resolve("model.onnx"));
    OnnxBlindDenoiser denoiser = new OnnxBlindDenoiser(network(engine, file, ""), 0, 0);
    Samples y = engine.samples(rows, dim);
    y.clear();
    Samples out = engine.samples(rows, dim);
    for (int i = 0; i < 5; i++) {
      denoiser.denoise(y, out); // loads classes, links calls
    }
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long heap = thread.getCurrentThreadAllocatedBytes();
    long direct = directBuffers();
    denoiser.denoise(y, out);
    heap = thread.getCurrentThreadAllocatedBytes() - heap;
    assertEquals(direct, directBuffers());
    // Handles and names, whatever the batch: a copy of the rows would be 1 MiB.
    assertTrue(heap < 1 << 19, heap + " bytes");
    assertEquals(1, out.get(rows - 1, dim - 1));
  }

  private static long directBuffers() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }
}
