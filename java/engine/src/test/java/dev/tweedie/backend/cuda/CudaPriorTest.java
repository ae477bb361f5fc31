package dev.tweedie.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tweedie.Engine;
import dev.tweedie.Matrix;
import dev.tweedie.prior.DataSet;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On a device, or emulated as {@link dev.tweedie.CudaTest}. */
class CudaPriorTest {
  /** Half the products are made of points that are bytes, unless the bound would be another. */
  @ParameterizedTest
  @CsvSource({
    "200, 200, 255, true",
    "200, 200, 255.5, false", // between two bytes lies another number
    "200, 33, 255, false", // few dimensions
    "3, 200, 255, false" // few points
  })
  void bytesAreFoundWhereTheyKeepTheBound(int points, int dim, double steps, boolean bytes) {
    SplittableRandom random = new SplittableRandom(5);
    double[] values = new double[points * dim];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextInt(256) / 255.0);
    }
    values[0] = (float) ((int) steps / 255.0 + (steps - (int) steps) / 255.0);
    try (Engine engine = Matrix.open("cuda:0", 1);
        CudaPrior prior = (CudaPrior) engine.backend().prepare(DataSet.of(values, dim))) {
      assertEquals(bytes, prior.bytes().isPresent());
    }
  }
}
