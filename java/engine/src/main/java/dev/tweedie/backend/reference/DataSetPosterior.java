package dev.tweedie.backend.reference;

import dev.tweedie.prior.DataSet;
import dev.tweedie.schedule.Level;
import java.util.Arrays;

/** Points: {@code C_k = 0}, so the posterior of a component is the point itself. */
final class DataSetPosterior extends ComponentPosterior {
  private final DataSet points;

  DataSetPosterior(DataSet points, Level level) {
    super(points, level);
    this.points = points;
  }

  @Override
  double logit(int k, double[] z) {
    return StrictMath.log(points.weight(k))
        - 0.5 * (dim * StrictMath.log(s * s) + squaredNorm(z) / (s * s));
  }

  @Override
  void mean(int k, double[] z, double[] out) {
    points.copyMean(k, out);
  }

  @Override
  void variance(int k, double[] out) {
    Arrays.fill(out, 0);
  }

  @Override
  void covarianceTimes(int k, double[] v, double[] out) {
    Arrays.fill(out, 0);
  }

  @Override
  void precision(int k, double[] out) {
    Arrays.fill(out, 1 / (s * s));
  }

  @Override
  void precisionTimes(int k, double[] v, double[] out) {
    for (int j = 0; j < dim; j++) {
      out[j] = v[j] / (s * s);
    }
  }

  @Override
  void draw(int k, EigenTransition step, double[] z, double[] xi, double[] out) {
    for (int j = 0; j < dim; j++) {
      out[j] = step.target() * points.mean(k, j) + step.keep(0) * z[j] + step.deviation(0) * xi[j];
    }
  }
}
