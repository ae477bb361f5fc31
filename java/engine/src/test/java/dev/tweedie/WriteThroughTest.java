package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.backend.Op;
import dev.tweedie.blind.BlindChain;
import dev.tweedie.blind.GridEstimator;
import dev.tweedie.blind.LevelPrior;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.Checks;
import dev.tweedie.check.Recall;
import dev.tweedie.check.export.CaseVectors;
import dev.tweedie.check.export.Comparison;
import dev.tweedie.check.export.Contract;
import dev.tweedie.check.export.OpCall;
import dev.tweedie.curvature.ComplexityProfile;
import dev.tweedie.curvature.LineMeasure;
import dev.tweedie.fit.MixtureFit;
import dev.tweedie.io.Image;
import dev.tweedie.io.ImageShape;
import dev.tweedie.io.MixtureFile;
import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npz;
import dev.tweedie.io.Rows;
import dev.tweedie.posterior.ExactPosterior;
import dev.tweedie.posterior.RightDigits;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.DataSetSummary;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.MixtureParameters;
import dev.tweedie.prior.Spectrum;
import dev.tweedie.reverse.kernel.BestIsotropic;
import dev.tweedie.reverse.kernel.ReverseMixture;
import dev.tweedie.reverse.kernel.TruncationBias;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nobody changes what is called immutable: neither by what was passed in nor by what came out. */
class WriteThroughTest {
  private static final double FOREIGN = 17;
  private static final Path STORED = Path.of("src/test/resources/dev/tweedie/io/stored.npz");

  private static double[] ones(int length) {
    double[] values = new double[length];
    Arrays.fill(values, 1);
    return values;
  }

  /** At least one of every class whose methods {@link #accessors} finds. */
  static Stream<Object> immutable() throws IOException {
    double[] basis = {1, 0, 0, 1};
    List<Object> all = new ArrayList<>();
    for (Covariance covariance :
        List.of(
            new Covariance.Isotropic(ones(1)),
            new Covariance.Diagonal(ones(2)),
            new Covariance.LowRank(ones(2), 1, ones(1)),
            new Covariance.Full(basis.clone()))) {
      var mixture = new GaussianMixture(ones(1), ones(2), 2, covariance);
      all.addAll(List.of(covariance, mixture, mixture.covariance()));
      if (covariance instanceof Covariance.LowRank || covariance instanceof Covariance.Full) {
        all.add(mixture.spectrum());
      }
    }
    DataSet points = DataSet.of(ones(4), 2);
    Level low = Level.ofSigma(1);
    Level high = Level.ofSigma(2);
    MixtureParameters parameters =
        new MixtureParameters(ones(1), ones(2), 2, new Covariance.Isotropic(ones(1)));
    NdArray array = NdArray.of(ones(2), 2);
    Map<String, NdArray> arrays = new HashMap<>(Map.of("x", array));
    CheckCase check = Checks.cases("step").getFirst();
    Contract contract = Contract.of(Op.parse("step"));
    LineMeasure line = LineMeasure.uniform(0, 1);
    try (Engine engine = Engine.open("java", 1)) {
      all.add(new GridEstimator(ExactPosterior.of(engine, points), 1, 2, 3));
      all.add(CaseVectors.of(check, engine.backend(), engine.backend()));
      all.add(CaseVectors.of(check, engine.backend(), engine.backend()).calls().getFirst());
      all.add(Checks.expected(check, Numerics.Bound.NONE, engine.backend(), new Recall()));
      all.add(new BlindChain.Result(engine.samples(1, 1), engine.samples(1, 1), ones(1), 1, 1));
      all.add(Outputs.of().mean(engine.samples(1, 1)));
    }
    all.add(Op.Family.values()[0]);
    all.add(new RightDigits(new HashMap<>(Map.of(Output.MEAN, 3.)), 1, 1, 0));
    all.addAll(
        List.of(
            new Spectrum(2, ones(2), basis.clone()),
            points.withWeights(ones(2)),
            new DataSetSummary(2, ones(2), DataSetSummary.squares(points, ones(2))),
            parameters,
            new MixtureFit(parameters, ones(1), true, 0, new ArrayList<>(List.of("a warning"))),
            new MixtureFile(parameters),
            LevelPrior.powerLaw(1, .1, 1, 4),
            new Image(ImageShape.grey(1, 2), ones(2)),
            array,
            new Rows(MemorySegment.ofArray(ones(2)), Precision.FLOAT64, 1, 2),
            Npz.open(STORED, Arena.ofAuto()),
            new TruncationBias(ones(1), ones(1), ones(1)),
            new BestIsotropic(ones(1)),
            new ReverseMixture(points, high, low),
            line.smoothed(1),
            ComplexityProfile.of(line, List.of(low, high)),
            Schedule.ofLevels(low, high),
            Comparison.of(new float[] {1, 1}, array, array, array),
            contract,
            new OpCall(arrays, arrays, arrays)));
    return all.stream();
  }

