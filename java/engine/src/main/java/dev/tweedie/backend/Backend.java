package dev.tweedie.backend;

import dev.tweedie.BlindOutputs;
import dev.tweedie.InvalidInputException;
import dev.tweedie.MappedFile;
import dev.tweedie.Numerics;
import dev.tweedie.Output;
import dev.tweedie.Outputs;
import dev.tweedie.PairCount;
import dev.tweedie.Pruning;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.DataSet;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The one seam: something that can run every op, those over rows alone, such as {@link #normal} and
 * {@link #step}, and those that a prior has. A public method checks its arguments and carries the
 * op's card; its protected twin does the work. So all backends refuse the same input in the same
 * words.
 *
 * <p>Exact mode: every op gives the same bits on {@code java} and {@code cpu} at every tier, for
 * any batch, chunking and thread count. {@code reference} is float64 and the oracle the stated
 * errors are against.
 *
 * <p>Fast mode ({@link dev.tweedie.Numerics#FAST}; {@code cpu} with oneMKL, {@code cuda} with
 * cuBLAS): {@link #gemm} and the products of {@link #evaluate} take sums in another order. The
 * stated errors hold as in exact mode; bits repeat on one machine with one library, thread count
 * and batch. The forms of {@link dev.tweedie.Numerics} behind it round factors, with errors of
 * their own. Every other op, and every draw's choice of a component, is exact.
 */
public abstract class Backend extends RowOps implements AutoCloseable {
  /** What this backend promises of its numbers. */
  public Numerics numerics() {
    return Numerics.EXACT;
  }

  /** What its numerics add here to the errors that cards state. */
  public Numerics.Bound bound() {
    return numerics().bound();
  }

  /**
   * Whether kernels leave out components that provably have no weight, which changes no bit. Those
   * of {@code cpu} and {@code cuda} in exact mode can, for data sets and isotropic mixtures of one
   * variance: whole blocks of a {@link dev.tweedie.prior.DataSet#clustered} one on every tier of
   * {@code cpu}, single components with d from 32 on; with {@link Pruning#AUTO} these only in
   * {@code cpu:avx512} on processors with VNNI. {@code cuda} has them where the prior finds room on
   * the device, and with {@link Pruning#ON} alone.
   *
   * @throws InvalidInputException for {@link Pruning#ON} where none can
   */
  public void prune(Pruning mode) {
    if (mode == Pruning.ON && !hasFilter()) {
      throw new InvalidInputException(
          "pruning: found on, allowed with %s in %s mode: auto, off".formatted(name(), numerics()));
    }
  }

  /** Whether {@link #prune} takes {@link Pruning#ON} here. */
  public boolean hasFilter() {
    return false;
  }

  /** Whether {@link Pruning#AUTO} ever leaves something out here. */
  public boolean prunesByItself() {
    return hasFilter();
  }

  /** Rows times components since this opened, and how many of them were left out. */
  public PairCount pairs() {
    return PairCount.NONE;
  }

  /** Ops that were recorded, to be run again. */
  public interface Plan extends AutoCloseable {
    /**
     * Runs them, with every noise address moved {@code firstRow} rows on.
     *
     * @throws InvalidInputException where an op finds NaN or infinity in its rows
     */
    void run(long firstRow);

    /** The samples that it worked on stay. */
    @Override
    void close();
  }

  /**
   * Records ops instead of running them, so that a device runs them again as one launch.
   *
   * @param ops ops of this backend alone, which have run before, so that their tables are there; on
   *     samples that live as long as the plan
   * @return empty where nothing is gained (hosts) or tables do not stay on the device
   */
  public final Optional<Plan> record(Runnable ops) {
    return recorded(() -> doRecord(ops));
  }

  protected Optional<Plan> doRecord(Runnable ops) {
    return Optional.empty();
  }

  /** Copies what this backend needs of {@code prior}: once, for all levels and batches. */
  public final PreparedPrior prepare(Prior prior) {
    given("prior", prior);
    if (prior instanceof DataSet points) {
      points.requireUnchanged();
    }
    try {
      return doPrepare(prior);
    } catch (InternalError e) { // of Java code that reads a mapped file
      throw MappedFile.explain(e);
    }
  }

  protected abstract PreparedPrior doPrepare(Prior prior);

  /**
   * The posterior of x_0 given {@code x = alpha x_0 + sigma z}. With {@code P_k = a^2 C_k + s^2 I},
   * {@code l_k = log w_k - (log det P_k + (x - a m_k)' P_k^-1 (x - a m_k)) / 2} and
   * responsibilities rho = softmax(l): log evidence {@code log sum exp l - (d / 2) log 2 pi}; mean
   * {@code D = sum rho_k (m_k + a C_k P_k^-1 (x - a m_k))}; score {@code sum rho_k P_k^-1 (a m_k -
   * x)}, which is {@code (a D - x) / s^2} without its cancellation; covariance {@code sum rho_k
   * (s^2 C_k P_k^-1 + (M_k - D)(M_k - D)')}, of which trace and diagonal; the Hessian's diagonal
   * {@code sum rho_k ((g_k - g)^2 - diag P_k^-1)} with the components' scores g_k and their sum g.
   *
   * @shapes x B x d; outputs as {@link Outputs} says, none overlapping x.
   * @edges 0 rows; K = 1; zero and singular covariances; a row with NaN or infinity is refused with
   *     its number. So is one whose result would hold them: what leaves float32 on the way (rows of
   *     1e20, sigma 1e-15, alpha 1e20) is evaluated in float64, and refused only where the result
   *     itself does.
   * @numerics exact. Components are taken in blocks of 84 (isotropic, diagonal) or 1, blocks in
   *     shards of 8,064 whose states merge in order; weights under e^-40 of the largest count as
   *     zero. Logits are right within 2^-8 for every kind: a row whose logits could be wrong by
   *     more has those that matter evaluated again by direct differences in float64 ({@code
   *     tweedie_level} has the bounds), which leaves 2^-53 of a squared distance: of {@code
   *     reference} too. Fast mode: the bound of every path is in {@code docs/fast-mode.md}.
   * @split by rows and by shards.
   * @cost 4 B K d flops isotropic, 8 B K d diagonal, 6 B K d r low rank, 4 B K d^2 full, about 20 B
   *     K for the softmax; every table read once for 32 rows or more; trace, diagonals and
   *     responsibilities cost a second pass.
   * @source mathematics 1.2, 1.3; posterior mean and score are Tweedie's formula (Robbins 1956,
   *     Efron 2011).
   */
  public final void evaluate(PreparedPrior prior, Level level, Samples x, Outputs out) {
    ownPrior(prior);
    noisy(level);
    own("x", x);
    shape("x", x, x.rows(), prior.dim());
    given("outputs", out);
    List<Samples> places = new ArrayList<>();
    for (Output output : out.wanted()) {
      Samples place = out.get(output).orElseThrow();
      shapeApart(output.toString(), place, x, output.columns(x.dim(), prior.components()));
      places.add(place);
    }
    apart(places);
    perform(prior, places, List.of(x), () -> doEvaluate(prior, level, x, out));
  }

  protected abstract void doEvaluate(PreparedPrior prior, Level level, Samples x, Outputs out);

  /**
   * The part of {@link #evaluate} that one shard of a data set has, its states to be merged in the
   * order of the shards. Not an op: what {@link #evaluate} does on the way.
   *
   * @param shard of a data set, prepared alone
   */
  public final PartialState accumulate(
      PreparedPrior shard, Level level, Samples x, boolean summing) {
    ownShard(shard);
    noisy(level);
    own("x", x);
    shape("x", x, x.rows(), shard.dim());
    PartialState[] states = new PartialState[1];
    perform(shard, List.of(), List.of(x), () -> states[0] = doAccumulate(shard, level, x, summing));
    return states[0];
  }

  protected PartialState doAccumulate(
      PreparedPrior shard, Level level, Samples x, boolean summing) {
    throw withoutShards();
  }

  /**
   * The states of {@link #draw} over one shard, without the Gaussian part: {@link #accumulate} of a
   * draw. Not an op either.
   *
   * @param at noise of the rows, {@code block} the number that the shard's first block of 84 points
   *     has among those of the whole
   * @return what is chosen counts from the shard's first point
   */
  public final PartialState choose(PreparedPrior shard, Level level, Samples x, NoiseAddress at) {
    ownShard(shard);
    noisy(level);
    given("noise", at);
    own("x", x);
    shape("x", x, x.rows(), shard.dim());
    PartialState[] states = new PartialState[1];
    perform(shard, List.of(), List.of(x), () -> states[0] = doChoose(shard, level, x, at));
    return states[0];
  }

  protected PartialState doChoose(PreparedPrior shard, Level level, Samples x, NoiseAddress at) {
    throw withoutShards();
  }

  /**
   * What {@link #evaluate} writes of states that are merged over all shards.
   *
   * @param out of responsibilities those of the shard's points
   */
  public final void finish(
      PreparedPrior shard, Level level, Samples x, PartialState state, Outputs out) {
    ownShard(shard);
    noisy(level);
    own("x", x);
    shape("x", x, x.rows(), shard.dim());
    given("outputs", out);
    complete(state, x, out.has(Output.MEAN) || out.has(Output.SCORE));
    List<Samples> places = new ArrayList<>();
    for (Output output : out.wanted()) {
      if (!OF_STATES.contains(output)) {
        throw new InvalidInputException(
            "outputs: found " + output + ", allowed: " + OF_STATES + ", of states alone");
      }
      Samples place = out.get(output).orElseThrow();
      shapeApart(output.toString(), place, x, output.columns(x.dim(), shard.components()));
      places.add(place);
    }
    apart(places);
    perform(shard, places, List.of(x), () -> doFinish(shard, level, x, state, out));
  }

  protected void doFinish(
      PreparedPrior shard, Level level, Samples x, PartialState state, Outputs out) {
    throw withoutShards();
  }

  /** What is made of states that are merged; a trace or a diagonal takes a second pass. */
  private static final Set<Output> OF_STATES =
      EnumSet.of(Output.EVIDENCE, Output.MEAN, Output.SCORE, Output.RESPONSIBILITIES);

  /**
   * The part that one shard has in the diagonal of the posterior covariance, not yet divided by the
   * mass of all: {@code sum w_k (m_k - D)^2} over its points. Parts add up in the order of the
   * shards. Not an op, but the second pass of {@link #evaluate}.
   *
   * @param state merged over all shards, with sums
   * @return {@code B x d}
   */
  public final float[] spread(PreparedPrior shard, Level level, Samples x, PartialState state) {
    ownShard(shard);
    noisy(level);
    own("x", x);
    shape("x", x, x.rows(), shard.dim());
    complete(state, x, true);
    float[][] parts = new float[1][];
    perform(shard, List.of(), List.of(x), () -> parts[0] = doSpread(shard, level, x, state));
    return parts[0];
  }

  protected float[] doSpread(PreparedPrior shard, Level level, Samples x, PartialState state) {
    throw withoutShards();
  }

  /**
   * The Gaussian part of {@link #draw}, for rows that have chosen their point already. Not an op.
   *
   * @param points of a data set, prepared as a shard of it
   * @param chosen B: numbers among {@code points}
   * @param at noise of the rows, as for {@link #draw}
   * @param out {@code B x d}, apart from x
   */
  public final void drawFrom(
      PreparedPrior points,
      Level from,
      Level to,
      Samples x,
      long[] chosen,
      NoiseAddress at,
      Samples out) {
    ownShard(points);
    noisy(from);
    given("level", to);
    from.transitionVariance(to);
    given("noise", at);
    own("x", x);
    shape("x", x, x.rows(), points.dim());
    result("out", out);
    shapeApart("out", out, x, x.dim());
    if (chosen.length != x.rows()
        || Arrays.stream(chosen).anyMatch(k -> k < 0 || k >= points.components())) {
      throw new InvalidInputException(
          "chosen: found %s, allowed: %d numbers from 0 to %d"
              .formatted(Arrays.toString(chosen), x.rows(), points.components() - 1));
    }
    perform(
        points, List.of(out), List.of(x), () -> doDrawFrom(points, from, to, x, chosen, at, out));
  }

  protected void doDrawFrom(
      PreparedPrior points,
      Level from,
      Level to,
      Samples x,
      long[] chosen,
      NoiseAddress at,
      Samples out) {
    throw withoutShards();
  }

  private static void complete(PartialState state, Samples x, boolean sums) {
    if (state.rows() != x.rows() || sums && state.acc().length == 0 && x.rows() > 0) {
      throw new InvalidInputException(
          "states: found %d rows%s, allowed: %d, with sums where means, scores or covariances are wanted"
              .formatted(state.rows(), state.acc().length == 0 ? " without sums" : "", x.rows()));
    }
  }

  private void ownShard(PreparedPrior shard) {
    ownPrior(shard);
    if (!(shard.prior() instanceof DataSet points) || points.whole().isEmpty()) {
      throw new InvalidInputException("prior: found a whole one, allowed: a shard of a data set");
    }
  }

  private InvalidInputException withoutShards() {
    return new InvalidInputException(
        "shards: found the back end " + name() + ", allowed: cpu or java");
  }

  // ---- curvature ----

  /**
   * Posterior covariance times a vector: {@code out_i = Cov[x_0 | x_i] v_i}, as {@code sum rho_k
   * (V_k v + (M_k - D)((M_k - D)'v))} with {@code V_k = s^2 C_k P_k^-1}. {@code alpha / s^2} of it
   * is the denoiser's derivative along v.
   *
   * @shapes x, v, out B x d; out apart from x, it may be v.
   * @edges as {@link #evaluate}; a row of v with NaN or infinity is refused with its number.
   * @numerics exact; centred, so nothing cancels. A component's part is {@code w (c t + V_k v)}, c
   *     the chain of {@code t'v} in index order; parts add in the order of components within a
   *     shard, shards in theirs.
   * @split by rows and by shards.
   * @cost {@link #evaluate}'s, its logits twice, and 7 d flops (plus 4 d r with an eigenbasis) a
   *     row and component of non-zero weight.
   * @source mathematics 1.2, 1.3 and 2(a); Liang et al., section 4.
   */
  public final void covarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    ownPrior(prior);
    noisy(level);
    own("x", x);
    shape("x", x, x.rows(), prior.dim());
    shape("v", v, x.rows(), x.dim());
    result("out", out);
    shapeApart("out", out, x, x.dim());
    sameOrApart("out", out, "v", v);
    perform(prior, List.of(out), List.of(x, v), () -> doCovarianceTimes(prior, level, x, v, out));
  }

  protected abstract void doCovarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out);

  /**
   * Hessian of log p_t times a vector: {@code out_i = H(x_i) v_i}, as {@code sum rho_k ((g_k -
   * g)((g_k - g)'v) - P_k^-1 v)} with the components' scores {@code g_k = P_k^-1 (a m_k - x)} and
   * their sum g. It is {@code (snr Cov v - v) / s^2}, which cancels at small sigma.
   *
   * @shapes x, v, out B x d; out apart from x, it may be v.
   * @edges as {@link #covarianceTimes}.
   * @numerics exact, as {@link #covarianceTimes} with {@code -P_k^-1} in the place of V_k.
   * @split by rows and by shards.
   * @cost {@link #covarianceTimes}'s.
   * @source mathematics 1.2; Liang et al., section 4.
   */
  public final void hessianTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    ownPrior(prior);
    noisy(level);
    own("x", x);
    shape("x", x, x.rows(), prior.dim());
    shape("v", v, x.rows(), x.dim());
    result("out", out);
    shapeApart("out", out, x, x.dim());
    sameOrApart("out", out, "v", v);
    perform(prior, List.of(out), List.of(x, v), () -> doHessianTimes(prior, level, x, v, out));
  }

  protected abstract void doHessianTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out);

  // ---- draw ----

  /**
   * An exact draw from the reverse kernel q(x_u | x_t) for any u &lt; t; with {@link Level#CLEAN}
   * an exact posterior sample. A component by its responsibility at x_t, then its Gaussian: mean
   * {@code a_u m_k + a_{t|u} P_ku P_kt^-1 (x - a_t m_k)}, covariance {@code v P_ku P_kt^-1}.
   *
   * @param at seed, stream, step and first row of the noise; {@code block} must be 0
   * @shapes x, out B x d, apart.
   * @edges as {@link #evaluate}.
   * @numerics exact. The component is drawn in the pass that evaluates: a block (word 0 of stream
   *     {@code ^ 2^31}) or shard (stream {@code ^ 2^30}) replaces what was chosen before with its
   *     share of the mass so far, so one pass and no B x K memory give the inverse CDF's law.
   * @split by rows and shards.
   * @cost {@link #evaluate}'s, plus 2 d (isotropic, diagonal), 4 d r or 4 d^2 flops a row.
   * @source mathematics 1.4; Li et al., Prop. 1.
   */
  public final void draw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    ownPrior(prior);
    noisy(from);
    given("level", to);
    from.transitionVariance(to);
    given("noise", at);
    own("x", x);
    shape("x", x, x.rows(), prior.dim());
    result("out", out);
    shapeApart("out", out, x, x.dim());
    perform(prior, List.of(out), List.of(x), () -> doDraw(prior, from, to, x, at, out));
  }

  protected abstract void doDraw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out);

  // ---- blind ----

  /**
   * The exact blind posterior of x_0 given {@code x = x_0 + sigma z}, the level only known to come
   * from masses Theta on S levels. With the logits l of {@link #evaluate} at each level s and
   * {@code l_sk + log Theta_s} in one softmax over levels and components: mean {@code f* = sum_s
   * mu_s D_s}; levels {@code mu_s ~ Theta_s p_s(x)}; evidence {@code log sum_s Theta_s p_s(x)}.
   *
   * @param sigmas S levels, finite and &gt; 0
   * @param logMasses S logarithms of masses, below infinity, not all -infinity
   * @shapes x B x d; outputs as {@link BlindOutputs} says, none overlapping x.
   * @edges as {@link #evaluate}; a level of mass 0 has weight 0.
   * @numerics exact. Projections and distances of a row are made once for all levels, distances as
   *     direct differences; blocks of 84 components (isotropic) or 1, shards of 8,064 merged in
   *     order. Squares are added in chains of 256, so that a logit with squared distance q, each
   *     direction over its deviation, is wrong by up to {@code (4 + sqrt(min(d, 256)) / 2 + sqrt(d
   *     / 256) / 2) 2^-24 (q + |bias|)}, and a mass by that share of itself. Where no level
   *     explains a row, q above 2 d + 160 and above what makes that error 2^-8 ({@code
   *     tweedie_blind} has the bound), the row goes through the shard once more, and logits that
   *     may weigh are evaluated in float64.
   * @split by rows and by shards.
   * @cost 5 B K d flops isotropic, 6 B K d r low rank, 4 B K d^2 full; beside them 20 B K S for the
   *     softmax, and 4 B K r S (diagonal 4 B K d S) for the logits and gains of the levels; without
   *     the mean about half.
   * @source Kadkhodaie et al.; mathematics 1.5.
   */
  public final void blind(
      PreparedPrior prior, double[] sigmas, double[] logMasses, Samples x, BlindOutputs out) {
    ownPrior(prior);
    given("sigmas", sigmas);
    given("masses", logMasses);
    double[] at = sigmas.clone(); // what is checked is what is used
    double[] masses = logMasses.clone();
    levels(at, masses);
    own("x", x);
    shape("x", x, x.rows(), prior.dim());
    given("outputs", out);
    out.mean().ifPresent(place -> shapeApart("mean", place, x, x.dim()));
    out.levels().ifPresent(place -> shapeApart("levels", place, x, sigmas.length));
    out.evidence().ifPresent(place -> shapeApart("evidence", place, x, 1));
    List<Samples> places = new ArrayList<>();
    out.forEach((_, place) -> places.add(place));
    apart(places);
    perform(prior, places, List.of(x), () -> doBlind(prior, at, masses, x, out));
  }

  protected abstract void doBlind(
      PreparedPrior prior, double[] sigmas, double[] logMasses, Samples x, BlindOutputs out);

  @Override
  public abstract void close();
}
