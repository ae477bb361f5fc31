package dev.tweedie.onnx;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each model that is no denoiser is refused in one line that names the file and what it found. */
class BadNetworkTest {
  @TempDir private Path folder;
  private Engine engine;

  @BeforeEach
  void open() {
    engine = Engine.open("auto", 2);
  }

  @AfterEach
  void close() throws IOException {
    engine.close();
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(), files.filter(f -> !f.endsWith("model.onnx")).toList());
    }
  }

  private static Graph rows() {
    return new Graph().input("y", Graph.FLOAT, -1, 3);
  }

  private static Graph identity(Graph graph) {
    graph.name("y", "out");
    return graph.output("out", Graph.FLOAT, -1, 3);
  }

  private Path write(byte[] model) throws IOException {
    return Files.write(folder.resolve("model.onnx"), model);
  }

  private void refused(byte[] model, String options, String... words) throws IOException {
    Path file = write(model);
    refused(file, () -> OnnxNetwork.open(engine, file, OnnxOptions.parse(options)), words);
  }

  private static void refused(Path file, Runnable work, String... words) {
    String message = assertThrows(InvalidInputException.class, work::run).getMessage();
    assertTrue(message.startsWith(file + ": "), message);
    assertEquals(1, message.lines().count(), message);
    assertAll(Arrays.stream(words).map(w -> () -> assertTrue(message.contains(w), message)));
    assertTrue(message.length() < 400, message);
  }

  @Test
  void aFileThatIsAbsentOrNoFile() {
    Path absent = folder.resolve("absent.onnx");
    refused(absent, () -> OnnxNetwork.open(engine, absent, OnnxOptions.NONE), "no such file");
    refused(folder, () -> OnnxNetwork.open(engine, folder, OnnxOptions.NONE), "no regular file");
  }

  @Test
  void aFileThatIsNoModel() throws IOException {
    refused("PK hello, this is no model".getBytes(), "", "no ONNX model");
    refused(new byte[0], "", "model");
    refused(new byte[4096], "", "model");
  }

  @Test
  void aModelCutOffAnywhere() throws IOException {
    byte[] whole = KnownAnswer.blind(.3, false).toBytes();
    for (int length = 1; length < whole.length - 8; length += 97) {
      refused(Arrays.copyOf(whole, length), "", "model");
    }
  }

  @Test
  void weightsInAnotherFileThatIsAbsentOrElsewhere() throws IOException {
    Graph graph = rows();
    graph.name(graph.node("Add", "y", graph.external("weights.bin", 3)), "out");
    refused(graph.output("out", Graph.FLOAT, -1, 3).toBytes(), "", "cannot run", "weights.bin");
    Graph outside = rows();
    outside.name(outside.node("Add", "y", outside.external("../../etc/hostname", 3)), "out");
    refused(outside.output("out", Graph.FLOAT, -1, 3).toBytes(), "", "cannot run");
  }

  @Test
  void anOpThatTheRuntimeLacks() throws IOException {
    Graph graph = rows();
    graph.name(graph.node("Denoise", "y"), "out");
    refused(graph.output("out", Graph.FLOAT, -1, 3).toBytes(), "", "cannot run", "Denoise");
  }

  @Test
  void anOpsetThatTheRuntimeLacks() throws IOException {
    refused(identity(rows().opset(999)).toBytes(), "", "cannot run", "999");
  }

  @Test
  void twoInputsWhereOneIsExpected() throws IOException {
    Graph graph = identity(rows().input("t", Graph.FLOAT, -1));
    refused(graph.toBytes(), "", "y (? x 3), t (?)", "told=WHAT");
    refused(graph.toBytes(), "level=t", "found an input for the level", "told=sigma");
    refused(
        identity(rows().input("t", Graph.FLOAT, -1).input("z", Graph.FLOAT, -1, 3)).toBytes(),
        "told=sigma",
        "z (? x 3)",
        "noise=NAME");
  }

  @Test
  void oneInputWhereTwoAreExpected() throws IOException {
    refused(identity(rows()).toBytes(), "told=sigma", "no second input beside y (? x 3)");
  }

  @Test
  void namesThatItHasNot() throws IOException {
    byte[] model = identity(rows()).toBytes();
    refused(model, "input=x", "input: found x, allowed: y (? x 3)");
    refused(model, "output=eps", "output: found eps, allowed: out (? x 3)");
    refused(model, "level=t,told=sigma", "level: found t");
    refused(model, "noise=z", "noise: found z");
  }

  @Test
  void severalOutputs() throws IOException {
    Graph graph = identity(rows());
    graph.name("y", "other");
    byte[] model = graph.output("other", Graph.FLOAT, -1, 3).toBytes();
    refused(model, "", "out (? x 3), other (? x 3)", "output=NAME");
    OnnxNetwork.open(engine, write(model), OnnxOptions.parse("output=other"));
  }

  @Test
  void numbersThatAreNotFloat32() throws IOException {
    for (int type : new int[] {Graph.DOUBLE, Graph.INT64}) {
      Graph graph = new Graph().input("y", type, -1, 3).output("out", type, -1, 3);
      graph.name("y", "out");
      refused(graph.toBytes(), "", "numbers of type", "allowed: float");
    }
  }

  @Test
  void shapesThatAreNoRows() throws IOException {
    Graph three = new Graph().input("y", Graph.FLOAT, -1, 2, 3).output("o", Graph.FLOAT, -1, 2, 3);
    three.name("y", "o");
    refused(three.toBytes(), "", "(? x 2 x 3)", "found 3 axes");
    Graph unlike = rows();
    unlike.name(unlike.node("Concat", one(), "y", "y"), "out");
    refused(
        unlike.output("out", Graph.FLOAT, -1, 6).toBytes(),
        "",
        "output: found out (? x 6), allowed: the shape of its input, y (? x 3)");
    Graph vector = identity(rows().input("t", Graph.FLOAT, -1, 3));
    refused(vector.toBytes(), "told=sigma", "level: found t (? x 3)");
  }

  private static Protobuf[] one() {
    return new Protobuf[] {Graph.attribute("axis", 1L)};
  }

  @Test
  void aSizeThatNobodySaysOrThatIsAnother() throws IOException {
    Graph graph =
        new Graph()
            .input("y", Graph.FLOAT, -1, 1, -1, -1)
            .output("out", Graph.FLOAT, -1, 1, -1, -1);
    graph.name("y", "out");
    Path file = write(graph.toBytes());
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.NONE);
    refused(file, () -> new OnnxBlindDenoiser(network, 0, 0), "found no height", "size=HxW");
    assertEquals(35, new OnnxBlindDenoiser(network, 5, 7).dim());
    OnnxNetwork sized = OnnxNetwork.open(engine, file, OnnxOptions.parse("size=28x20"));
    assertEquals(560, new OnnxBlindDenoiser(sized, 0, 0).dim());
    refused(file, () -> new OnnxBlindDenoiser(sized, 28, 28), "found width 28, allowed: 20");
    Path rows = write(identity(rows()).toBytes());
    OnnxNetwork fixed = OnnxNetwork.open(engine, rows, OnnxOptions.NONE);
    refused(rows, () -> new OnnxBlindDenoiser(fixed, 2, 2), "found dimension 4, allowed: 3");
  }

  /** The graph says that its output has unknown size, and makes more or fewer numbers. */
  @Test
  void anOutputOfAnotherSizeThanItsInputWritesNothingBesideIt() throws IOException {
    Protobuf[] keep = {Graph.attribute("keepdims", 0L)};
    Protobuf[] whole = {Graph.attribute("to", (long) Graph.INT64)};
    Graph larger = rows().output("out", Graph.FLOAT, -1, -1);
    String two = larger.node("Cast", whole, larger.node("ReduceMax", keep, "y"));
    String copies = larger.node("Expand", two, larger.whole(2));
    larger.name(larger.node("Tile", "y", copies), "out");
    Graph smaller = rows().output("out", Graph.FLOAT, -1, -1);
    String one = smaller.node("Cast", whole, smaller.node("ReduceMin", keep, "y"));
    String end = smaller.node("Expand", one, smaller.whole(1));
    smaller.name(smaller.node("Slice", "y", smaller.whole(0), end, smaller.whole(1)), "out");
    for (Graph graph : new Graph[] {larger, smaller}) {
      Path file = write(graph.toBytes());
      OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.NONE);
      Samples memory = engine.samples(new float[5 * 3], 5);
      Samples y = engine.samples(new float[] {1, 2, 2}, 1);
      refused(
          file,
          () -> new OnnxBlindDenoiser(network, 0, 0).denoise(y, memory.slice(2, 1)),
          "the network fails on 1 x (3)",
          "has shape {1,3} but the computed output shape for this run is {");
      assertArrayEquals(new double[6], memory.slice(0, 2).toDoubles());
      assertArrayEquals(new double[6], memory.slice(3, 2).toDoubles());
      OnnxNetwork cut = OnnxNetwork.open(engine, file, OnnxOptions.parse("memory=1"));
      Samples many = engine.samples(new float[5000 * 3], 5000);
      // A batch is what 1 MiB holds of rows of 3 times 256 numbers of 4 bytes.
      refused(file, () -> new OnnxBlindDenoiser(cut, 0, 0).denoise(many), "fails on 341 x (3)");
    }
  }

  @Test
  void numbersThatAreNotFinite() throws IOException {
    Graph graph = rows();
    graph.name(graph.node("Log", "y"), "out");
    Path file = write(graph.output("out", Graph.FLOAT, -1, 3).toBytes());
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.parse("memory=1"));
    Samples y = engine.samples(new float[] {1, 1, 1, 1, -1, 1}, 2);
    refused(
        file,
        () -> new OnnxBlindDenoiser(network, 0, 0).denoise(y),
        "its output: found NaN or infinity in row 1");
    y.set(0, 0, Double.NaN);
    assertEquals(
        "x: found NaN or infinity in row 0, allowed: finite numbers",
        assertThrows(
                InvalidInputException.class, () -> new OnnxBlindDenoiser(network, 0, 0).denoise(y))
            .getMessage());
  }

  @Test
  void aLevelThatABlindNetworkWouldNeed() throws IOException {
    Path file = write(identity(rows()).toBytes());
    OnnxNetwork network = OnnxNetwork.open(engine, file, OnnxOptions.parse("predicts=epsilon"));
    refused(file, () -> new OnnxBlindDenoiser(network, 0, 0), "predicts: found epsilon", "sigma");
    assertFalse(
        assertThrows(
                InvalidInputException.class,
                () ->
                    new OnnxDenoiser(network, 0, 0)
                        .denoise(engine.samples(new float[3], 1), Level.CLEAN))
            .getMessage()
            .isEmpty());
  }

  @Test
  void optionsThatDoNotExist() {
    for (String text :
        new String[] {"colour=3", "told", "told=sigma,told=snr", "memory=0", "size=1x3x4x5"}) {
      String message =
          assertThrows(
                  InvalidInputException.class,
                  () -> {
                    OnnxOptions options = OnnxOptions.parse(text);
                    options.size();
                    options.batch(1);
                  })
              .getMessage();
      assertTrue(message.contains("allowed"), message);
    }
  }

  @Test
  void optionsThatDoNotFitEachOther() throws IOException {
    byte[] model = identity(rows().input("t", Graph.INT64, -1)).toBytes();
    refused(model, "told=time0", "schedule: found none");
    refused(model, "told=snr,schedule=vp-cosine:10", "schedule: found one");
    refused(model, "told=time0,schedule=vp-sine", "schedule: found vp-sine, allowed: vp-linear");
    refused(model, "told=time", "told: found time, allowed: nothing, sigma, log-sigma, snr");
    refused(model, "predicts=edm,process=vp", "process: found vp");
    refused(model, "predicts=edm,sigma-data=0", "sigma-data");
    if (!OnnxRuntime.hasCuda()) {
      refused(model, "provider=cuda,told=snr", "provider: found cuda, allowed here: cpu");
    }
  }

  /** As on a machine without a GPU where the artifact of CUDA is there all the same. */
  @Test
  void whereCudaDoesNotStartAutoTakesTheProcessorAndSaysWhy() throws Exception {
    assumeFalse(OnnxRuntime.hasCuda(), "the artifact of CUDA is here, and may start");
    Path file = write(identity(rows()).toBytes());
    OnnxOptions.Provider auto = OnnxOptions.NONE.provider();
    OnnxNetwork.Provided provided = OnnxNetwork.session(engine, file, auto, true);
    provided.session().close();
    String provider = provided.provider();
    assertTrue(provider.startsWith("cpu; cuda does not start: "), provider);
    assertTrue(provider.endsWith(OnnxRuntime.cudaRefusal().orElseThrow()), provider);
    assertEquals(1, provider.lines().count());
  }

  @Test
  void aNetworkClosesWithItsEngine() throws IOException {
    Path file = write(identity(rows()).toBytes());
    Engine other = Engine.open("auto", 1);
    OnnxBlindDenoiser denoiser =
        new OnnxBlindDenoiser(OnnxNetwork.open(other, file, OnnxOptions.NONE), 0, 0);
    Samples y = other.samples(new float[] {1, 2, 3}, 1);
    denoiser.denoise(y);
    other.close();
    assertThrows(IllegalStateException.class, () -> denoiser.denoise(y));
  }
}
