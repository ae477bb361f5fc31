package dev.tweedie.backend.reference;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;

/**
 * What posteriors say of rows {@code [begin, begin + count)}, no more than a tile's. Two texts that
 * give the same bits: {@link PlainRows} is the one to read.
 */
interface PosteriorRows {
  void evaluate(ComponentPosterior components, Samples x, long begin, int count, Outputs out);

  void covarianceTimes(
      ComponentPosterior components, Samples x, Samples v, long begin, int count, Samples out);

  void hessianTimes(
      ComponentPosterior components, Samples x, Samples v, long begin, int count, Samples out);

  void draw(ComponentPosterior components, Samples x, long begin, int count, RowDraw draw);

  void blind(
      ComponentPosterior[] levels,
      double[] logMasses,
      Samples x,
      long begin,
      int count,
      BlindOutputs out);
}
