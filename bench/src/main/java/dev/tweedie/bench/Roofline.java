package dev.tweedie.bench;

import dev.tweedie.cli.reproduce.HtmlReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * The roofline plot of a run as SVG: flops a nanosecond against flops a byte, one colour for each
 * back end, one shape for each number of threads. A point's title says what it is.
 */
final class Roofline {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 540;
  private static final int LEFT = 70;
  private static final int RIGHT = 20;
  private static final int TOP = 20;
  private static final int BOTTOM = 60;

  /** Okabe and Ito's, which the colour-blind tell apart. */
  private static final List<String> COLOURS =
      List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000");

  private final RunFile run;
  private final Map<String, String> colours = new LinkedHashMap<>();
  private final TreeSet<Integer> threads = new TreeSet<>();
  private final List<Point> points = new ArrayList<>();
  private final StringBuilder svg = new StringBuilder();
  private double left = 0.1;
  private double right = 100;
  private double low = 1;
  private double high = 10;

  private record Point(double intensity, double rate, RunFile.Key key, String title) {}

  Roofline(RunFile run) {
    this.run = run;
    for (RunFile.Entry entry : run.entries()) {
      RunFile.Key key = entry.key();
      double rate = RunFile.number(entry.row(), "gflops");
      double intensity = RunFile.number(entry.row(), "flopsPerByte");
      colours.computeIfAbsent(key.column(), _ -> COLOURS.get(colours.size() % COLOURS.size()));
      threads.add(key.threads());
      if (rate > 0 && intensity > 0) {
        String title =
            "%s %s, %s, threads %d: %s GFLOP/s, %s of the roof"
                .formatted(
                    key.op(),
                    key.size(),
                    key.column(),
                    key.threads(),
                    Figures.number(rate, 1),
                    Figures.percent(RunFile.number(entry.row(), "roofShare")));
        points.add(new Point(intensity, rate, key, title));
        left = Math.min(left, intensity / 1.5);
        right = Math.max(right, intensity * 1.5);
        low = Math.min(low, rate / 1.5);
        high = Math.max(high, rate * 1.5);
      }
    }
    for (int count : threads) {
      high = Math.max(high, 1.5 * orZero(flops(count)));
    }
  }

  /** Colour of each back end, for a legend. */
  Map<String, String> colours() {
    return colours;
  }

  /** Numbers of threads, in the order of {@link #shape}. */
  List<Integer> threads() {
    return List.copyOf(threads);
  }

  String svg() {
    svg.append(
        ("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Roofline plot\""
                + " xmlns=\"http://www.w3.org/2000/svg\">\n")
            .formatted(WIDTH, HEIGHT));
    axes();
    for (int count : threads) {
      roofs(count);
    }
    for (Point point : points) {
      svg.append("<g fill=\"").append(colours.get(point.key.column()));
      svg.append("\" fill-opacity=\".75\" stroke=\"#fff\"><title>");
      svg.append(HtmlReport.escaped(point.title)).append("</title>");
      svg.append(shape(point.key.threads(), x(point.intensity), y(point.rate)));
      svg.append("</g>\n");
    }
    return svg.append("</svg>\n").toString();
  }

  /** The mark of so many threads: circle, square, triangle, diamond. */
  String shape(int count, double x, double y) {
    return switch (threads.headSet(count).size() % 4) {
      case 0 -> text("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\"/>", x, y);
      case 1 -> text("<rect x=\"%.1f\" y=\"%.1f\" width=\"11\" height=\"11\"/>", x - 5.5, y - 5.5);
      case 2 -> text("<path d=\"M%.1f %.1fl7 12h-14z\"/>", x, y - 7);
      default -> text("<path d=\"M%.1f %.1fl7 7 -7 7 -7 -7z\"/>", x, y - 7);
    };
  }

  private void axes() {
    svg.append("<g class=\"grid\">\n");
    for (double at = decade(left); at <= right; at *= 10) {
      if (at >= left) {
        line(at, low, at, high);
        label(x(at), HEIGHT - BOTTOM + 24, "middle", at);
      }
    }
    for (double at = decade(low); at <= high; at *= 10) {
      if (at >= low) {
        line(left, at, right, at);
        label(LEFT - 8, y(at) + 6, "end", at);
      }
    }
    svg.append("</g>\n");
    svg.append(
        text(
            "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">flops a byte</text>\n",
            (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8.0));
    svg.append(text("<text x=\"%.0f\" y=\"%.0f\">GFLOP/s</text>\n", LEFT + 8.0, TOP + 18.0));
  }

  /** The slope of memory, the flat of fma, and oneMKL's product below it. */
  private void roofs(int count) {
    double flops = flops(count);
    double bandwidth = bandwidth(count);
    if (!(flops > 0 && bandwidth > 0)) {
      return;
    }
    double ridge = flops / bandwidth;
    double begin = Math.max(left, low / bandwidth);
    svg.append("<g class=\"roof\"><title>");
    svg.append(
        text("roofs, threads %d: fma %.1f GFLOP/s, memory %.1f GB/s", count, flops, bandwidth));
    svg.append("</title>");
    line(begin, begin * bandwidth, Math.min(ridge, right), Math.min(ridge, right) * bandwidth);
    if (ridge < right) {
      line(ridge, flops, right, flops);
    }
    svg.append("</g>\n");
    svg.append(
        text(
            "<text class=\"note\" x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">",
            WIDTH - RIGHT - 6.0, y(flops) - 7));
    svg.append("fma, threads ").append(count).append("</text>\n");
    double product = rate("sgemm", "gflops", count);
    if (product > 0) {
      svg.append("<g class=\"roof dashed\"><title>oneMKL's sgemm</title>");
      line(left, product, right, product);
      svg.append("</g>\n");
    }
  }

  private double flops(int count) {
    return rate("fma", "gflops", count);
  }

  /** Of the largest arrays; of a device its copy. */
  private double bandwidth(int count) {
    double triad = rate("triad", "gbps", count);
    return Double.isNaN(triad) ? rate("copy", "gbps", count) : triad;
  }

  /** The last of its kind, which is the largest; NaN where there is none. */
  private double rate(String roof, String unit, int count) {
    double found = Double.NaN;
    for (Map<String, Object> row : run.roofs()) {
      double threads = row.get("threads") instanceof Double given ? given : 1;
      if (roof.equals(row.get("roof")) && threads == count) {
        found = RunFile.number(row, unit);
      }
    }
    return found;
  }

  private static double orZero(double value) {
    return Double.isNaN(value) ? 0 : value;
  }

  private void line(double x1, double y1, double x2, double y2) {
    svg.append(text("<path d=\"M%.1f %.1fL%.1f %.1f\"/>\n", x(x1), y(y1), x(x2), y(y2)));
  }

  private void label(double x, double y, String anchor, double value) {
    svg.append(
        text(
            "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\" stroke=\"none\">%s</text>\n",
            x, y, anchor, value >= 1 ? text("%.0f", value) : text("%s", value)));
  }

  private static double decade(double value) {
    return Math.pow(10, Math.floor(Math.log10(value)));
  }

  private double x(double value) {
    return LEFT + (WIDTH - LEFT - RIGHT) * Math.log(value / left) / Math.log(right / left);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * Math.log(value / low) / Math.log(high / low);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
