package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchTest {
  @Test
  void aProgramWithoutBenchmarksSaysWhereTheyAre() {
    Run.of("bench").refused("no benchmarks", "launcher");
  }

  @Test
  void whatCouldNotBeMeasuredIsNullInJson() {
    assertEquals("[1.5,null,null]", Json.of(Arrays.asList(1.5, Double.NaN, null)));
    assertEquals("[]", Json.of(List.of()));
  }
}
