package dev.tweedie.spark;

import dev.tweedie.InvalidInputException;
import dev.tweedie.schedule.Level;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What the transformers of a posterior share: the prior, the level and the column of rows.
 *
 * @param <T> the transformer itself, which setters return
 */
public abstract class PosteriorTransformer<T extends PosteriorTransformer<T>> extends Transformer
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final Param<String> prior;
  private final DoubleParam alpha;
  private final DoubleParam sigma;
  private final Param<String> inputCol;
  private final Param<String> idCol;

  PosteriorTransformer(String uid) {
    this.uid = uid;
    prior = new Param<>(this, "prior", "file of the driver, or builtin:NAME");
    alpha = new DoubleParam(this, "alpha", "factor of the signal, > 0 (default 1)");
    sigma = new DoubleParam(this, "sigma", "standard deviation of the noise, > 0");
    inputCol = new Param<>(this, "inputCol", "column of rows alpha x_0 + sigma z");
    idCol = new Param<>(this, "idCol", "column with the rows' numbers, LONG or INT");
    setDefault(alpha, 1.0);
  }

  @Override
  public final String uid() {
    return uid;
  }

  public final Param<String> prior() {
    return prior;
  }

  public final DoubleParam alpha() {
    return alpha;
  }

  public final DoubleParam sigma() {
    return sigma;
  }

  public final Param<String> inputCol() {
    return inputCol;
  }

  public final Param<String> idCol() {
    return idCol;
  }

  /** Sets a parameter whose type Scala says and Java does not see. */
  final T withNumber(Param<?> param, Object value) {
    @SuppressWarnings("unchecked")
    Param<Object> any = (Param<Object>) param;
    return with(any, value);
  }

  /** Sets a parameter. */
  @SuppressWarnings("unchecked") // T is the class of this
  final <V> T with(Param<V> param, V value) {
    set(param, value);
    return (T) this;
  }

  public final T setPrior(String value) {
    return with(prior, value);
  }

  public final T setAlpha(double value) {
    return withNumber(alpha, value);
  }

  public final T setSigma(double value) {
    return withNumber(sigma, value);
  }

  public final T setInputCol(String value) {
    return with(inputCol, value);
  }

  /** Addresses the noise of draws; else it only names rows in messages. */
  public final T setIdCol(String value) {
    return with(idCol, value);
  }

  /** What is set, or else this line. */
  final <T> T required(Param<T> param) {
    if (!isDefined(param)) {
      throw new InvalidInputException(
          uid + ": found no " + param.name() + ", allowed: " + param.doc());
    }
    return getOrDefault(param);
  }

  /** Of a parameter whose type Scala says and Java does not see. */
  final double number(DoubleParam param) {
    return ((Number) required(param)).doubleValue();
  }

  /** What is set, or null. */
  final <T> @Nullable T optional(Param<T> param) {
    return isDefined(param) ? getOrDefault(param) : null;
  }

  final Level level() {
    return Level.of(number(alpha), number(sigma));
  }

  /** The schema of the result, as far as it is known without the prior. */
  @Override
  public final StructType transformSchema(StructType schema) {
    StructType out = schema;
    RowKind kind =
        RowKind.of(required(inputCol), RowPlan.field(schema, required(inputCol)).dataType());
    for (StructField field : outputs(kind)) {
      out = out.add(field);
    }
    return out;
  }

  /** A column without facts of its own. */
  static Metadata none() {
    return Metadata.empty();
  }

  /** The columns that are added to rows of a kind. */
  abstract StructField[] outputs(RowKind kind);

  @Override
  public Transformer copy(ParamMap extra) {
    return (Transformer) defaultCopy(extra);
  }

  @Override
  public String toString() {
    return uid;
  }
}
