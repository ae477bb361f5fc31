package dev.tweedie.check.export;

import dev.tweedie.BlindOutputs;
import dev.tweedie.Outputs;
import dev.tweedie.Samples;
import dev.tweedie.backend.Backend;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.backend.ForwardingBackend;
import dev.tweedie.backend.PreparedPrior;
import dev.tweedie.backend.StepTerms;
import dev.tweedie.backend.table.Form;
import dev.tweedie.noise.NoiseAddress;
import dev.tweedie.prior.Prior;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps what every op is given and what it writes. A case is run on it as on any other backend, so
 * what is exported is what was computed with. Not closed: the backend behind it is another's.
 */
final class Recorder extends ForwardingBackend {
  private final List<OpCall> calls = new ArrayList<>();

  Recorder(Backend to) {
    super(to.name(), to);
  }

  /** The calls so far, in order. */
  List<OpCall> calls() {
    return calls;
  }

  /** Inputs are added before the op runs, since it may write over them. */
  private OpCall call() {
    OpCall call = new OpCall();
    calls.add(call);
    return call;
  }

  @Override
  protected void doUniform(NoiseAddress at, Samples out) {
    OpCall call = call().input("noise", Arrays32.noise(at)).input("shape", Arrays32.shape(out));
    super.doUniform(at, out);
    call.output("out", Arrays32.samples(out));
  }

  @Override
  protected void doNormal(NoiseAddress at, Samples out) {
    OpCall call = call().input("noise", Arrays32.noise(at)).input("shape", Arrays32.shape(out));
    super.doNormal(at, out);
    call.output("out", Arrays32.samples(out));
  }

  @Override
  protected void doApply(Function f, Samples x, Samples out) {
    OpCall call = call().input("x", Arrays32.samples(x));
    super.doApply(f, x, out);
    call.output("out", Arrays32.samples(out));
  }

  @Override
  protected void doStep(Coefficients coefficients, StepTerms terms) {
    OpCall call = terms(call().input("coefficients", Arrays32.coefficients(coefficients)), terms);
    super.doStep(coefficients, terms);
    call.output("out", Arrays32.samples(terms.out()));
  }

  @Override
  protected void doStepRows(Samples coefficients, StepTerms terms) {
    OpCall call = terms(call().input("coefficients", Arrays32.samples(coefficients)), terms);
    super.doStepRows(coefficients, terms);
    call.output("out", Arrays32.samples(terms.out()));
  }

  private static OpCall terms(OpCall call, StepTerms terms) {
    call.input("x", Arrays32.samples(terms.x()));
    terms.denoised().ifPresent(given -> call.input("denoised", Arrays32.samples(given)));
    terms.previous().ifPresent(given -> call.input("previous", Arrays32.samples(given)));
    terms.noise().ifPresent(given -> call.input("noise", Arrays32.noise(given)));
    return call;
  }

  @Override
  protected void doResidual(Samples x, Samples y, Samples out) {
    OpCall call = call().input("x", Arrays32.samples(x)).input("y", Arrays32.samples(y));
    super.doResidual(x, y, out);
    call.output("out", Arrays32.samples(out));
  }

  @Override
  protected void doGemm(Samples a, Samples b, Samples c) {
    OpCall call = call().input("a", Arrays32.samples(a)).input("b", Arrays32.samples(b));
    super.doGemm(a, b, c);
    call.output("c", Arrays32.samples(c));
  }

  /** What every op of posteriors is given. */
  private OpCall posterior(Prior prior, Samples x) {
    OpCall call = call();
    PriorArrays.of(prior).forEach(call::input);
    return call.input("x", Arrays32.samples(x));
  }

  @Override
  protected void doEvaluate(PreparedPrior prior, Level level, Samples x, Outputs out) {
    OpCall call = posterior(prior.prior(), x).input("level", Arrays32.level(level));
    call.made(Tables.of(prior.prior()).levels(level, out));
    super.doEvaluate(prior, level, x, out);
    out.forEach((output, place) -> call.output(output, Arrays32.samples(place)));
  }

  @Override
  protected void doCovarianceTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    OpCall call = product(prior.prior(), level, x, v);
    call.made(Tables.of(prior.prior()).covariance(level));
    super.doCovarianceTimes(prior, level, x, v, out);
    call.output("out", Arrays32.samples(out));
  }

  @Override
  protected void doHessianTimes(
      PreparedPrior prior, Level level, Samples x, Samples v, Samples out) {
    OpCall call = product(prior.prior(), level, x, v);
    call.made(Tables.of(prior.prior()).level(level, Form.SCORES));
    super.doHessianTimes(prior, level, x, v, out);
    call.output("out", Arrays32.samples(out));
  }

  private OpCall product(Prior prior, Level level, Samples x, Samples v) {
    return posterior(prior, x)
        .input("level", Arrays32.level(level))
        .input("v", Arrays32.samples(v));
  }

  @Override
  protected void doDraw(
      PreparedPrior prior, Level from, Level to, Samples x, NoiseAddress at, Samples out) {
    OpCall call =
        posterior(prior.prior(), x)
            .input("level", Arrays32.level(from))
            .input("to", Arrays32.level(to))
            .input("noise", Arrays32.noise(at));
    call.made(Tables.of(prior.prior()).level(from, Form.MEANS).reverse(from, to, calls.size()));
    super.doDraw(prior, from, to, x, at, out);
    call.output("out", Arrays32.samples(out));
  }

  @Override
  protected void doBlind(
      PreparedPrior prior, double[] sigmas, double[] logMasses, Samples x, BlindOutputs out) {
    OpCall call =
        posterior(prior.prior(), x)
            .input("sigmas", Arrays32.doubles(sigmas))
            .input("logMasses", Arrays32.doubles(logMasses));
    call.made(Tables.of(prior.prior()).blind(sigmas, logMasses));
    super.doBlind(prior, sigmas, logMasses, x, out);
    out.forEach((output, place) -> call.output(output, Arrays32.samples(place)));
  }
}
