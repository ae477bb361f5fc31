package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.backend.GuardedBackend;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.prior.Builtin;
import dev.tweedie.prior.Prior;
import dev.tweedie.restore.ImplicitPriorSampler;
import dev.tweedie.restore.LinearMeasurement;
import dev.tweedie.restore.Measurements;
import dev.tweedie.reverse.Chain;
import dev.tweedie.reverse.Sampler;
import dev.tweedie.reverse.Samplers;
import dev.tweedie.reverse.kernel.BestIsotropic;
import dev.tweedie.reverse.kernel.FullCovariance;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedules;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Work on memory that the host cannot touch: whoever touches it without a transfer fails here. */
class DeviceMemoryTest {
  private static final Prior GLYPHS = Builtin.parse("glyphs");

  @Test
  void theHostIsRefusedAndTransfersKeepEveryElement() {
    try (Engine device = Guarded.open(1);
        Engine host = Engine.open(Guarded.host(), 1)) {
      Samples samples = device.samples(new float[] {1, 2, 3, 4, 5, 6}, 3);
      var refused = assertThrows(IllegalStateException.class, samples::segment);
      assertTrue(refused.getMessage().contains("lie on a device"), refused.getMessage());
      assertEquals(0, samples.address().byteSize());
      assertEquals(4, samples.get(1, 1));
      samples.set(1, 1, 40);
      Samples last = samples.slice(1, 2);
      assertArrayEquals(new double[] {3, 40, 5, 6}, last.toDoubles());
      double[] row = new double[2];
      last.readRow(1, row);
      assertArrayEquals(new double[] {5, 6}, row);

      Samples here = host.samples(2, 2);
      here.copyFrom(last);
      assertArrayEquals(new float[] {3, 40, 5, 6}, here.toFloats());
      here.set(0, 0, Double.NaN);
      last.copyFrom(here);
      assertEquals(0, last.firstNonFiniteRow());
      Samples other = device.samples(2, 2);
      other.copyFrom(last);
      assertEquals(40, other.get(0, 1));
      assertTrue(samples.overlaps(last));
      assertFalse(other.overlaps(last));
      other.clear();
      assertArrayEquals(new double[4], other.toDoubles());
    }
  }

