package dev.tweedie.spark;

import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.schedule.Level;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A stage of a pipeline that adds draws from the exact reverse kernel: {@link SparkPosterior#draw}.
 * Without a target they are posterior samples of x_0.
 */
public final class DrawTransformer extends ColumnTransformer<DrawTransformer> {
  private static final long serialVersionUID = 1L;

  private final DoubleParam targetAlpha;
  private final DoubleParam targetSigma;
  private final LongParam seed;
  private final IntParam step;

  public DrawTransformer() {
    this(Identifiable$.MODULE$.randomUID("draw"));
  }

  public DrawTransformer(String uid) {
    super(uid, "new column of draws");
    targetAlpha = new DoubleParam(this, "targetAlpha", "alpha of the level to draw at (default 1)");
    targetSigma =
        new DoubleParam(this, "targetSigma", "sigma of the level to draw at (default 0: clean)");
    seed = new LongParam(this, "seed", "of the noise (default 0)");
    step = new IntParam(this, "step", "of the noise's address (default 0)");
    setDefault(targetAlpha, 1.0);
    setDefault(targetSigma, 0.0);
    setDefault(seed, 0L);
    setDefault(step, 0);
  }

  public DoubleParam targetAlpha() {
    return targetAlpha;
  }

  public DoubleParam targetSigma() {
    return targetSigma;
  }

  public LongParam seed() {
    return seed;
  }

  public IntParam step() {
    return step;
  }

  public DrawTransformer setTargetAlpha(double value) {
    return withNumber(targetAlpha, value);
  }

  public DrawTransformer setTargetSigma(double value) {
    return withNumber(targetSigma, value);
  }

  public DrawTransformer setSeed(long value) {
    return withNumber(seed, value);
  }

  public DrawTransformer setStep(int value) {
    return withNumber(step, value);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> rows) {
    double toAlpha = number(targetAlpha);
    double toSigma = number(targetSigma);
    Level to = new NoiseLevel(toAlpha, toSigma).level();
    NoiseAddress at =
        NoiseAddress.of((Long) required(seed), Streams.STEP, (Integer) required(step));
    return SparkPosterior.of(rows.sparkSession(), required(prior()))
        .draw(
            rows, level(), to, at, required(idCol()), required(inputCol()), required(outputCol()));
  }

  /** For Spark. */
  public static MLReader<DrawTransformer> read() {
    return new DefaultParamsReader<>();
  }

  /** One that was saved. */
  public static DrawTransformer load(String path) {
    return read().load(path);
  }
}
