package dev.tweedie.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Pruning;
import dev.tweedie.bench.states.ScoreWork;
import dev.tweedie.schedule.Level;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScoreWorkTest {
  @Test
  void aTextNamesASize() {
    assertEquals(
        new ScoreWork("pixels", 2, 3, 4, List.of(Level.of(1, 20)), Pruning.OFF),
        ScoreWork.parse("pixels:2x3x4@1/20@dense"));
    assertEquals(11, ScoreWork.parse("full:2x3x4@snrs").levels().size());
  }

  @ParameterizedTest
  @CsvSource({
    "points, kind:ROWSxDIMxCOMPONENTS",
    "points:2x3, kind:ROWSxDIMxCOMPONENTS",
    "pints:2x3x4, found pints",
    "points:0x3x4, found 0x3x4",
    "points:2x3x4@1, found level 1",
    "points:2x3x4@1/two, found level 1/two",
    "points:2x3x4@1/-1, sigma",
    "mnist:1001x784x9000, found 1001 rows",
    "mnist:10x784x63001, found 10 rows and 63001 points"
  })
  void anotherTextIsRefusedInOneLine(String text, String says) {
    String line =
        assertThrows(InvalidInputException.class, () -> ScoreWork.parse(text)).getMessage();
    assertTrue(line.contains(says), line);
    assertEquals(1, line.lines().count());
  }
}
