package dev.tweedie.onnx;

import dev.tweedie.prior.Covariance;
import dev.tweedie.prior.GaussianMixture;
import dev.tweedie.schedule.Level;
import dev.tweedie.schedule.Schedule;
import java.util.stream.DoubleStream;

/**
 * The conditional mean of an isotropic mixture as a graph of ONNX ops, told and asked in any
 * convention: a network whose every output is known.
 */
final class KnownAnswer {
  static final int DIM = 6;

  /** sigma / alpha of the one level at which a network is right that is not told it. */
  static final double UNTOLD = .3;

  private static final double[] WEIGHTS = {.2, .5, .3};
  private static final double[] VARIANCES = {.05, .3, .12};
  private static final double[] MEANS =
      DoubleStream.iterate(0, i -> i + 1).limit(3L * DIM).map(i -> Math.sin(i * i)).toArray();

  private KnownAnswer() {}

  static GaussianMixture mixture() {
    return new GaussianMixture(
        WEIGHTS.clone(), MEANS.clone(), DIM, new Covariance.Isotropic(VARIANCES.clone()));
  }

  /** A graph of inputs x and, unless it is told nothing, t; and output out. */
  static Graph graph(Convention convention, int toldType) {
    Graph graph = new Graph().input("x", Graph.FLOAT, -1, DIM).output("out", Graph.FLOAT, -1, DIM);
    // s = sigma / alpha, what the level is in the variance exploding process.
    String s;
    if (convention.told() == Convention.Told.NOTHING) {
      s = graph.constant(UNTOLD);
    } else {
      graph.input("t", toldType, -1, 1);
      s = ratio(graph, convention, graph.node("Cast", to(Graph.FLOAT), "t"));
    }
    String alpha = alpha(graph, convention.process(), s);
    String sigma = graph.node("Mul", alpha, s);
    String x = "x";
    if (convention.prediction() == Convention.Prediction.EDM) {
      x = graph.node("Mul", x, total(graph, s, convention.sigmaData()));
    }
    String mean = mean(graph, graph.node("Div", x, alpha), s);
    graph.name(predicted(graph, convention, x, mean, alpha, sigma, s), "out");
    return graph;
  }

  /** A graph that is not told the level: the conditional mean at one level of its own. */
  static Graph blind(double sigma, boolean residual) {
    Graph graph = new Graph().input("y", Graph.FLOAT, -1, DIM).output("out", Graph.FLOAT, -1, DIM);
    String mean = mean(graph, "y", graph.constant(sigma));
    graph.name(residual ? graph.node("Sub", "y", mean) : mean, "out");
    return graph;
  }

  private static Protobuf[] to(int type) {
    return new Protobuf[] {Graph.attribute("to", (long) type)};
  }

  private static String ratio(Graph graph, Convention convention, String told) {
    boolean vp = convention.process() == Convention.Process.VP;
    return switch (convention.told()) {
      case NOTHING -> throw new IllegalArgumentException("blind");
      case SIGMA -> vp ? fromVpSigma(graph, told) : told;
      case LOG_SIGMA -> {
        String sigma = graph.node("Exp", told);
        yield vp ? fromVpSigma(graph, sigma) : sigma;
      }
      case C_NOISE -> {
        String sigma = graph.node("Exp", graph.node("Mul", told, graph.constant(4)));
        yield vp ? fromVpSigma(graph, sigma) : sigma;
      }
      case SNR -> graph.node("Sqrt", graph.node("Reciprocal", told));
      case TIME0 -> gathered(graph, convention.schedule().orElseThrow(), told);
      case TIME1 ->
          gathered(
              graph,
              convention.schedule().orElseThrow(),
              graph.node("Sub", told, graph.constant(1)));
    };
  }

  private static String fromVpSigma(Graph graph, String sigma) {
    String square = graph.node("Mul", sigma, sigma);
    return graph.node(
        "Sqrt", graph.node("Div", square, graph.node("Sub", graph.constant(1), square)));
  }