  /**
   * What hands out something of its own that is meant to be written, or that nobody else has: class
   * and method, each with its reason.
   */
  private static final Map<String, String> MEANT =
      Map.ofEntries(
          Map.entry("Samples.segment", "the elements in place, to be read and written"),
          Map.entry("Samples.toDoubles", "a copy, as Samples says"),
          Map.entry("Samples.toFloats", "a copy, as Samples says"),
          Map.entry("Samples.elements", "the same where there is one"),
          Map.entry("Samples.address", "for back ends"),
          Map.entry("SampleOwner$Piece.memory", "for back ends"),
          Map.entry("backend.PartialState.top", "a state, which its maker goes on with"),
          Map.entry("backend.PartialState.sum", "a state, which its maker goes on with"),
          Map.entry("backend.PartialState.acc", "a state, which its maker goes on with"),
          Map.entry("backend.PartialState.chosen", "a state, which its maker goes on with"));

  /** Every method of the API without arguments that gives what could be written. */
  static List<Method> accessors() throws Exception {
    Path classes =
        Path.of(Engine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    String descriptor = Files.readString(Path.of("src/main/java/module-info.java"));
    List<Method> found = new ArrayList<>();
    for (var line :
        Pattern.compile("exports (dev[a-z.]+);").matcher(descriptor).results().toList()) {
      String folder = line.group(1).replace('.', '/');
      try (Stream<Path> files = Files.list(classes.resolve(folder))) {
        for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
          String name = file.getFileName().toString().replace(".class", "");
          if (!name.equals("package-info")) {
            addAccessors(Class.forName(line.group(1) + "." + name), found);
          }
        }
      }
    }
    assertTrue(found.size() > 40, () -> "only " + found);
    return found;
  }

