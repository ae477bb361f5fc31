package dev.tweedie.check;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.prior.Prior;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The blind posterior on a grid around the level of a case, for every kind of prior. */
final class BlindCheck implements BoundedCheck {
  /** A tenth of the case's sigma to ten times it: no power of two, no multiple of a vector. */
  private static final int LEVELS = 9;

  @Override
  public Op op() {
    return Op.BLIND;
  }

  @Override
  public List<CheckCase> cases() {
    return PosteriorCases.of(op()).stream().map(check -> check.level(1, check.sigma())).toList();
  }

  @Override
  public Map<String, double[]> run(CheckCase check, Backend backend) {
    Prior prior = CheckPriors.of(check);
    Samples x = PosteriorCases.rows(check, prior, backend);
    double[] sigmas = new double[LEVELS];
    double[] logMasses = new double[LEVELS];
    Arrays.setAll(sigmas, s -> check.sigma() * StrictMath.pow(10, s * 0.25 - 1));
    Arrays.setAll(logMasses, s -> s == 6 ? Double.NEGATIVE_INFINITY : -0.5 * s); // log 0 among them
    Samples mean = backend.allocate(check.rows(), check.dim());
    Samples levels = backend.allocate(check.rows(), LEVELS);
    Samples evidence = backend.allocate(check.rows(), 1);
    BlindOutputs two = BlindOutputs.of().mean(mean).levels(levels);
    PreparedPrior prepared = backend.prepare(prior);
    Map<String, double[]> values = new LinkedHashMap<>();
    if (check.input().equals("huge")) { // an output that is beyond float32 is refused, not the rest
      Runnable work = () -> backend.blind(prepared, sigmas, logMasses, x, two);
      values.put("mean", OpCheck.results(mean, work));
      values.put("levels", OpCheck.results(levels, work));
      return values;
    }
    backend.blind(prepared, sigmas, logMasses, x, two.evidence(evidence));
    values.put("mean", mean.toDoubles());
    values.put("levels", levels.toDoubles());
    values.put("evidence", evidence.toDoubles());
    // a mean that is not wanted must not change what else is written
    Samples alone = backend.allocate(check.rows(), 1);
    backend.blind(prepared, sigmas, logMasses, x, BlindOutputs.of().evidence(alone));
    values.put("evidence alone", alone.toDoubles());
    return values;
  }

  @Override
  public double bound(
      CheckCase check, Numerics.Bound added, String output, double[] reference, int i) {
    return EvaluateBounds.blind(check, output, reference);
  }
}
