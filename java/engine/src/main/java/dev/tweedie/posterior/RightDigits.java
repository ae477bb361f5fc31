package dev.tweedie.posterior;

import dev.tweedie.Output;
import dev.tweedie.Samples;
import dev.tweedie.backend.reference.RowErrors;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * How many digits of a posterior's outputs float64 gets right, at the worst of rows: by bounds of
 * rounding, of cancellation in the logits and of the eigenvalues that a covariance's condition
 * takes. Of an output's largest numbers in a row; of evidence in units where it is less than one,
 * of responsibilities in units.
 *
 * @param digits of each output asked for, 0 to 15.95
 * @param rows that were looked at, evenly spread
 * @param condition the largest condition number of a {@code P_k = alpha^2 C_k + sigma^2 I}
 * @param component k, from 0, that has it
 */
public record RightDigits(Map<Output, Double> digits, long rows, double condition, int component) {
  /** More rows than this are looked at in a sample: the plain loops take their time. */
  private static final double MOST_OPERATIONS = 2e9;

  private static final long LEAST_ROWS = 16;
  private static final long CHUNKS = 64;

  public RightDigits {
    digits = Map.copyOf(digits);
  }

  /** Of {@code outputs} of float64 rows. */
  public static RightDigits of(
      ExactPosterior posterior, Samples x, Level level, Set<Output> outputs) {
    long rows = rows(posterior.prior(), x.rows());
    EnumMap<Output, Double> digits = new EnumMap<>(Output.class);
    outputs.forEach(output -> digits.put(output, RowErrors.MOST_DIGITS));
    double[] condition = {0};
    int[] component = {0};
    posterior
        .engine()
        .forEachChunk(
            rows,
            1 + rows / CHUNKS,
            (begin, count) -> {
              RowErrors row = new RowErrors(posterior.prior(), level);
              for (long i = begin; i < begin + count; i++) {
                double[] values = x.slice(i * x.rows() / rows, 1).toDoubles();
                System.arraycopy(values, 0, row.x(), 0, values.length);
                row.evaluate();
                synchronized (digits) {
                  digits.replaceAll((output, least) -> Math.min(least, row.digits(output)));
                  condition[0] = row.condition(); // of level and prior: the same for all rows
                  component[0] = row.conditioned();
                }
              }
            });
    return new RightDigits(digits, rows, condition[0], component[0]);
  }

  private static long rows(Prior prior, long all) {
    double products =
        switch (prior.kind()) {
          case ISOTROPIC, DIAGONAL -> 16;
          case LOW_RANK, FULL -> 8.0 * ((GaussianMixture) prior).spectrum().rank();
        };
    double each = products * prior.components() * prior.dim();
    return Math.min(all, Math.max(LEAST_ROWS, (long) (MOST_OPERATIONS / each)));
  }
}
