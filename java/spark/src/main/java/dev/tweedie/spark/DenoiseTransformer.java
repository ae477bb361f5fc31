package dev.tweedie.spark;

import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/** A stage of a pipeline that adds posterior means: {@link SparkPosterior#denoise}. */
public final class DenoiseTransformer extends PosteriorTransformer {
  private static final long serialVersionUID = 1L;

  private final Param<String> outputCol;

  public DenoiseTransformer() {
    this(Identifiable$.MODULE$.randomUID("denoise"));
  }

  public DenoiseTransformer(String uid) {
    super(uid);
    outputCol = new Param<>(this, "outputCol", "new column of posterior means");
  }

  public Param<String> outputCol() {
    return outputCol;
  }

  public DenoiseTransformer setPrior(String value) {
    set(prior(), value);
    return this;
  }

  public DenoiseTransformer setAlpha(double value) {
    set(alpha(), value);
    return this;
  }

  public DenoiseTransformer setSigma(double value) {
    set(sigma(), value);
    return this;
  }

  public DenoiseTransformer setInputCol(String value) {
    set(inputCol(), value);
    return this;
  }

  /** Only names rows in messages. */
  public DenoiseTransformer setIdCol(String value) {
    set(idCol(), value);
    return this;
  }

  public DenoiseTransformer setOutputCol(String value) {
    set(outputCol, value);
    return this;
  }

  @Override
  StructField[] outputs(RowKind kind) {
    return new StructField[] {new StructField(required(outputCol), kind.type(), true, none())};
  }

  @Override
  public Dataset<Row> transform(Dataset<?> rows) {
    return SparkPosterior.of(rows.sparkSession(), required(prior()))
        .denoise(rows, level(), optional(idCol()), required(inputCol()), required(outputCol));
  }

  /** For Spark. */
  public static MLReader<DenoiseTransformer> read() {
    return new DefaultParamsReader<>();
  }

  /** One that was saved. */
  public static DenoiseTransformer load(String path) {
    return read().load(path);
  }
}
