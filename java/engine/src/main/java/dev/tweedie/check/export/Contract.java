package dev.tweedie.check.export;

import dev.tweedie.backend.Op;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What exact mode fixes of an op, in plain text for people who write it anew: the formula, and the
 * order of its operations. What several ops share has a name of its own in {@link #shared}.
 *
 * @param formula what is computed, as its card says
 * @param inputs what each array holds
 * @param order the operations that make the bits
 * @param uses names of the shared parts that it rests on
 */
public record Contract(
    String formula, Map<String, String> inputs, List<String> order, List<String> uses) {
  public Contract {
    inputs = Collections.unmodifiableMap(inputs);
    order = List.copyOf(order);
    uses = List.copyOf(uses);
  }

  private static final String NOISE = "uint32 (6): key0, key1, block, row, stream, step";
  private static final String LEVEL = "float64 (2): alpha, sigma";

  private static List<String> lines(String block) {
    return block.lines().toList();
  }

  private static Map<String, String> named(String... pairs) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static Map<String, String> posterior(String... more) {
    Map<String, String> map =
        named(
            "x", "float32 (B, d)",
            "weights", "float64 (K), which sum to 1 but for rounding: not to be normalised again",
            "points", "float64 (K, d): a data set's, in place of means and covariances",
            "means", "float64 (K, d)",
            "covariances",
                "float64 (K) isotropic, (K, d) diagonal, (K, d, d) full; low rank (K): tau^2",
            "factors", "float64 (K, d, r), low rank only: C_k = F F' + tau^2 I");
    map.putAll(named(more));
    return map;
  }

  /** The contract of an op: all have one, or this would not compile. */
  public static Contract of(Op op) {
    return switch (op) {
      case UNIFORM ->
          new Contract(
              "out[i, j] = (w + 1/2) / 2^32, w a word of Philox4x32-10",
              named("noise", NOISE, "shape", "uint32 (2): B, d"),
              lines(
                  """
                  w is the word of element j of row i (philox)
                  out = fma(float(w), 2^-32, 2^-33), float(w) rounded to nearest even\
                  """),
              List.of("arithmetic", "philox"));
      case NORMAL ->
          new Contract(
              "out = r cos, r sin with r = sqrt(-2 log u_0), angle 2 pi w_1 / 2^32 (Box-Muller)",
              named("noise", NOISE, "shape", "uint32 (2): B, d"),
              lines(
                  """
                  words (0, 1) of a counter make its elements 0 and 1, words (2, 3) its elements 2 and 3 (philox)
                  each pair as normal_pair of functions says; elements beyond d are dropped\
                  """),
              List.of("arithmetic", "philox", "functions"));
      case APPLY ->
          new Contract(
              "out = f(x), f the kind of the case: exp, log, sin(pi x), cos(pi x)",
              named("x", "float32 (B, d)"),
              lines("element by element, as functions says"),
              List.of("arithmetic", "functions"));
      case STEP ->
          new Contract(
              "out = a x + b denoised + c previous + e z",
              step("coefficients", "float32 (4): a, b, c, e"),
              lines(
                  """
                  t = a x; then, of the inputs that are there and in this order:
                  t = fma(b, denoised, t); t = fma(c, previous, t); t = fma(e, z, t)
                  z is what normal gives for the noise\
                  """),
              List.of("arithmetic", "philox", "functions"));
      case STEP_ROWS ->
          new Contract(
              "as step, with coefficients of its own for each row",
              step("coefficients", "float32 (B, 4): a, b, c, e of each row"),
              lines("as step"),
              List.of("arithmetic", "philox", "functions"));
      case RESIDUAL ->
          new Contract(
              "out[i] = |x_i - y_i|^2",
              named("x", "float32 (B, d)", "y", "float32 (B, d)"),
              lines(
                  """
                  16 lanes from 0: for j in order t = x_j - y_j, lane[j % 16] = fma(t, t, lane[j % 16])
                  fold: for h = 8, 4, 2, 1: lane[l] = lane[l] + lane[l + h] for l < h; out = lane[0]\
                  """),
              List.of("arithmetic"));
      case GEMM ->
          new Contract(
              "c = a b",
              named("a", "float32 (M, K)", "b", "float32 (K, N)"),
              lines("each element from 0: c = fma(a[i, k], b[k, j], c) for k in order"),
              List.of("arithmetic"));
      case EVALUATE ->
          new Contract(
              "with P_k = alpha^2 C_k + sigma^2 I, z_k = x - alpha m_k, l_k = log w_k - (log det"
                  + " P_k + z_k' P_k^-1 z_k) / 2, rho = softmax(l): evidence log sum exp l - (d /"
                  + " 2) log 2 pi; mean D = sum rho_k M_k, M_k = m_k + alpha C_k P_k^-1 z_k; score"
                  + " -sum rho_k P_k^-1 z_k; diagonal and trace of sum rho_k (sigma^2 C_k P_k^-1 +"
                  + " (M_k - D)(M_k - D)'); hessianDiagonal sum rho_k ((g_k - g)^2 - diag P_k^-1),"
                  + " g_k = -P_k^-1 z_k, g their mean; responsibilities rho",
              posterior("level", LEVEL),
              SoftmaxText.EVALUATE,
              List.of("arithmetic", "functions", "tables", "softmax", "refinement"));
      case COVARIANCE_TIMES ->
          new Contract(
              "out_i = sum rho_k (V_k v + (M_k - D)((M_k - D)'v)), V_k = sigma^2 C_k P_k^-1",
              posterior("level", LEVEL, "v", "float32 (B, d)"),
              SoftmaxText.TIMES,
              List.of("arithmetic", "functions", "tables", "softmax", "refinement"));
      case HESSIAN_TIMES ->
          new Contract(
              "out_i = sum rho_k ((g_k - g)((g_k - g)'v) - P_k^-1 v), g_k = -P_k^-1 z_k, g their"
                  + " mean",
              posterior("level", LEVEL, "v", "float32 (B, d)"),
              SoftmaxText.TIMES,
              List.of("arithmetic", "functions", "tables", "softmax", "refinement"));
      case DRAW ->
          new Contract(
              "a component k by its responsibility, then N(a_u m_k + a_tu P_ku P_kt^-1 z_k, v P_ku"
                  + " P_kt^-1), a_tu = a_t-to-u, v the variance of the transition",
              posterior("level", LEVEL, "to", LEVEL, "noise", NOISE),
              SoftmaxText.DRAW,
              List.of("arithmetic", "philox", "functions", "tables", "softmax", "refinement"));
      case BLIND ->
          new Contract(
              "one softmax over S levels (alpha 1) and K components, logits l_sk + log Theta_s:"
                  + " mean sum_s mu_s D_s, levels mu_s ~ Theta_s p_s(x), evidence log sum_s Theta_s"
                  + " p_s(x); 'evidence alone' is the evidence where no mean is asked for",
              posterior(
                  "sigmas",
                  "float64 (S)",
                  "logMasses",
                  "float64 (S), -infinity where a level has no mass"),
              SoftmaxText.BLIND,
              List.of("arithmetic", "functions", "tables", "softmax"));
    };
  }

  private static Map<String, String> step(String name, String coefficients) {
    return named(
        "x",
        "float32 (B, d)",
        name,
        coefficients,
        "denoised",
        "float32 (B, d), or absent: that term is left out",
        "previous",
        "float32 (B, d), or absent",
        "noise",
        NOISE + "; or absent");
  }

  /** Parts that several ops rest on, by name. */
  public static Map<String, List<String>> shared() {
    Map<String, List<String>> shared = new LinkedHashMap<>();
    shared.put("arithmetic", FunctionText.ARITHMETIC);
    shared.put("philox", FunctionText.PHILOX);
    shared.put("functions", FunctionText.FUNCTIONS);
    shared.put("tables", SoftmaxText.TABLES);
    shared.put("softmax", SoftmaxText.SOFTMAX);
    shared.put("refinement", SoftmaxText.REFINEMENT);
    return shared;
  }
}
