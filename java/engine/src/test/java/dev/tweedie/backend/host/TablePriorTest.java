package dev.tweedie.backend.host;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.prior.DataSet;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class TablePriorTest {
  private Arena used;

  private TablePrior prepare(double... points) {
    return PreparedPrior.inArena(
        Arena.ofShared(),
        arena -> {
          used = arena;
          return new TablePrior(null, DataSet.of(points, 1), arena, null, null, _ -> {});
        });
  }

  /** The last of many points is found out when the table of the others is already there. */
  @Test
  void aRefusedPriorLeavesNoNativeMemoryBehind() {
    assertThrows(InvalidInputException.class, () -> prepare(1, 2, 1e200));
    assertFalse(used.scope().isAlive());
  }

  @Test
  void aPriorKeepsItsMemoryUntilItCloses() {
    TablePrior prior = prepare(1, 2, 3);
    assertTrue(used.scope().isAlive());
    prior.close();
    prior.close();
    assertFalse(used.scope().isAlive());
  }
}
