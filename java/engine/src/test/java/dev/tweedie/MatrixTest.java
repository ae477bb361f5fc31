package dev.tweedie;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.check.CheckCase;
import dev.tweedie.check.Checks;
import dev.tweedie.check.Recall;
import dev.tweedie.threads.Workers;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every op on every backend and tier: bit for bit the same as {@code java:scalar}, and within the
 * stated error of {@code reference}. A tier that is absent here is reported as skipped with its
 * reason; {@code -Dtweedie.require=cpu,cuda} makes that a failure.
 */
@Tag("long")
class MatrixTest {
  private static final int THREADS = 2;
  private static Backend exact;
  private static Backend reference;
  private static final Recall recall = new Recall();

  @BeforeAll
  static void open() {
    exact = Backends.open("java:scalar", 1);
    reference = Backends.open("reference", THREADS);
  }

  @AfterAll
  static void close() {
    exact.close();
    reference.close();
  }

  /**
   * A row for each op: what all tiers are compared with is computed once, and forgotten with the
   * row.
   */
  @TestFactory
  Stream<DynamicNode> matrix() {
    Tier guarded =
        new Tier(Guarded.NAME, Optional::empty, workers -> Guarded.backend(workers.threads()));
    List<Tier> exactTiers = Stream.concat(Backends.tiers().stream(), Stream.of(guarded)).toList();
    return Checks.ops().stream()
        .map(
            op ->
                dynamicContainer(
                    op,
                    Stream.concat(
                        Stream.concat(
                            exactTiers.stream().map(tier -> cell(tier, op, Numerics.EXACT)),
                            // Not the bits of exact mode, but its stated errors.
                            fast()
                                .flatMap(
                                    numerics ->
                                        Backends.tiers(numerics).stream()
                                            .map(tier -> cell(tier, op, numerics)))),
                        Stream.of(dynamicTest(op + " forgotten", recall::clear)))));
  }

  private static Stream<Numerics> fast() {
    return Arrays.stream(Numerics.values()).filter(numerics -> numerics != Numerics.EXACT);
  }

  private static DynamicTest cell(Tier tier, String op, Numerics numerics) {
    return dynamicTest(
        tier.name() + " " + numerics + " " + op,
        () -> {
          if (tier.reason().isPresent()) {
            if (numerics == Numerics.EXACT) {
              Matrix.open(tier.name(), THREADS).close(); // aborts, or fails where it is required
            }
            abort(tier.reason().get());
          }
          try (Backend subject = tier.opener().apply(new Workers(THREADS))) {
            assumeTrue(subject.bound().isStated(), "its errors are not stated for every op");
            boolean bits = numerics == Numerics.EXACT && subject.precision() == Precision.FLOAT32;
            Backend baseline = bits ? exact : subject;
            for (CheckCase check : Checks.cases(op)) {
              Checks.Result result = Checks.run(check, subject, baseline, reference, recall);
              if (!result.passed()) {
                fail(
                    result.failure().get()
                        + "\n  tweedie check --backend "
                        + tier.name()
                        + " --numerics "
                        + numerics
                        + " --case "
                        + check);
              }
            }
          }
        });
  }

  /** A new op that nobody checks must not go unnoticed. */
  @Test
  void everyOpOfTheSeamHasCases() {
    Set<String> twins =
        Stream.of(Backend.class.getSuperclass(), Backend.class)
            .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
            .filter(method -> Modifier.isAbstract(method.getModifiers()))
            .map(Method::getName)
            .filter(name -> name.startsWith("do"))
            .map(name -> Character.toLowerCase(name.charAt(2)) + name.substring(3))
            .filter(name -> !Set.of("allocate", "prepare").contains(name)) // memory, not ops
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(twins, new TreeSet<>(Checks.ops()));
  }

  /** What a failure prints must run that case again. */
  @Test
  void everyCaseReadsBackFromItsLine() {
    for (String op : Checks.ops()) {
      for (CheckCase check : Checks.cases(op)) {
        assertEquals(check, CheckCase.parse(check.toString()));
      }
    }
  }
}
