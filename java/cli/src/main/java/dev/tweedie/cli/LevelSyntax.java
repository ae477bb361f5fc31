package dev.tweedie.cli;

import dev.tweedie.Engine;
import dev.tweedie.InvalidInputException;
import dev.tweedie.Samples;
import dev.tweedie.backend.Coefficients;
import dev.tweedie.schedule.Level;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;

/**
 * A level as the command line writes it.
 *
 * @param level the level of the rows once they are scaled
 * @param scale what multiplies the input first: alpha where the noise was given by its SNR, else 1
 */
record LevelSyntax(Level level, double scale) {
  static final String FORMS = "alpha=A,sigma=S, sigma=S or snr=XdB";

  static final String HELP =
      "Level of the rows, x = alpha x0 + sigma z: alpha=0.8,sigma=0.6; sigma=0.5 (alpha 1); or"
          + " snr=10dB (x = x0 + noise, scaled so that alpha^2 + sigma^2 = 1).";

  /** Parses {@code alpha=0.8,sigma=0.6}, {@code sigma=0.5} or {@code snr=10dB}. */
  static LevelSyntax parse(String text) {
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (String word : text.split(",", -1)) {
      int equals = word.indexOf('=');
      names.add(equals < 0 ? word : word.substring(0, equals));
      values.add(word.substring(equals + 1));
    }
    if (names.equals(List.of("sigma"))) {
      return new LevelSyntax(Level.ofSigma(number("sigma", values.get(0))), 1);
    }
    if (names.equals(List.of("alpha", "sigma"))) {
      double alpha = number("alpha", values.get(0));
      return new LevelSyntax(Level.of(alpha, number("sigma", values.get(1))), 1);
    }
    if (names.equals(List.of("sigma", "alpha"))) {
      double alpha = number("alpha", values.get(1));
      return new LevelSyntax(Level.of(alpha, number("sigma", values.get(0))), 1);
    }
    String snr = values.get(0);
    if (names.equals(List.of("snr")) && snr.endsWith("dB")) {
      Level level = Level.ofSnrDb(number("snr", snr.substring(0, snr.length() - 2)));
      return new LevelSyntax(level, level.alpha());
    }
    throw new InvalidInputException("found '" + text + "', allowed: " + FORMS);
  }

  /**
   * The rows as the level has them.
   *
   * @param rows as given, left as they are
   * @param scaled memory for at least as many rows; may be null where {@link #scale} is 1
   */
  Samples scale(Engine engine, Samples rows, Samples scaled) {
    if (scale == 1) {
      return rows;
    }
    Samples out = scaled.slice(0, rows.rows());
    Coefficients by = new Coefficients(scale, 0, 0, 0);
    engine.run(() -> engine.backend().step(by, rows, null, null, null, out));
    return out;
  }

  private static double number(String name, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new InvalidInputException(name + ": found '" + text + "', allowed: a number", e);
    }
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<LevelSyntax> {
    @Override
    public LevelSyntax convert(String text) {
      return parse(text);
    }
  }
}
