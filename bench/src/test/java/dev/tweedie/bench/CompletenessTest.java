package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.check.Checks;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;

/** An op that nobody times must not go unnoticed. */
class CompletenessTest {
  @Test
  void everyOpHasABenchmarkOfItsName() {
    Set<String> timed =
        Stream.of(
                NoiseBench.class,
                StepBench.class,
                GemmBench.class,
                ScoreBench.class,
                CurvatureBench.class,
                BlindBench.class)
            .flatMap(family -> Arrays.stream(family.getDeclaredMethods()))
            .filter(method -> method.isAnnotationPresent(Benchmark.class))
            .map(Method::getName)
            .collect(Collectors.toSet());
    Set<String> missing = new TreeSet<>(Checks.ops());
    missing.removeAll(timed);
    assertEquals(Set.of(), missing);
    missing.addAll(Checks.ops());
    missing.removeAll(Families.ops());
    assertEquals(Set.of(), missing, "ops that no family of the command times");
  }

  /** A size that is not understood would only show in the middle of a run. */
  @Test
  void everySizeOfEveryFamilyHasACost() {
    for (Case what : Families.cases(null, List.of("cpu"), List.of(1), false)) {
      assertTrue(what.cost().elements() > 0, () -> what.op() + " " + what.work());
    }
    assertEquals("pixels", ScoreWork.parse("pixels:2x3x4@1/20").kind());
  }
}
