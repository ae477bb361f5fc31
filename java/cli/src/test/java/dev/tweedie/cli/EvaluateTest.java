package dev.tweedie.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tweedie.io.NdArray;
import dev.tweedie.io.Npy;
import dev.tweedie.io.Npz;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateTest {
  @TempDir Path folder;

  private Npz evaluate(String what, String... more) throws IOException {
    Path at = folder.resolve("at.npy");
    Path out = folder.resolve("out.npz");
    Npy.write(at, NdArray.of(new double[] {.3, .4, -.2, -1, 1, .5}, 2, 3));
    String[] first = {
      "evaluate",
      "--prior",
      "builtin:three-gaussians",
      "--at",
      at.toString(),
      "--out",
      out.toString(),
      "--what",
      what
    };
    String[] all = Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    Run.of(all).good();
    return Npz.open(out, Arena.ofAuto());
  }

  /** Golden numbers computed independently in float64, given to 12 decimals. */
  @Test
  void everyQuantityOfThreeGaussiansInFloat64() throws IOException {
    double rounding = 6e-13; // half of the last decimal, and the last bits of float64
    Npz found =
        evaluate(
            "logp,mean,score,trace,diagonal,responsibilities",
            "--level",
            "alpha=0.8,sigma=0.6",
            "--backend",
            "reference");
    assertEquals(
        List.of("logp", "mean", "score", "trace", "diagonal", "responsibilities"), found.names());
    assertArrayEquals(
        new double[] {-3.141622585152, -3.728291179883}, found.get("logp").toDoubles(), rounding);
    assertArrayEquals(
        new double[] {
          .593280528430,
          .207620743694,
          -.783237928560,
          -1.380673653530,
          1.165246223900,
          .314310661593
        },
        found.get("mean").toDoubles(),
        rounding);
    assertArrayEquals(
        new double[] {.485067840956, -.649731680680, -1.184973174578},
        Arrays.copyOf(found.get("score").toDoubles(), 3),
        rounding);
    double[] trace = found.get("trace").toDoubles();
    assertArrayEquals(new double[] {.851990173904, 1.158947336616}, trace, rounding);
    double[] diagonal = found.get("diagonal").toDoubles();
    assertEquals(trace[0], diagonal[0] + diagonal[1] + diagonal[2], rounding);
    assertArrayEquals(
        new double[] {.904779181222, .078864564180, .016356254597},
        Arrays.copyOf(found.get("responsibilities").toDoubles(), 3),
        rounding);
  }

  @Test
  void curvatureOfThreeGaussiansInFloat64() throws IOException {
    double rounding = 6e-13; // half of the last decimal, and the last bits of float64
    Npz found =
        evaluate(
            "covariance,hessian,eigenvalue,localisation,diagonal,hessian-diagonal",
            "--level",
            "alpha=0.8,sigma=0.6",
            "--backend",
            "reference");
    assertArrayEquals(
        new double[] {.850758454690, 1.083036673668},
        found.get("localisation").toDoubles(),
        rounding);
    assertEquals(.850758454690 * .36 / .64, found.get("eigenvalue").toDoubles()[0], rounding);
    double[] hessian = found.get("hessian").toDoubles();
    assertEquals(-.836939763432, hessian[0], rounding);
    assertEquals(-.401459838642, hessian[1], rounding);
    assertArrayEquals(new long[] {2, 3, 3}, found.get("hessian").shape());
    double[] covariance = found.get("covariance").toDoubles();
    double[] diagonal = found.get("diagonal").toDoubles();
    double[] hessianDiagonal = found.get("hessian-diagonal").toDoubles();
    for (int i = 0; i < 6; i++) {
      assertEquals(diagonal[i], covariance[i / 3 * 9 + i % 3 * 4], rounding);
      assertEquals(hessianDiagonal[i], hessian[i / 3 * 9 + i % 3 * 4], rounding);
    }
    assertArrayEquals(new long[] {2}, found.get("localisation").shape());
  }

  @Test
  void scalarsAreVectorsAndOthersAreMatrices() throws IOException {
    Npz found = evaluate("trace,logp,hessian-diagonal,diagonal", "--level", "sigma=0.5");
    assertEquals(List.of("trace", "logp", "hessian-diagonal", "diagonal"), found.names());
    assertArrayEquals(new long[] {2}, found.get("trace").shape());
    assertArrayEquals(new long[] {2}, found.get("logp").shape());
    assertArrayEquals(new long[] {2, 3}, found.get("hessian-diagonal").shape());
    assertArrayEquals(new long[] {2, 3}, found.get("diagonal").shape());
  }

  @Test
  void batchesAndThreadsDoNotChangeABitOfAnyArray() throws IOException {
    String all =
        "logp,mean,score,trace,diagonal,hessian-diagonal,responsibilities,covariance,hessian,"
            + "eigenvalue,localisation";
    Npz whole = evaluate(all, "--level", "snr=0dB", "--threads", "1");
    Npz parts = evaluate(all, "--level", "snr=0dB", "--threads", "2", "--batch", "1");
    assertEquals(List.of(all.split(",")), whole.names());
    for (String name : whole.names()) {
      assertEquals(whole.get(name), parts.get(name), name); // type, shape and bytes
    }
  }

  /**
   * Rows x0 + noise at 10 dB, sigma^2 = .1: density and score are those of the rows as they are. By
   * numpy and scipy (logsumexp) in float64, of weights .6, .4, means (-1, 0), (1.5, 1), variances
   * .2, .1 and variances .3, .2 with the noise.
   */
  @Test
  void anSnrLeavesTheRowsAsTheyAre() throws IOException {
    Npz.write(
        folder.resolve("two.npz"),
        Map.of(
            "weights", NdArray.of(new double[] {.6, .4}, 2),
            "means", NdArray.of(new double[] {-1, 0, 1.5, 1}, 2, 2),
            "covariances", NdArray.of(new double[] {.2, .1}, 2)));
    Path rows = folder.resolve("two.npy");
    Npy.write(rows, NdArray.of(new double[] {.3, -.5, 1, 2}, 2, 2));
    Path values = folder.resolve("two-values.npz");
    Run run =
        Run.of(
                "evaluate",
                "--prior",
                folder.resolve("two.npz").toString(),
                "--at",
                rows.toString(),
                "--level",
                "snr=10dB",
                "--what",
                "logp,score",
                "--backend",
                "reference",
                "--out",
                values.toString())
            .good();
    assertTrue(run.fact("rows").contains("as they are, at"), run.out());
    Npz found = Npz.open(values, Arena.ofAuto());
    assertArrayEquals(new double[] {-4.37556684, -4.26969302}, found.get("logp").toDoubles(), 5e-9);
    assertArrayEquals(
        new double[] {-4.30756962, 1.6812107, 2.49966211, -5.00006143},
        found.get("score").toDoubles(),
        6e-9);
  }

  /** A line for people and an object for scripts, where results are float64; else neither. */
  @Test
  void float64SaysHowManyOfItsDigitsAreRight() throws IOException {
    Path at = folder.resolve("digits.npy");
    Npy.write(at, NdArray.of(new double[] {.3, .4, -.2, -1, 1, .5}, 2, 3));
    String[] evaluate = {
      "evaluate",
      "--prior",
      "builtin:three-gaussians",
      "--at",
      at.toString(),
      "--out",
      folder.resolve("out.npz").toString(),
      "--what",
      "hessian,mean,logp",
      "--level",
      "sigma=0.5",
      "--backend"
    };
    String[] more = Arrays.copyOf(evaluate, evaluate.length + 2);
    more[evaluate.length] = "reference";
    more[evaluate.length + 1] = "--json";
    String json = Run.of(more).good().out();
    assertTrue(
        json.matches(
            "(?s).*\"digits\":\\{\"atLeast\":\\{\"logp\":1[45][.0-9]+,\"mean\":1[45][.0-9]+},\"rows\":2,"
                + "\"condition\":[.0-9]+,\"component\":[012]}.*"),
        json);
    more[evaluate.length + 1] = "--threads=1";
    String text = Run.of(more).good().out();
    assertTrue(text.contains("digits    at least logp 1"), text);
    more[evaluate.length] = "java:scalar";
    assertTrue(!Run.of(more).good().out().contains("digits"));
  }
}