  private static String gathered(Graph graph, Schedule schedule, String index) {
    double[] ratios = schedule.levels().stream().mapToDouble(l -> 1 / Math.sqrt(l.snr())).toArray();
    String whole = graph.node("Cast", to(Graph.INT64), index);
    return graph.node("Gather", graph.constant(ratios, ratios.length), whole);
  }

  private static String alpha(Graph graph, Convention.Process process, String s) {
    return process == Convention.Process.VE
        ? graph.constant(1)
        : graph.node("Reciprocal", total(graph, s, 1));
  }

  /** sqrt(s^2 + c^2). */
  private static String total(Graph graph, String s, double c) {
    return graph.node("Sqrt", graph.node("Add", graph.node("Mul", s, s), graph.constant(c * c)));
  }

  /** E[x_0 | y = x_0 + s z], section by section as the mixture's formula reads. */
  private static String mean(Graph graph, String y, String s) {
    int k = WEIGHTS.length;
    double[] transposed = new double[k * DIM];
    double[] squares = new double[k];
    double[] logWeights = new double[k];
    for (int i = 0; i < k; i++) {
      logWeights[i] = Math.log(WEIGHTS[i]);
      for (int j = 0; j < DIM; j++) {
        transposed[j * k + i] = MEANS[i * DIM + j];
        squares[i] += MEANS[i * DIM + j] * MEANS[i * DIM + j];
      }
    }
    String s2 = graph.node("Mul", s, s);
    String c = graph.constant(VARIANCES, 1, k);
    String p = graph.node("Add", s2, c);
    Protobuf[] keep = {Graph.attribute("keepdims", 1L)};
    String yy = graph.node("ReduceSum", keep, graph.node("Mul", y, y), graph.whole(1));
    String ym = graph.node("MatMul", y, graph.constant(transposed, DIM, k));
    String distance =
        graph.node(
            "Add",
            graph.node("Sub", yy, graph.node("Mul", graph.constant(2), ym)),
            graph.constant(squares, 1, k));
    String logits =
        graph.node(
            "Sub",
            graph.constant(logWeights, 1, k),
            graph.node(
                "Mul",
                graph.constant(.5),
                graph.node(
                    "Add",
                    graph.node("Mul", graph.constant(DIM), graph.node("Log", p)),
                    graph.node("Div", distance, p))));
    String rho = graph.node("Softmax", new Protobuf[] {Graph.attribute("axis", 1L)}, logits);
    String toMeans = graph.node("Mul", rho, graph.node("Div", s2, p));
    String toRow = graph.node("Mul", rho, graph.node("Div", c, p));
    return graph.node(
        "Add",
        graph.node("MatMul", toMeans, graph.constant(MEANS, k, DIM)),
        graph.node("Mul", graph.node("ReduceSum", keep, toRow, graph.whole(1)), y));
  }

  private static String predicted(
      Graph graph,
      Convention convention,
      String x,
      String mean,
      String alpha,
      String sigma,
      String s) {
    String noise = graph.node("Sub", x, graph.node("Mul", alpha, mean));
    return switch (convention.prediction()) {
      case X0 -> mean;
      case EPSILON -> graph.node("Div", noise, sigma);
      case V ->
          graph.node(
              "Sub",
              graph.node("Mul", alpha, graph.node("Div", noise, sigma)),
              graph.node("Mul", sigma, mean));
      case SCORE -> graph.node("Neg", graph.node("Div", noise, graph.node("Mul", sigma, sigma)));
      case RESIDUAL -> noise;
      case EDM -> {
        // F = (D - c_skip y) / c_out.
        String d2 = graph.constant(convention.sigmaData() * convention.sigmaData());
        String total = total(graph, s, convention.sigmaData());
        String skip = graph.node("Div", d2, graph.node("Mul", total, total));
        String data = graph.constant(convention.sigmaData());
        String out = graph.node("Div", graph.node("Mul", s, data), total);
        yield graph.node("Div", graph.node("Sub", mean, graph.node("Mul", skip, x)), out);
      }
    };
  }

  /** A level of each kind that the graphs are asked at. */
  static Level[] levels() {
    return new Level[] {
      Level.ofSigma(.05), Level.ofSigma(3), Level.ofSnrDb(7), Level.ofSnrDb(-12), Level.of(.4, .3)
    };
  }
}