  @Test
  void memoryOfTheHostIsCopiedNotWrapped() {
    try (Engine device = Guarded.open(1);
        Arena arena = Arena.ofConfined()) {
      var memory = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4);
      var refused = assertThrows(InvalidInputException.class, () -> device.wrap(memory, 2, 2));
      assertTrue(refused.getMessage().contains("a copy on the device"), refused.getMessage());
      assertArrayEquals(new float[] {1, 2, 3, 4}, device.reading(memory, 2, 2).toFloats());
      assertThrows(InvalidInputException.class, () -> device.reading(memory, 3, 2));
    }
  }

  static Stream<Sampler> samplers() {
    List<Sampler> samplers = new ArrayList<>();
    for (String name : Samplers.forms()) {
      samplers.add(
          Samplers.parse(name.replaceFirst("\\[:ETA\\]", ":0.5").replaceFirst("\\[.*", "")));
    }
    samplers.add(new BestIsotropic(1, 1, 1, 1, 1));
    return samplers.stream();
  }

  /** Batches of two sizes, each often enough that a recording is made, used and thrown away. */
  @ParameterizedTest
  @MethodSource("samplers")
  void aChainStaysOnTheDeviceAndRepeatedBatchesAreReplayed(Sampler sampler) {
    try (Engine device = Guarded.open(1);
        Engine host = Engine.open(Guarded.host(), 1)) {
      Chain there = chain(device);
      Chain here = chain(host);
      GuardedBackend backend = (GuardedBackend) device.backend();
      int[] sizes = {5, 5, 5, 2, 2, 5};
      long row = 0;
      for (int size : sizes) {
        int before = backend.transfers();
        Samples found = there.sample(sampler, row, size);
        assertEquals(before, backend.transfers(), "transfers within a batch");
        assertArrayEquals(here.sample(sampler, row, size).toFloats(), found.toFloats());
        row += size;
      }
      assertEquals(3, backend.replays());
    }
  }

  /** What a recording starts from is the caller's, another one in each batch. */
  @ParameterizedTest
  @ValueSource(strings = {"truncated", "mixture", "dpmpp-2m"})
  void aReplayedChainStartsFromTheRowsOfItsBatch(String sampler) {
    try (Engine device = Guarded.open(1);
        Engine host = Engine.open(Guarded.host(), 1)) {
      Chain there = chain(device);
      Chain here = chain(host);
      for (int batch = 0; batch < 4; batch++) {
        float[] rows = new float[3 * GLYPHS.dim()];
        for (int i = 0; i < rows.length; i++) {
          rows[i] = (i * 31 + batch * 7) % 13 / 13f;
        }
        Samples start = device.samples(rows, 3);
        Samples expected =
            here.denoise(
                Samplers.parse(sampler), host.samples(rows, 3), Level.ofSigma(.5), batch * 3L);
        Samples found =
            there.denoise(Samplers.parse(sampler), start, Level.ofSigma(.5), batch * 3L);
        assertArrayEquals(expected.toFloats(), found.toFloats());
        assertArrayEquals(rows, start.toFloats());
      }
      assertEquals(3, ((GuardedBackend) device.backend()).replays());
    }
  }

  private static Chain chain(Engine engine) {
    ExactPosterior posterior = ExactPosterior.of(engine, GLYPHS);
    return new Chain(posterior, Schedules.vpCosine(100).respace(5), 7, 5).startMean(GLYPHS.mean());
  }

  /** A sampler that computes on the host is never recorded. */
  @Test
  void aSamplerOfTheHostComputesTheSame() {
    Prior prior = Builtin.parse("bimodal");
    try (Engine device = Guarded.open(1);
        Engine host = Engine.open(Guarded.host(), 1)) {
      for (int batch = 0; batch < 3; batch++) {
        float[][] found = new float[2][];
        for (Engine engine : new Engine[] {device, host}) {
          Chain chain = new Chain(ExactPosterior.of(engine, prior), Schedules.vpCosine(5), 1, 4);
          found[engine == host ? 1 : 0] = chain.sample(new FullCovariance(), 4, 4).toFloats();
        }
        assertArrayEquals(found[1], found[0]);
      }
      assertEquals(0, ((GuardedBackend) device.backend()).replays());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"inpaint:2:2:4:4", "missing:0.5", "superres:2", "blur:3", "random:0.2"})
  void restorationComputesTheSame(String operator) {
    float[][] found = new float[2][];
    try (Engine device = Guarded.open(1);
        Engine host = Engine.open(Guarded.host(), 1)) {
      for (Engine engine : new Engine[] {device, host}) {
        found[engine == host ? 1 : 0] = restored(engine, operator);
      }
    }
    assertArrayEquals(found[1], found[0]);
  }

  private static float[] restored(Engine engine, String operator) {
    int side = (int) Math.sqrt(GLYPHS.dim());
    double[] clean = new double[2 * GLYPHS.dim()];
    for (int i = 0; i < clean.length; i++) {
      clean[i] = GLYPHS.mean(i / GLYPHS.dim(), i % GLYPHS.dim());
    }
    LinearMeasurement measurement = Measurements.parse(operator, engine, side, side);
    Samples x = engine.samples(clean, 2);
    Samples observed =
        engine.samples(2, measurement.observedHeight() * measurement.observedWidth());
    measurement.observe(x, observed);
    Samples coefficients = engine.samples(2, measurement.count());
    measurement.coefficients(observed, coefficients);
    var steps = new ImplicitPriorSampler.Steps(.2, .2, 1, .1);
    var sampler =
        new ImplicitPriorSampler(ExactPosterior.of(engine, GLYPHS), steps, GLYPHS.mean(), 5, 2);
    return sampler.restore(measurement, coefficients, 0).toFloats();
  }
}
