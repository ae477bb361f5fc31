package dev.tweedie.backend;

import dev.tweedie.BlindOutputs;
import dev.tweedie.DeviceMemory;
import dev.tweedie.MemoryUsage;
import dev.tweedie.Numerics;
import dev.tweedie.Outputs;
import dev.tweedie.PairCount;
import dev.tweedie.Precision;
import dev.tweedie.Pruning;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.Objects;
import java.util.Optional;

/**
 * Another backend under a name of its own: every op goes to it, so that a subclass counts, times or
 * changes those that it wants to. It owns what it forwards to, and closes it.
 */
public abstract class ForwardingBackend extends Backend {
  private final String name;
  private final Backend to;

  /**
   * @param name of the tier
   * @param to where the work is done
   */
  protected ForwardingBackend(String name, Backend to) {
    this.name = Objects.requireNonNull(name, "name");
    this.to = Objects.requireNonNull(to, "to");
  }

  /** A prior of the other backend as this one's. */
  private static final class Forwarded extends PreparedPrior {
    private final PreparedPrior prior;

    Forwarded(ForwardingBackend owner, PreparedPrior prior) {
      super(owner, prior.prior());
      this.prior = prior;
    }

    @Override
    protected void doClose() {
      prior.close();
    }
  }

  private static PreparedPrior theirs(PreparedPrior prior) {
    return ((Forwarded) prior).prior;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final Precision precision() {
    return to.precision();
  }

  @Override
  public final Optional<DeviceMemory> device() {
    return to.device();
  }

  @Override
  public final Numerics numerics() {
    return to.numerics();
  }

  @Override
  public final Numerics.Bound bound() {
    return to.bound();
  }

  @Override
  public final MemoryUsage memory() {
    return to.memory();
  }

  @Override
  public final void limitMemory(long limit, long cacheLimit) {
    to.limitMemory(limit, cacheLimit);
  }

  @Override
  public final void prune(Pruning mode) {
    to.prune(mode);
  }

  @Override
  public final boolean hasFilter() {
    return to.hasFilter();
  }

  @Override
  public final boolean prunesByItself() {
    return to.prunesByItself();
  }

  @Override
  public final PairCount pairs() {
    return to.pairs();
  }

  @Override
  protected final Piece doAllocate(long bytes) {
    return to.doAllocate(bytes);
  }

  @Override
  protected Optional<Plan> doRecord(Runnable ops) {
    return to.doRecord(ops);
  }

  @Override
  protected void doUniform(NoiseAddress at, Samples out) {
    to.doUniform(at, out);
  }

  @Override
  protected void doNormal(NoiseAddress at, Samples out) {
    to.doNormal(at, out);
  }

  @Override
  @SuppressWarnings("exports") // clients have it as Backend.Function
  protected void doApply(Function f, Samples x, Samples out) {
    to.doApply(f, x, out);
  }

  @Override
  protected void doStep(Coefficients coefficients, StepTerms terms) {
    to.doStep(coefficients, terms);
  }

  @Override
  protected void doStepRows(Samples coefficients, StepTerms terms) {
    to.doStepRows(coefficients, terms);
  }

  @Override
  protected void doResidual(Samples x, Samples y, Samples out) {
    to.doResidual(x, y, out);
  }

  @Override
  protected void doGemm(Samples a, Samples b, Samples c) {
    to.doGemm(a, b, c);
  }

  @Override
  protected PreparedPrior doPrepare(Prior prior) {
    return new Forwarded(this, to.doPrepare(prior));
  }

  @Override
  protected void doEvaluate(PreparedPrior prior, Level level, Samples x, Outputs out) {
    to.doEvaluate(theirs(prior), level, x, out);
  }

  @Override
  protected PartialState doAccumulate(
      PreparedPrior shard, Level level, Samples x, boolean summing) {
    return to.doAccumulate(theirs(shard), level, x, summing);
  }

  @Override
  protected PartialState doChoose(PreparedPrior shard, Level level, Samples x, NoiseAddress at) {
    return to.doChoose(theirs(shard), level, x, at);
  }

  @Override
  protected void doFinish(
      PreparedPrior shard, Level level, Samples x, PartialState state, Outputs out) {
    to.doFinish(theirs(shard), level, x, state, out);
  }

  @Override
  protected float[] doSpread(PreparedPrior shard, Level level, Samples x, PartialState state) {
    return to.doSpread(theirs(shard), level, x, state);
  }

  @Override
  protected void doDrawFrom(
      PreparedPrior points,
      Level from,
      Level to,
      Samples x,
      long[] chosen,
      NoiseAddress at,
      Samples out) {
    this.to.doDrawFrom(theirs(points), from, to, x, chosen, at, out);
  }

  @Override
  protected void doCovarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    to.doCovarianceTimes(theirs(prior), level, x, v, out);
  }

  @Override
  protected void doHessianTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    to.doHessianTimes(theirs(prior), level, x, v, out);
  }

  @Override
  protected void doDraw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    this.to.doDraw(theirs(prior), from, to, x, at, out);
  }

  @Override
  protected void doBlind(
      PreparedPrior prior, double[] sigmas, double[] logMasses, Samples x, BlindOutputs out) {
    to.doBlind(theirs(prior), sigmas, logMasses, x, out);
  }

  @Override
  public void close() {
    hideSamples();
    to.close();
  }
}
