package dev.tweedie.backend;

import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.noise.NoiseAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The ops of a {@link Backend} that know rows alone: noise, elementary functions, the reverse step,
 * residuals, products.
 */
public abstract class RowOps extends CheckedMemory {
  RowOps() {}

  // ---- noise ----

  /**
   * Uniform noise: {@code out[i, j] = (bits + 1/2) / 2^32} in (0, 1], of the bits that {@code at}
   * addresses.
   *
   * @shapes out B x d.
   * @edges 0 rows writes nothing.
   * @numerics exact; rounded twice, the 32 bits and the fma that makes a number of them, so within
   *     a relative 2^-23 of {@code reference}.
   * @split by rows and by blocks of 4 elements.
   * @cost 4 bytes and about 10 integer operations an element.
   * @source Salmon et al. 2011 (Philox4x32-10).
   */
  public final void uniform(NoiseAddress at, Samples out) {
    given("noise", at);
    result("out", out);
    perform(List.of(out), List.of(), () -> doUniform(at, out));
  }

  protected abstract void doUniform(NoiseAddress at, Samples out);

  /**
   * Standard normal noise by Box-Muller: words (0, 1) of a counter give {@code r cos, r sin} with
   * {@code r = sqrt(-2 log u_0)} and the angle {@code 2 pi bits_1 / 2^32}; words (2, 3) the next
   * two.
   *
   * @shapes out B x d.
   * @edges 0 rows writes nothing; |z| &lt;= 6.77.
   * @numerics exact; against {@code reference} within 2e-6 + 2^-24 / r, r the pair's radius, at
   *     most 2.5e-4: rounding u_0 to float32 blurs radii under 0.03, which 1 pair in 2,000 has.
   * @split by rows and by blocks of 4 elements.
   * @cost 4 bytes and about 30 operations an element.
   * @source Box and Muller 1958 on Philox4x32-10.
   */
  public final void normal(NoiseAddress at, Samples out) {
    given("noise", at);
    result("out", out);
    perform(List.of(out), List.of(), () -> doNormal(at, out));
  }

  protected abstract void doNormal(NoiseAddress at, Samples out);

  /** The elementary functions that other ops are made of. */
  public enum Function {
    EXP,
    LOG,
    SIN_PI,
    COS_PI
  }

  /**
   * {@code out = f(x)} element by element: exp, log, sin(pi x) or cos(pi x).
   *
   * @shapes x, out B x d; out may be x.
   * @edges as IEEE 754 says for NaN, infinities and domain errors; subnormal results are kept.
   * @numerics exact; largest error over all 2^32 floats: exp 0.892, log 0.934, sin 0.965, cos 0.875
   *     ulp.
   * @split anywhere.
   * @cost 8 bytes, 10 to 20 flops an element.
   */
  public final void apply(Function f, Samples x, Samples out) {
    given("function", f);
    own("x", x);
    shape("out", out, x.rows(), x.dim());
    result("out", out);
    sameOrApart("out", out, "x", x);
    perform(List.of(out), List.of(x), () -> doApply(f, x, out));
  }

  protected abstract void doApply(Function f, Samples x, Samples out);

  // ---- step ----

  /**
   * One reverse step with the same coefficients for all rows: {@code out = a x + b denoised + c
   * previous + e z}, in the order {@code fma(e, z, fma(c, previous, fma(b, denoised, a x)))}.
   *
   * @shapes all B x d; out may be any of the inputs; a term that is not given is left out.
   * @edges 0 rows; NaN and overflow propagate.
   * @numerics exact, each fma rounded once.
   * @split anywhere, noise by blocks of 4 elements.
   * @cost 4 bytes an array and element, 2 flops a term; z is made in registers.
   * @source all four papers' updates, mathematics section 6.
   */
  public final void step(Coefficients coefficients, StepTerms terms) {
    given("coefficients", coefficients);
    List<Samples> in = stepInputs(terms);
    for (double value :
        new double[] {coefficients.a(), coefficients.b(), coefficients.c(), coefficients.e()}) {
      if (!Double.isFinite(value)) {
        throw new InvalidInputException(coefficients + ": allowed: finite numbers");
      }
    }
    perform(List.of(terms.out()), in, () -> doStep(coefficients, terms));
  }

