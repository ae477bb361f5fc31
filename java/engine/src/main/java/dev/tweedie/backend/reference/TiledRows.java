package dev.tweedie.backend.reference;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All rows of a call side by side, in a {@link RowTile}. */
final class TiledRows implements PosteriorRows {
  private final PosteriorRows plain = new PlainRows();

  @Override
  public void evaluate(
      ComponentPosterior components, Samples x, long begin, int count, Outputs out) {
    RowTile tile = new RowTile(components, count);
    tile.evaluate(x, begin, count);
    Results results = new Results();
    results.require(tile.logEvidence());
    double[] diagonal =
        out.has(Output.TRACE) || out.has(Output.DIAGONAL)
            ? tile.covarianceDiagonal()
            : new double[0];
    for (Output output : out.wanted()) {
      results.add(of(tile, diagonal, output), out.get(output).orElseThrow());
    }
    if (!results.store(tile, begin)) {
      plain.evaluate(components, x, begin, count, out);
    }
  }

  private static double[] of(RowTile tile, double[] diagonal, Output output) {
    return switch (output) {
      case EVIDENCE -> tile.logEvidence();
      case RESPONSIBILITIES -> tile.responsibilities();
      case MEAN -> tile.mean();
      case SCORE -> tile.score();
      case DIAGONAL -> diagonal;
      case TRACE -> tile.sums(diagonal);
      case HESSIAN_DIAGONAL -> tile.hessianDiagonal();
    };
  }

  /** What a tile made, until all is known to be finite. */
  private static final class Results {
    private record Made(double[] columns, Samples place) {}

    private final List<Made> made = new ArrayList<>();
    private boolean finite = true;

    void add(double[] columns, Samples place) {
      require(columns);
      made.add(new Made(columns, place));
    }

    /** What must be finite, though nobody asked for it. */
    void require(double[] columns) {
      for (double value : columns) {
        finite &= Double.isFinite(value);
      }
    }

    /** Returns whether all is finite; nothing is written else. */
    boolean store(RowTile tile, long begin) {
      if (finite) {
        made.forEach(one -> tile.store(one.columns(), one.place(), begin));
      }
      return finite;
    }
  }

  @Override
  public void covarianceTimes(
      ComponentPosterior components, Samples x, Samples v, long begin, int count, Samples out) {
    RowTile tile = new RowTile(components, count);
    tile.evaluate(x, begin, count);
    Results results = new Results();
    results.add(tile.covarianceTimes(tile.vectors(v, begin)), out);
    if (!results.store(tile, begin)) {
      plain.covarianceTimes(components, x, v, begin, count, out);
    }
  }

  @Override
  public void hessianTimes(
      ComponentPosterior components, Samples x, Samples v, long begin, int count, Samples out) {
    RowTile tile = new RowTile(components, count);
    tile.evaluate(x, begin, count);
    Results results = new Results();
    results.add(tile.hessianTimes(tile.vectors(v, begin)), out);
    if (!results.store(tile, begin)) {
      plain.hessianTimes(components, x, v, begin, count, out);
    }
  }

  @Override
  public void draw(ComponentPosterior components, Samples x, long begin, int count, RowDraw draw) {
    RowTile tile = new RowTile(components, count);
    tile.evaluateLogits(x, begin, count);
    double[] row = new double[components.dim];
    double[] logits = new double[components.prior.components()];
    for (int l = 0; l < count; l++) {
      ReferenceBackend.load(x, begin + l, row);
      tile.copyLogits(l, logits);
      draw.row(begin + l, row, logits);
    }
  }

  /**
   * As {@link BlindPosterior}, level after level. A level that has a mass is evaluated a second
   * time, for its mean: the responsibilities of all levels would be more than there is room for.
   */
  @Override
  public void blind(
      ComponentPosterior[] levels,
      double[] logMasses,
      Samples x,
      long begin,
      int count,
      BlindOutputs out) {
    RowTile tile = new RowTile(levels[0], count);
    double[] masses = tile.columns(levels.length); // logits at first
    int rows = masses.length / levels.length;
    for (int s = 0; s < levels.length; s++) {
      tile.use(levels[s]);
      tile.evaluate(x, begin, count);
      double[] evidence = tile.logEvidence();
      for (int l = 0; l < rows; l++) {
        masses[s * rows + l] = logMasses[s] + evidence[l];
      }
    }
    Results results = new Results();
    double[] evidence = normalise(masses, rows);
    results.require(evidence);
    results.require(masses);
    out.evidence().ifPresent(place -> results.add(evidence, place));
    out.levels().ifPresent(place -> results.add(masses, place));
    if (out.mean().isPresent()) {
      double[] mean = tile.columns(levels[0].dim);
      for (int s = 0; s < levels.length; s++) {
        double[] weights = Arrays.copyOfRange(masses, s * rows, (s + 1) * rows);
        if (Arrays.stream(weights).anyMatch(weight -> weight != 0)) {
          tile.use(levels[s]);
          tile.evaluate(x, begin, count);
          tile.addWeighted(mean, tile.mean(), weights);
        }
      }
      results.add(mean, out.mean().get());
    }
    if (!results.store(tile, begin)) {
      plain.blind(levels, logMasses, x, begin, count, out);
    }
  }

  /** Makes masses of logits, and returns the evidence. */
  private static double[] normalise(double[] masses, int rows) {
    double[] evidence = new double[rows];
    for (int l = 0; l < rows; l++) {
      double top = -Double.MAX_VALUE;
      for (int at = l; at < masses.length; at += rows) {
        top = Math.max(top, masses[at]);
      }
      double sum = 0;
      for (int at = l; at < masses.length; at += rows) {
        masses[at] = StrictMath.exp(masses[at] - top);
        sum += masses[at];
      }
      for (int at = l; at < masses.length; at += rows) {
        masses[at] /= sum;
      }
      evidence[l] = top + StrictMath.log(sum);
    }
    return evidence;
  }
}
