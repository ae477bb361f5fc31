package dev.tweedie.cli;

import dev.tweedie.InvalidInputException;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;

/**
 * A level as the command line writes it: always that of the rows as they are given, which no
 * command scales. A ratio of signal to noise is therefore that of rows {@code x0 + noise}, alpha 1.
 */
final class LevelSyntax {
  static final String FORMS = "alpha=A,sigma=S, sigma=S or snr=XdB";

  static final String HELP =
      "Level of the rows as they are, x = alpha x0 + sigma z: alpha=0.8,sigma=0.6; sigma=0.5"
          + " (alpha 1); or snr=10dB, of x = x0 + noise: alpha 1, sigma = 10^(-10/20) = 0.316.";

  private LevelSyntax() {}

  /** Parses {@code alpha=0.8,sigma=0.6}, {@code sigma=0.5} or {@code snr=10dB}. */
  static Level parse(String text) {
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (String word : text.split(",", -1)) {
      int equals = word.indexOf('=');
      names.add(equals < 0 ? word : word.substring(0, equals));
      values.add(word.substring(equals + 1));
    }
    if (names.equals(List.of("sigma"))) {
      return Level.ofSigma(number("sigma", values.get(0)));
    }
    if (names.equals(List.of("alpha", "sigma"))) {
      double alpha = number("alpha", values.get(0));
      return Level.of(alpha, number("sigma", values.get(1)));
    }
    if (names.equals(List.of("sigma", "alpha"))) {
      double alpha = number("alpha", values.get(1));
      return Level.of(alpha, number("sigma", values.get(0)));
    }
    String snr = values.get(0);
    if (names.equals(List.of("snr")) && snr.endsWith("dB")) {
      return ofSnr(text, number("snr", snr.substring(0, snr.length() - 2)));
    }
    throw new InvalidInputException("found '" + text + "', allowed: " + FORMS);
  }

  private static Level ofSnr(String text, double dB) {
    double sigma = StrictMath.pow(10, -dB / 20);
    if (!(sigma > 0 && sigma < Double.POSITIVE_INFINITY)) {
      throw new InvalidInputException(
          "found '" + text + "', allowed: a finite ratio, of a sigma that float64 holds");
    }
    return Level.ofSigma(sigma);
  }

  private static double number(String name, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new InvalidInputException(name + ": found '" + text + "', allowed: a number", e);
    }
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<Level> {
    @Override
    public Level convert(String text) {
      return parse(text);
    }
  }
}
