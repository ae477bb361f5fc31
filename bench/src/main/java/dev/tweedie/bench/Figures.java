package dev.tweedie.bench;

import java.util.Locale;

/** Numbers as a table shows them. */
final class Figures {
  private Figures() {}

  static String time(double ns) {
    if (Double.isNaN(ns)) {
      return "-";
    }
    if (ns < 1e3) {
      return text("%.3g ns", ns);
    }
    return ns < 1e6
        ? text("%.3f us", ns * 1e-3)
        : ns < 1e9 ? text("%.3f ms", ns * 1e-6) : text("%.3f s", ns * 1e-9);
  }

  static String number(double value, int digits) {
    return Double.isNaN(value) || value == 0 ? "-" : text("%." + digits + "f", value);
  }

  static String error(double value) {
    return Double.isNaN(value) ? "-" : text("%.1e", value);
  }

  static String percent(double share) {
    return Double.isNaN(share) ? "-" : text("%.0f %%", 100 * share);
  }

  private static String text(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
