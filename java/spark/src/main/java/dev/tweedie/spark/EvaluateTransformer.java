package dev.tweedie.spark;

import dev.tweedie.Output;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/**
 * A stage of a pipeline that adds outputs of the posterior, those whose columns are named: {@link
 * SparkPosterior#evaluate}.
 */
public final class EvaluateTransformer extends PosteriorTransformer<EvaluateTransformer> {
  private static final long serialVersionUID = 1L;

  private final Param<String> evidenceCol;
  private final Param<String> meanCol;
  private final Param<String> scoreCol;
  private final Param<String> traceCol;
  private final Param<String> diagonalCol;
  private final Param<String> hessianDiagonalCol;
  private final Param<String> responsibilitiesCol;

  public EvaluateTransformer() {
    this(Identifiable$.MODULE$.randomUID("evaluate"));
  }

  public EvaluateTransformer(String uid) {
    super(uid);
    evidenceCol = new Param<>(this, "evidenceCol", "new column of log p_t(x)");
    meanCol = new Param<>(this, "meanCol", "new column of E[x_0 | x]");
    scoreCol = new Param<>(this, "scoreCol", "new column of gradients of log p_t");
    traceCol = new Param<>(this, "traceCol", "new column of traces of Cov[x_0 | x]");
    diagonalCol = new Param<>(this, "diagonalCol", "new column of diagonals of Cov[x_0 | x]");
    hessianDiagonalCol =
        new Param<>(this, "hessianDiagonalCol", "new column of diagonals of log p_t's Hessian");
    responsibilitiesCol =
        new Param<>(this, "responsibilitiesCol", "new column of the components' weights");
  }

  public Param<String> evidenceCol() {
    return evidenceCol;
  }

  public Param<String> meanCol() {
    return meanCol;
  }

  public Param<String> scoreCol() {
    return scoreCol;
  }

  public Param<String> traceCol() {
    return traceCol;
  }

  public Param<String> diagonalCol() {
    return diagonalCol;
  }

  public Param<String> hessianDiagonalCol() {
    return hessianDiagonalCol;
  }

  public Param<String> responsibilitiesCol() {
    return responsibilitiesCol;
  }

  public EvaluateTransformer setEvidenceCol(String value) {
    return with(evidenceCol, value);
  }

  public EvaluateTransformer setMeanCol(String value) {
    return with(meanCol, value);
  }

  public EvaluateTransformer setScoreCol(String value) {
    return with(scoreCol, value);
  }

  public EvaluateTransformer setTraceCol(String value) {
    return with(traceCol, value);
  }

  public EvaluateTransformer setDiagonalCol(String value) {
    return with(diagonalCol, value);
  }

  public EvaluateTransformer setHessianDiagonalCol(String value) {
    return with(hessianDiagonalCol, value);
  }

  public EvaluateTransformer setResponsibilitiesCol(String value) {
    return with(responsibilitiesCol, value);
  }

  private Param<String> column(Output output) {
    return switch (output) {
      case EVIDENCE -> evidenceCol;
      case MEAN -> meanCol;
      case SCORE -> scoreCol;
      case TRACE -> traceCol;
      case DIAGONAL -> diagonalCol;
      case HESSIAN_DIAGONAL -> hessianDiagonalCol;
      case RESPONSIBILITIES -> responsibilitiesCol;
    };
  }

  private Map<Output, String> names() {
    Map<Output, String> names = new EnumMap<>(Output.class);
    for (Output output : Output.values()) {
      String name = optional(column(output));
      if (name != null) {
        names.put(output, name);
      }
    }
    return names;
  }

  @Override
  StructField[] outputs(RowKind kind) {
    List<StructField> fields = new ArrayList<>();
    for (ResultColumn column : SparkPosterior.evaluated(names(), 1, 1, new ArrayList<>())) {
      fields.add(
          new StructField(
              column.name(), column.scalar() ? kind.scalar() : kind.type(), true, none()));
    }
    return fields.toArray(new StructField[0]);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> rows) {
    return SparkPosterior.of(rows.sparkSession(), required(prior()))
        .outputs(rows, level(), optional(idCol()), required(inputCol()), names());
  }

  /** For Spark. */
  public static MLReader<EvaluateTransformer> read() {
    return new DefaultParamsReader<>();
  }

  /** One that was saved. */
  public static EvaluateTransformer load(String path) {
    return read().load(path);
  }
}
