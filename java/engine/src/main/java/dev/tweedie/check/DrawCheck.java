package dev.tweedie.check;

import dev.tweedie.Numerics;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Op;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Exact draws from the reverse kernel: to a cleaner level ("step" rows) and to no noise. */
final class DrawCheck implements BoundedCheck {
  @Override
  public Op op() {
    return Op.DRAW;
  }

  @Override
  public List<CheckCase> cases() {
    return new ArrayList<>(PosteriorCases.of(op()));
  }

  @Override
  public Map<String, double[]> run(CheckCase check, Backend backend) {
    Prior prior = CheckPriors.of(check);
    Samples x = PosteriorCases.rows(check, prior, backend);
    Samples clean = backend.allocate(check.rows(), check.dim());
    Samples cleaner = backend.allocate(check.rows(), check.dim());
    Level from = Level.of(check.alpha(), check.sigma());
    Level to = Level.of((1 + check.alpha()) / 2, check.sigma() / 2);
    var prepared = backend.prepare(prior);
    backend.draw(prepared, from, Level.CLEAN, x, NoiseAddress.of(31, 2, 1), clean);
    backend.draw(prepared, from, to, x, NoiseAddress.of(31, 2, 2).skipRows(5), cleaner);
    Map<String, double[]> values = new LinkedHashMap<>();
    values.put("clean", clean.toDoubles());
    values.put("cleaner", cleaner.toDoubles());
    return values;
  }

  @Override
  public double bound(
      CheckCase check, Numerics.Bound added, String output, double[] reference, int i) {
    return EvaluateBounds.draw(check);
  }
}
