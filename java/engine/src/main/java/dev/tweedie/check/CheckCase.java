package dev.tweedie.check;

import dev.tweedie.InvalidInputException;
import dev.tweedie.backend.Op;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One comparison, as one line: {@code evaluate:kind=full,B=17,d=103,K=5,a=0.8,s=0.6,in=plain}. The
 * line holds all that is needed to run it again.
 *
 * @param op name of the method of {@code Backend}
 * @param kind variant of the op: a function, a set of terms, a kind of covariance
 * @param rows B; M for gemm
 * @param dim d; N for gemm
 * @param components K; the inner dimension for gemm; 0 where there is none
 * @param alpha of the level
 * @param sigma of the level
 * @param input name of the values, see {@link CaseInputs}
 */
public record CheckCase(
    String op,
    String kind,
    int rows,
    int dim,
    int components,
    double alpha,
    double sigma,
    String input) {

  static CheckCase of(Op op, String kind, int rows, int dim) {
    return new CheckCase(op.toString(), kind, rows, dim, 0, 1, 1, "plain");
  }

  CheckCase components(int count) {
    return new CheckCase(op, kind, rows, dim, count, alpha, sigma, input);
  }

  CheckCase level(double alpha, double sigma) {
    return new CheckCase(op, kind, rows, dim, components, alpha, sigma, input);
  }

  CheckCase input(String name) {
    return new CheckCase(op, kind, rows, dim, components, alpha, sigma, name);
  }

  /**
   * The case that {@link #toString} wrote.
   *
   * @throws InvalidInputException where the line is not of that form
   */
  public static CheckCase parse(String line) {
    int colon = line.indexOf(':');
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : line.substring(colon + 1).split(",")) {
      String[] pair = field.split("=", 2);
      if (pair.length == 2) {
        fields.put(pair[0], pair[1]);
      }
    }
    try {
      if (colon < 0 || fields.size() != 7) {
        throw new NumberFormatException();
      }
      return new CheckCase(
          line.substring(0, colon),
          field(fields, "kind"),
          Integer.parseInt(field(fields, "B")),
          Integer.parseInt(field(fields, "d")),
          Integer.parseInt(field(fields, "K")),
          Double.parseDouble(field(fields, "a")),
          Double.parseDouble(field(fields, "s")),
          field(fields, "in"));
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          "case: found '" + line + "', allowed: OP:kind=..,B=..,d=..,K=..,a=..,s=..,in=..", e);
    }
  }

  private static String field(Map<String, String> fields, String name) {
    String found = fields.get(name);
    if (found == null) {
      throw new NumberFormatException(name + " is missing");
    }
    return found;
  }

  @Override
  public String toString() {
    return String.format(
        "%s:kind=%s,B=%d,d=%d,K=%d,a=%s,s=%s,in=%s",
        op, kind, rows, dim, components, alpha, sigma, input);
  }
}
