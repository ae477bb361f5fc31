package dev.tweedie.spark;

import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.noise.Streams;
import dev.tweedie.schedule.Level;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/**
 * A stage of a pipeline that adds draws from the exact reverse kernel: {@link SparkPosterior#draw}.
 * Without a target they are posterior samples of x_0.
 */
public final class DrawTransformer extends PosteriorTransformer {
  private static final long serialVersionUID = 1L;

  private final DoubleParam targetAlpha;
  private final DoubleParam targetSigma;
  private final LongParam seed;
  private final IntParam step;
  private final Param<String> outputCol;

  public DrawTransformer() {
    this(Identifiable$.MODULE$.randomUID("draw"));
  }

  public DrawTransformer(String uid) {
    super(uid);
    targetAlpha = new DoubleParam(this, "targetAlpha", "alpha of the level to draw at (default 1)");
    targetSigma =
        new DoubleParam(this, "targetSigma", "sigma of the level to draw at (default 0: clean)");
    seed = new LongParam(this, "seed", "of the noise (default 0)");
    step = new IntParam(this, "step", "of the noise's address (default 0)");
    outputCol = new Param<>(this, "outputCol", "new column of draws");
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

  public Param<String> outputCol() {
    return outputCol;
  }

  public DrawTransformer setPrior(String value) {
    set(prior(), value);
    return this;
  }

  public DrawTransformer setAlpha(double value) {
    set(alpha(), value);
    return this;
  }

  public DrawTransformer setSigma(double value) {
    set(sigma(), value);
    return this;
  }

  public DrawTransformer setTargetAlpha(double value) {
    set(targetAlpha, value);
    return this;
  }

  public DrawTransformer setTargetSigma(double value) {
    set(targetSigma, value);
    return this;
  }

  public DrawTransformer setSeed(long value) {
    set(seed, value);
    return this;
  }

  public DrawTransformer setStep(int value) {
    set(step, value);
    return this;
  }

  public DrawTransformer setInputCol(String value) {
    set(inputCol(), value);
    return this;
  }

  /** Its numbers address the noise. */
  public DrawTransformer setIdCol(String value) {
    set(idCol(), value);
    return this;
  }

  public DrawTransformer setOutputCol(String value) {
    set(outputCol, value);
    return this;
  }

  @Override
  StructField[] outputs(RowKind kind) {
    return new StructField[] {new StructField(required(outputCol), kind.type(), true, none())};
  }

  @Override
  public Dataset<Row> transform(Dataset<?> rows) {
    double toAlpha = number(targetAlpha);
    double toSigma = number(targetSigma);
    Level to = new NoiseLevel(toAlpha, toSigma).level();
    NoiseAddress at =
        NoiseAddress.of((Long) required(seed), Streams.STEP, (Integer) required(step));
    return SparkPosterior.of(rows.sparkSession(), required(prior()))
        .draw(rows, level(), to, at, required(idCol()), required(inputCol()), required(outputCol));
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
