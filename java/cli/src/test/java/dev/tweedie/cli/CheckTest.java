package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tweedie.backend.Backends;
import dev.tweedie.backend.Tier;
import dev.tweedie.check.Checks;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckTest {
  private List<String> tiers;

  @BeforeEach
  void findTiers() {
    tiers =
        Backends.tiers().stream()
            .filter(tier -> tier.reason().isEmpty() && !tier.name().equals("reference"))
            .map(Tier::name)
            .toList();
    assumeTrue(!tiers.isEmpty(), "no backend but reference can run here");
  }

  @Test
  void anOpIsCheckedOnEveryTierWithALineForEachCase() {
    String out = Run.of("check", "--op", "residual").good().out();
    for (String tier : tiers) {
      long lines =
          out.lines().filter(line -> line.matches("ok +" + tier + " +residual:.*")).count();
      assertEquals(Checks.cases("residual").size(), lines, tier + "\n" + out);
    }
    assertTrue(out.endsWith("all pass\n"), out);
  }

  @Test
  void aPrintedCaseRunsAgainAlone() {
    String check = Checks.cases("evaluate").getFirst().toString();
    String tier = tiers.getLast();
    String out = Run.of("check", "--backend", tier, "--case", check).good().out();
    assertEquals(2, out.lines().count(), out);
    assertTrue(out.contains(tier + " ") && out.contains(check), out);
  }

  @Test
  void theHelpNamesEveryOp() {
    String help = Run.of("check", "--help").good().out();
    for (String op : Checks.ops()) {
      assertTrue(help.contains(op), op + "\n" + help);
    }
  }

  @Test
  void unknownOpsAndReferenceItselfAreRefused() {
    Run.of("check", "--op", "sort").refused("'sort'", "evaluate");
    Run.of("check", "--backend", "reference").refused("reference", "allowed");
    Run.of("check", "--backend", "gpu").refused("'gpu'", "reference");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evaluate",
        "sort:kind=full,B=1,d=1,K=1,a=1,s=1,in=plain",
        "evaluate:kind=square,B=1,d=1,K=1,a=1,s=1,in=plain",
        "evaluate:kind=full,B=-1,d=1,K=1,a=1,s=1,in=plain",
        "evaluate:kind=full,B=1,d=0,K=1,a=1,s=1,in=plain",
        "evaluate:kind=full,B=1,d=1,K=0,a=1,s=1,in=plain",
        "evaluate:kind=full,B=1,d=1,K=1,a=0,s=1,in=plain",
        "evaluate:kind=full,B=1,d=1,K=1,a=1,s=1,in=nowhere",
        "evaluate:kind=full,B=one,d=1,K=1,a=1,s=1,in=plain",
        "apply:kind=TAN,B=1,d=1,K=0,a=1,s=1,in=plain",
        "step:kind=q,B=1,d=1,K=0,a=1,s=1,in=plain",
        "gemm:kind=plain,B=1,d=1,K=-1,a=1,s=1,in=plain"
      })
  void aCaseThatIsNoneIsRefused(String line) {
    Run.of("check", "--case", line).refused("allowed");
  }
}