  protected abstract void doStep(Coefficients coefficients, StepTerms terms);

  /**
   * As {@link #step}, with coefficients of its own for each row.
   *
   * @param coefficients B x 4: a, b, c, e of each row
   */
  public final void stepRows(Samples coefficients, StepTerms terms) {
    List<Samples> in = stepInputs(terms);
    shape("coefficients", coefficients, terms.x().rows(), 4);
    apart("out", terms.out(), "coefficients", coefficients);
    in.add(coefficients);
    perform(List.of(terms.out()), in, () -> doStepRows(coefficients, terms));
  }

  protected abstract void doStepRows(Samples coefficients, StepTerms terms);

  private List<Samples> stepInputs(StepTerms terms) {
    given("terms", terms);
    Samples x = terms.x();
    Samples out = terms.out();
    own("x", x);
    shape("out", out, x.rows(), x.dim());
    result("out", out);
    sameOrApart("out", out, "x", x);
    List<Samples> in = new ArrayList<>(4);
    in.add(x);
    terms.denoised().ifPresent(estimate -> in.add(stepInput("denoised", estimate, x, out)));
    terms.previous().ifPresent(estimate -> in.add(stepInput("previous", estimate, x, out)));
    return in;
  }

  private Samples stepInput(String name, Samples estimate, Samples x, Samples out) {
    shape(name, estimate, x.rows(), x.dim());
    sameOrApart("out", out, name, estimate);
    return estimate;
  }

  /**
   * Squared residual norms {@code out[i] = |x_i - y_i|^2}.
   *
   * @shapes x, y B x d, out B x 1, not overlapping.
   * @edges overflow gives infinity.
   * @numerics exact; 16 lanes (element j in lane j mod 16), each a chain of fma, folded 8, 4, 2, 1;
   *     relative error (d / 16 + 6) 2^-24.
   * @split by rows.
   * @cost 8 bytes and 3 flops an element.
   * @source Kadkhodaie et al., Alg. 2 (residual noise estimate).
   */
  public final void residual(Samples x, Samples y, Samples out) {
    own("x", x);
    shape("y", y, x.rows(), x.dim());
    shape("out", out, x.rows(), 1);
    apart("out", out, "x", x);
    apart("out", out, "y", y);
    result("out", out);
    perform(List.of(out), List.of(x, y), () -> doResidual(x, y, out));
  }

  protected abstract void doResidual(Samples x, Samples y, Samples out);

  // ---- gemm ----

  /**
   * Matrix product {@code c = a b}.
   *
   * @shapes a M x K, b K x N, c M x N, c apart from both.
   * @edges any size of 0 rows.
   * @numerics exact; each output is one chain of K fma from zero in index order: error K 2^-24 sum
   *     |a||b|. Fast: sgemm, whose sums in any order keep that bound, gamma_K = K u / (1 - K u), u
   *     = 2^-24; by tensor cores of {@code sm_90} (24 + K / 32) u sum |a||b| + 2^-125 sum (|a| +
   *     |b|).
   * @split by rows and columns of c, not along K.
   * @cost 2 M N K flops.
   * @source the micro-kernel the score ops share.
   */
  public final void gemm(Samples a, Samples b, Samples c) {
    own("a", a);
    own("b", b);
    if (b.rows() != a.dim()) {
      throw new InvalidInputException(
          "b: found " + b.rows() + " rows, allowed: " + a.dim() + ", the columns of a");
    }
    shape("c", c, a.rows(), b.dim());
    apart("c", c, "a", a);
    apart("c", c, "b", b);
    result("c", c);
    perform(List.of(c), List.of(a, b), () -> doGemm(a, b, c));
  }

  protected abstract void doGemm(Samples a, Samples b, Samples c);
}
