package dev.tweedie.backend.reference;

/**
 * Low-rank components. What a singular value decomposition of the factor F gives is exact for some
 * F + dF, |dF| about d 2^-53 of the largest singular value; C moves by {@code F dF' + dF F'}.
 */
final class LowRankErrors extends ComponentErrors {
  private final LowRankPosterior of;
  private final double roundings; // of a sum over the directions, and of the decomposition

  LowRankErrors(LowRankPosterior components) {
    super(components);
    of = components;
    roundings = (4 + dim) * U;
  }

  @Override
  void evaluate(int k, double[] x) {
    double a = of.a;
    double s = of.s;
    double ofZ = difference(k, x);
    double norm = Math.sqrt(ComponentPosterior.squaredNorm(z));
    ofZ += roundings * norm;
    double[] w = of.project(k, z);
    double outside = Math.max(0, norm * norm - ComponentPosterior.squaredNorm(w));
    double q = of.noisy(of.floor(k));
    double log = StrictMath.log(q);
    begin();
    double ofLogDet = (dim - of.rank) * (4 * U + 3 * U * Math.abs(log));
    ofLogDet += add((dim - of.rank) * log);
    double widest = 0; // eigenvalue
    double largest = q;
    double squares = outside / (q * q); // |g|^2
    double quadratic = outside / q;
    double across = 0; // |F'g|^2
    double steepest = 0; // |P^-1 F|
    double gain = of.gain(of.floor(k));
    double shrunk = gain * gain * outside;
    for (int e = 0; e < of.rank; e++) {
      double lambda = of.eigenvalue(k, e);
      double c = lambda + of.floor(k);
      double p = of.noisy(c);
      double g = w[e] / p;
      widest = Math.max(widest, lambda);
      largest = Math.max(largest, p);
      squares += g * g;
      quadratic += w[e] * g;
      across += lambda * g * g;
      steepest = Math.max(steepest, Math.sqrt(lambda) / p);
      double share = of.gain(c);
      shrunk += share * share * w[e] * w[e];
      gain = Math.max(gain, share);
      log = StrictMath.log(p);
      ofLogDet += 4 * U + 3 * U * Math.abs(log) + add(log);
    }
    double moved = a * a * roundings * Math.sqrt(widest); // a^2 |dF|
    double g = Math.sqrt(squares);
    double turned = moved * (steepest * g + Math.sqrt(across) / q); // of P^-1 z by dF
    ofLogDet += 2 * of.rank * moved * steepest;
    double ofQuadratic =
        2 * moved * Math.sqrt(across) * g + 2 * g * ofZ + (6 + dim) * U * quadratic;
    logit = 0.5 * (ofQuadratic + ofLogDet) + line(k, sum(), quadratic);
    mean =
        gain * ofZ
            + s * s / a * turned
            + roundings * Math.sqrt(shrunk)
            + U * Math.sqrt(squaredMean(k));
    score = turned + ofZ / q + roundings * g;
    double most = of.spread(widest + of.floor(k));
    variance = Math.min(most, s * s / a * (s * s / a) * 2 * moved * steepest / q);
    variance += roundings * most;
    precision = 2 * moved * steepest / q + roundings / q;
    condition = largest / q;
  }
}
