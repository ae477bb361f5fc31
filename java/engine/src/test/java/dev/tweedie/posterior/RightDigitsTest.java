package dev.tweedie.posterior;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.Engine;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.reference.RowErrors;
import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What {@code reference} says of its own digits, against numbers of 60 ({@code float64.py}): no
 * more digits than are right, and not many fewer.
 */
class RightDigitsTest {
  /** In the order of the file. */
  private static final List<Output> OUTPUTS =
      List.of(
          Output.EVIDENCE,
          Output.MEAN,
          Output.SCORE,
          Output.TRACE,
          Output.DIAGONAL,
          Output.HESSIAN_DIAGONAL,
          Output.RESPONSIBILITIES);

  /** Digits that bounds may leave out in 19 of 20: roundings cancel, and bounds do not. */
  private static final double LEFT_OUT = 2.5;

  private record Case(String text, Prior prior, Level level, double[] row, String[] values) {
    static Case parse(String line) {
      String[] groups = line.split("; ?", -1);
      String[] head = groups[0].split(" ");
      int dim = Integer.parseInt(head[1]);
      int rank = Integer.parseInt(head[3]);
      double[] weights = numbers(groups[1]);
      double[] means = numbers(groups[2]);
      double[] cov = numbers(groups[3]);
      int factors = weights.length * dim * rank;
      Prior prior =
          head[0].equals("points")
              ? DataSet.of(means, dim).withWeights(weights)
              : new GaussianMixture(
                  weights,
                  means,
                  dim,
                  switch (head[0]) {
                    case "isotropic" -> new Covariance.Isotropic(cov);
                    case "diagonal" -> new Covariance.Diagonal(cov);
                    case "full" -> new Covariance.Full(cov);
                    default ->
                        new Covariance.LowRank(
                            Arrays.copyOf(cov, factors),
                            rank,
                            Arrays.copyOfRange(cov, factors, cov.length));
                  });
      Level level = Level.of(Double.parseDouble(head[4]), Double.parseDouble(head[5]));
      String text = groups[0] + ", row " + groups[4];
      return new Case(text, prior, level, numbers(groups[4]), groups[5].split(" "));
    }

    @Override
    public String toString() {
      return text;
    }

    private static double[] numbers(String group) {
      return group.isEmpty()
          ? new double[0]
          : Arrays.stream(group.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }
  }

  private static List<Case> cases() throws IOException {
    try (InputStream in = Engine.class.getResourceAsStream("digits/float64.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().map(Case::parse).toList();
    }
  }

  /** Of the largest numbers, as {@link RightDigits} counts. */
  private static double rightDigits(Output output, double[] found, double[] right) {
    double error = 0;
    double size = 0;
    for (int j = 0; j < found.length; j++) {
      error += (found[j] - right[j]) * (found[j] - right[j]);
      size += right[j] * right[j];
    }
    size = Math.sqrt(size);
    if (output == Output.RESPONSIBILITIES) {
      size = 1;
    } else if (output == Output.EVIDENCE) {
      size = Math.max(1, size);
    }
    return error == 0
        ? RowErrors.MOST_DIGITS
        : Math.min(RowErrors.MOST_DIGITS, -Math.log10(Math.sqrt(error) / size));
  }

  @Test
  void noMoreDigitsAreSaidThanAreRightAndNotManyFewer() throws IOException {
    List<String> wrong = new ArrayList<>();
    List<Double> leftOut = new ArrayList<>();
    try (Engine engine = Engine.open("reference", 2)) {
      for (Case each : cases()) {
        ExactPosterior posterior = ExactPosterior.of(engine, each.prior);
        Samples x = engine.samples(1, each.row.length);
        x.write(each.row);
        Outputs out = posterior.evaluate(x, each.level, Output.EVIDENCE, Output.values());
        Map<Output, Double> said =
            RightDigits.of(posterior, x, each.level, EnumSet.allOf(Output.class)).digits();
        int at = 0;
        for (Output output : OUTPUTS) {
          double[] found = out.get(output).orElseThrow().toDoubles();
          double[] right = new double[found.length];
          for (int j = 0; j < right.length; j++) {
            right[j] = Double.parseDouble(each.values[at++]);
          }
          double digits = Math.max(0, rightDigits(output, found, right));
          if (said.get(output) > digits) {
            wrong.add("%s: %s, said %s, right %s".formatted(each, output, said, digits));
          }
          leftOut.add(digits - said.get(output));
        }
        assertEquals(each.values.length, at, each.toString());
      }
    }
    assertEquals(List.of(), wrong);
    assertEquals(504, leftOut.size());
    leftOut.sort(null);
    assertTrue(leftOut.get(leftOut.size() * 19 / 20) <= LEFT_OUT, leftOut.toString());
  }

  /** One number: 1e-3 of noise at 1e7, where logits are 1e13 and differ by little. */
  @Test
  void whereFloat64HasNoDigitsNoneAreSaid() {
    Prior prior =
        new GaussianMixture(
            new double[] {1, 1},
            new double[] {-.5, 0, .5, 0},
            2,
            new Covariance.Isotropic(new double[] {1, 1}));
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      Samples x = engine.samples(2, 2);
      x.write(new double[] {1, 0, 1, 1e9});
      RightDigits said =
          RightDigits.of(posterior, x, Level.ofSigma(1e-3), EnumSet.of(Output.RESPONSIBILITIES));
      assertEquals(0, said.digits().get(Output.RESPONSIBILITIES)); // .5 where .269 is right
      assertEquals(2, said.rows());
      Samples near = x.slice(0, 1);
      said =
          RightDigits.of(posterior, near, Level.ofSigma(1e-3), EnumSet.of(Output.RESPONSIBILITIES));
      assertTrue(said.digits().get(Output.RESPONSIBILITIES) > 14);
    }
  }

  @Test
  void theConditionIsOfTheWorstComponentAtTheLevel() {
    double[] variances = {1, 1, 4, 1e-4};
    Prior prior =
        new GaussianMixture(
            new double[] {1, 1}, new double[4], 2, new Covariance.Diagonal(variances));
    try (Engine engine = Engine.open("reference", 1)) {
      ExactPosterior posterior = ExactPosterior.of(engine, prior);
      RightDigits said =
          RightDigits.of(
              posterior, engine.samples(1, 2), Level.ofSigma(1e-2), EnumSet.of(Output.MEAN));
      assertEquals((4 + 1e-4) / 2e-4, said.condition(), 1e-9 * said.condition());
      assertEquals(1, said.component());
    }
  }
}
