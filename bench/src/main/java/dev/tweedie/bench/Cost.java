package dev.tweedie.bench;

/**
 * What one call of a piece of work takes, as the cards of {@link dev.tweedie.backend.Backend} say.
 *
 * @param elements numbers written, or pairs of a row and a component: what a time is divided by
 * @param flops floating-point operations; 0 where only memory is moved. An operation of noise that
 *     is no fma (shift, exclusive or, multiply) counts 2: it takes the place of an fma in a port
 * @param bytes read and written at least once
 */
public record Cost(double elements, double flops, double bytes) {
  Cost times(double count) {
    return new Cost(count * elements, count * flops, count * bytes);
  }

  /** Of one call; the names of {@code op} and the syntax of {@code work} are the benchmarks'. */
  public static Cost of(String op, String work) {
    return switch (op) {
      case Families.SAMPLE -> SamplerBench.cost(work);
      case "fma", "triad", "crossing" -> RoofBench.cost(op, work);
      default ->
          switch (Families.opOf(op)) {
            case UNIFORM, NORMAL, APPLY -> NoiseBench.cost(op, work);
            case STEP, STEP_ROWS, RESIDUAL -> StepBench.cost(op, work);
            case GEMM -> GemmBench.cost(work);
            case EVALUATE, DRAW -> ScoreBench.cost(work);
            case COVARIANCE_TIMES, HESSIAN_TIMES -> ScoreBench.cost(work).times(2); // two passes
            case BLIND -> BlindBench.cost(work);
          };
    };
  }
}
