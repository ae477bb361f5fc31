package dev.tweedie.spark;

import dev.tweedie.Output;
import java.util.Map;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A stage of a pipeline that adds posterior means: {@link SparkPosterior#denoise}. */
public final class DenoiseTransformer extends ColumnTransformer<DenoiseTransformer> {
  private static final long serialVersionUID = 1L;

  public DenoiseTransformer() {
    this(Identifiable$.MODULE$.randomUID("denoise"));
  }

  public DenoiseTransformer(String uid) {
    super(uid, "new column of posterior means");
  }

  @Override
  public Dataset<Row> transform(Dataset<?> rows) {
    return SparkPosterior.of(rows.sparkSession(), required(prior()))
        .outputs(
            rows,
            level(),
            optional(idCol()),
            required(inputCol()),
            Map.of(Output.MEAN, required(outputCol())));
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