  private static void addAccessors(Class<?> type, List<Method> to) {
    for (Class<?> each = type; each != null; each = each.getEnclosingClass()) {
      if (!Modifier.isPublic(each.getModifiers())) {
        return;
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers())
          && !Modifier.isStatic(method.getModifiers())
          && !method.isSynthetic()
          && method.getParameterCount() == 0
          && canBeWritten(method.getReturnType())) {
        to.add(method);
      }
    }
  }

  private static boolean canBeWritten(Class<?> type) {
    return type.isArray()
        || Collection.class.isAssignableFrom(type)
        || Map.class.isAssignableFrom(type)
        || Buffer.class.isAssignableFrom(type)
        || type == MemorySegment.class;
  }

  /** A new record or method of the API cannot be forgotten here. */
  @Test
  void everyAccessorOfTheApiIsTried() throws Exception {
    List<Object> tried = immutable().toList();
    List<String> missing = new ArrayList<>();
    for (Method method : accessors()) {
      Class<?> type = method.getDeclaringClass();
      String name = type.getName().substring("dev.tweedie.".length()) + "." + method.getName();
      if (!MEANT.containsKey(name) && tried.stream().noneMatch(type::isInstance)) {
        missing.add(name);
      }
    }
    assertEquals(List.of(), missing, "neither in immutable() nor, with a reason, in MEANT");
  }

  @ParameterizedTest
  @MethodSource("immutable")
  void nothingThatComesOutIsLive(Object object) throws Exception {
    for (Method method : accessors()) {
      if (!method.getDeclaringClass().isInstance(object)) {
        continue;
      }
      switch (method.invoke(object)) {
        case null -> {} // read into memory, where it could be in place
        case Collection<?> list -> requireKept(list, list::clear, () -> method.invoke(object));
        case Map<?, ?> map -> requireKept(map, map::clear, () -> method.invoke(object));
        case MemorySegment memory -> assertTrue(memory.isReadOnly(), method.toString());
        case Buffer buffer -> assertTrue(buffer.isReadOnly(), method.toString());
        case Object array -> requireCopy(array, () -> method.invoke(object), method);
      }
    }
  }

  /** Clearing fails, or clears a copy. */
  private static void requireKept(Object all, Runnable clear, Callable<Object> again)
      throws Exception {
    String before = all.toString();
    try {
      clear.run();
    } catch (UnsupportedOperationException e) {
      return;
    }
    assertEquals(before, again.call().toString());
  }

  private static void requireCopy(Object array, Callable<Object> again, Method method)
      throws Exception {
    int length = Array.getLength(array);
    List<Object> before = IntStream.range(0, length).mapToObj(i -> Array.get(array, i)).toList();
    for (int i = 0; i < length; i++) {
      if (array.getClass().componentType() == long.class) {
        Array.setLong(array, i, 17);
      } else if (array.getClass().componentType() == float.class) {
        Array.setFloat(array, i, (float) FOREIGN);
      } else {
        Array.setDouble(array, i, FOREIGN);
      }
    }
    Object now = again.call();
    assertEquals(
        before,
        IntStream.range(0, length).mapToObj(i -> Array.get(now, i)).toList(),
        method.toString());
  }

  /** By the constructor of every record with arrays. */
  @ParameterizedTest
  @MethodSource("immutable")
  void noRecordKeepsAnArrayThatWentIn(Object object) throws Exception {
    if (!object.getClass().isRecord()) {
      return;
    }
    RecordComponent[] components = object.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = components[i].getAccessor().invoke(object);
    }
    Class<?>[] types = Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Object made = object.getClass().getDeclaredConstructor(types).newInstance(values);
    for (int i = 0; i < values.length; i++) {
      Method accessor = components[i].getAccessor();
      if (types[i].isArray()) {
        requireCopy(values[i], () -> accessor.invoke(object), accessor);
        Object kept = accessor.invoke(made);
        for (int e = 0; e < Array.getLength(kept); e++) {
          assertEquals(
              Array.get(accessor.invoke(object), e), Array.get(kept, e), accessor.toString());
        }
      }
    }
  }

  @Test
  void nothingThatWentInIsLive() {
    double[] one = {1};
    double[] two = {1, 2};
    double[] four = {2, 1, 1, 2};
    var isotropic = new Covariance.Isotropic(one);
    var diagonal = new Covariance.Diagonal(two);
    var lowRank = new Covariance.LowRank(two, 1, one);
    var full = new Covariance.Full(four);
    var mixture = new GaussianMixture(one, two, 2, full);
    var spectrum = new Spectrum(2, two, four);
    DataSet points = DataSet.of(four, 2);
    double[] weights = {1, 3};
    DataSet weighted = points.withWeights(weights);
    for (double[] array : List.of(one, two, four, weights)) {
      Arrays.fill(array, FOREIGN);
    }
    assertArrayEquals(new double[] {1}, isotropic.variances());
    assertArrayEquals(new double[] {1, 2}, diagonal.variances());
    assertArrayEquals(new double[] {1, 2}, lowRank.factors());
    assertArrayEquals(new double[] {1}, lowRank.floor());
    assertArrayEquals(new double[] {2, 1, 1, 2}, full.matrices());
    assertArrayEquals(new double[] {1, 2}, mixture.mean());
    assertArrayEquals(new double[] {1, 2}, spectrum.values());
    assertArrayEquals(new double[] {2, 1, 1, 2}, spectrum.basis());
    assertEquals(2, points.mean(0, 0));
    assertEquals(.25, weighted.weight(0));
  }

  @Test
  void levelsOfAScheduleAndPointsInPlaceAreViews() {
    Level[] levels = {Level.ofSigma(1), Level.ofSigma(2)};
    Schedule schedule = Schedule.ofLevels(levels);
    levels[0] = Level.ofSigma(FOREIGN);
    assertEquals(1, schedule.level(0).sigma());
    assertThrows(UnsupportedOperationException.class, () -> schedule.levels().clear());
    var seen = DataSet.of(new float[] {1, 2}, 1).inPlace().readInPlace().orElseThrow();
    assertThrows(RuntimeException.class, () -> seen.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 3));
  }
}
