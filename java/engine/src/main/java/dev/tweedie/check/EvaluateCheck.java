package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every output of the posterior, for every kind of prior. */
final class EvaluateCheck implements OpCheck {
  /** No output of a case is this number. */
  private static final float UNWRITTEN = -0x1.23456p100f;

  @Override
  public Op op() {
    return Op.EVALUATE;
  }

  @Override
  public List<CheckCase> cases() {
    return PosteriorCases.of(op());
  }

  @Override
  public Map<String, double[]> run(CheckCase check, Backend backend) {
    return run(check, backend, Moves.NONE);
  }

  private Map<String, double[]> run(CheckCase check, Backend backend, Moves moves) {
    Prior given = CheckPriors.of(check);
    Prior prior = moves.prior(given);
    Samples x = PosteriorCases.rows(check, given, backend);
    moves.rows(check, given, x);
    int rows = check.rows();
    int dim = check.dim();
    Outputs out =
        Outputs.allocate(
            List.of(Output.values()), rows, dim, check.components(), backend::allocate);
    for (Output output : out.wanted()) {
      fillWithUnwritten(out.get(output).orElseThrow());
    }
    Level level = moves.level(check);
    PreparedPrior prepared = backend.prepare(prior);
    Map<String, double[]> values = new LinkedHashMap<>();
    if (check.input().equals("huge")) { // an output that is beyond float32 is refused, not the rest
      for (Output output : out.wanted()) {
        Samples to = out.get(output).orElseThrow();
        Outputs alone = Outputs.of().with(output, to);
        Runnable work = () -> backend.evaluate(prepared, level, x, alone);
        values.put(output.toString(), OpCheck.results(to, work));
      }
      return values;
    }
    backend.evaluate(prepared, level, x, out);
    for (Output output : out.wanted()) {
      values.put(output.toString(), written(output, out.get(output).orElseThrow(), backend));
    }
    return values;
  }

  private static void fillWithUnwritten(Samples samples) {
    float[] values = new float[Math.toIntExact(samples.rows() * samples.dim())];
    Arrays.fill(values, UNWRITTEN);
    samples.write(values);
  }

  /** An output that a back end forgets must not pass as whatever its memory held. */
  private static double[] written(Output output, Samples samples, Backend backend) {
    double[] values = samples.toDoubles();
    for (double value : values) {
      if (value == UNWRITTEN) {
        throw new IllegalStateException(backend.name() + " leaves " + output + " unwritten");
      }
    }
    return values;
  }

  @Override
  public Expected expect(CheckCase check, Numerics.Bound added, Backend reference, Recall recall) {
    Yardstick yardstick =
        recall.of(
            () -> Yardstick.of(check, reference, this::run), check, reference, Yardstick.class);
    return EvaluateBounds.expect(check, added, yardstick);
  }
}
