package dev.tweedie.prior;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.InvalidInputException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RandomMixtureTest {
  @Test
  void hasMeanZeroUnitPowerAndOneLongAxisEach() {
    GaussianMixture mixture = (GaussianMixture) Builtin.parse("random-mixture");
    assertEquals(64, mixture.dim());
    assertEquals(128, mixture.components());
    for (double mean : mixture.mean()) {
      assertEquals(0, mean, 1e-15);
    }
    double power = 0;
    for (int k = 0; k < 128; k++) {
      double[] values = Arrays.copyOfRange(mixture.spectrum().values(), 64 * k, 64 * (k + 1));
      Arrays.sort(values);
      // The scale is 1 / 1.5 within a few percent: (64 + 63 / 2) / 64 and the means' 1 / 64.
      assertTrue(values[63] > 0.95 * 64 / 1.55 && values[63] < 1.05 * 64 / 1.45);
      assertTrue(values[0] > 0 && values[62] < 1 / 1.45);
      power += mixture.weight(k) * Arrays.stream(values).sum();
      for (int j = 0; j < 64; j++) {
        power += mixture.weight(k) * mixture.mean(k, j) * mixture.mean(k, j);
      }
    }
    assertEquals(64, power, 1e-10);
  }

  @Test
  void theSeedDecides() {
    GaussianMixture first = Builtin.randomMixture(3, 5, 7);
    double[] values = first.spectrum().values();
    assertArrayEquals(values, Builtin.randomMixture(3, 5, 7).spectrum().values());
    assertTrue(values[0] != Builtin.randomMixture(3, 5, 8).spectrum().values()[0]);
  }

  @Test
  void oneDimensionAndOneComponentWork() {
    assertEquals(1, Builtin.randomMixture(1, 1, 0).spectrum().values()[0], 1e-15);
    assertThrows(InvalidInputException.class, () -> Builtin.randomMixture(0, 1, 0));
    assertThrows(InvalidInputException.class, () -> Builtin.randomMixture(1, 0, 0));
  }
}
