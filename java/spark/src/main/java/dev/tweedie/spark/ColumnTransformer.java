package dev.tweedie.spark;

import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.types.StructField;

/** A transformer of a posterior that adds one column of rows. */
public abstract class ColumnTransformer<T extends ColumnTransformer<T>>
    extends PosteriorTransformer<T> {
  private static final long serialVersionUID = 1L;

  private final Param<String> outputCol;

  ColumnTransformer(String uid, String doc) {
    super(uid);
    outputCol = new Param<>(this, "outputCol", doc);
  }

  public final Param<String> outputCol() {
    return outputCol;
  }

  public final T setOutputCol(String value) {
    return with(outputCol, value);
  }

  @Override
  final StructField[] outputs(RowKind kind) {
    return new StructField[] {new StructField(required(outputCol), kind.type(), true, none())};
  }
}
