package dev.tweedie.bench;

import static dev.tweedie.cli.reproduce.HtmlReport.escaped;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A run of the ops as one HTML page, without a link to another file or a script. */
final class ReportPage {
  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Tweedie: benchmarks</title>
      <style>
      body { font: 15px/1.45 system-ui, sans-serif; max-width: 1000px; margin: 1.5em auto; \
      padding: 0 1em; color: #222; background: #fff; }
      h1 { margin-bottom: .2em; } h2 { margin-top: 2em; }
      .scroll { overflow-x: auto; }
      .warning { background: #fff3cd; border-left: 5px solid #e69f00; padding: .6em 1em; }
      .plot { min-width: 540px; } svg { width: 100%; height: auto; font: 16px system-ui, sans-serif; }
      .grid path { stroke: #ddd; fill: none; } .grid text, .note { fill: #555; }
      .roof path { stroke: #444; stroke-width: 2; fill: none; }
      .dashed path { stroke-dasharray: 7 6; stroke-width: 1.5; }
      .legend { display: flex; flex-wrap: wrap; gap: .2em 1.2em; list-style: none; padding: 0; }
      .legend svg { width: 16px; height: 16px; vertical-align: -3px; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
      th, td { padding: .2em .6em; text-align: right; border-bottom: 1px solid #e4e4e4; \
      white-space: nowrap; }
      th:first-child, td:first-child, td.text { text-align: left; }
      td.why { text-align: left; white-space: normal; color: #444; }
      .bar { display: inline-block; width: 80px; height: .7em; background: #eee; margin-left: .5em; }
      .bar i { display: block; height: 100%; background: #0072b2; }
      td.noisy { background: #fff3cd; }
      @media (max-width: 640px) { .wide { display: none; } body { padding: 0 .6em; } \
      th, td { padding: .2em .35em; } .bar { width: 40px; } }
      </style>
      </head>
      <body>
      """;

  private final RunFile run;
  private final boolean erring;
  private final StringBuilder page = new StringBuilder(HEAD);

  private ReportPage(RunFile run) {
    this.run = run;
    erring =
        run.entries().stream()
            .anyMatch(entry -> !Double.isNaN(RunFile.number(entry.row(), "error")));
  }

  static String of(RunFile run) {
    return new ReportPage(run).html();
  }

  private String html() {
    element("h1", "Tweedie: benchmarks");
    element(
        "p", run.shortBuild() + ", " + run.text("started") + (run.quick() ? ", a quick run" : ""));
    warnings();
    machine();
    plot();
    ops();
    method();
    return page.append("</body>\n</html>\n").toString();
  }

  private void warnings() {
    double noise = MachineNoise.of(run);
    if (noise > MachineNoise.RUN) {
      warn(
          ("The machine was noisy: in the median case the middle half of the iterations spans %s of"
                  + " their median; from %s on a run counts as noisy. Take ratios from"
                  + " --against, or run it again.")
              .formatted(Figures.percent(noise), Figures.percent(MachineNoise.RUN)));
    }
    if (run.quick()) {
      warn("A quick run is for a look: its iterations are short and few.");
    }
    if (run.machine().get("governor") instanceof String governor
        && !governor.equals("performance")) {
      warn("The governor was " + governor + ": the clock may have changed while cases were timed.");
    }
  }

  private void warn(String text) {
    page.append("<p class=\"warning\">").append(escaped(text)).append("</p>\n");
  }

  private void machine() {
    Map<String, Object> facts = run.machine();
    Map<String, String> shown = new LinkedHashMap<>();
    if (run.device() != null) {
      shown.put("device", run.device().toString());
    }
    shown.put(
        "processor",
        "%s, %.0f cores, %s"
            .formatted(facts.get("processor"), RunFile.number(facts, "cores"), clock(facts)));
    shown.put("caches", caches(facts));
    shown.put("memory", gib(RunFile.number(facts, "memoryBytes")));
    shown.put(
        "virtualised",
        facts.get("virtualised") instanceof Boolean below ? below ? "yes" : "no" : "not known");
    shown.put("governor", facts.get("governor") instanceof String name ? name : "not known");
    shown.put("system", facts.get("kernel") + "; Java " + facts.get("java"));
    shown.put("fast mode", String.valueOf(facts.get("fast")));
    double noise = MachineNoise.of(run);
    shown.put(
        "noise",
        Double.isNaN(noise) ? "not known" : String.format(Locale.ROOT, "%.1f %%", 100 * noise));
    element("h2", "Machine");
    page.append("<div class=\"scroll\"><table>\n");
    shown.forEach(
        (name, value) -> {
          page.append("<tr><td>").append(escaped(name)).append("</td><td class=\"why\">");
          page.append(escaped(value)).append("</td></tr>\n");
        });
    page.append("</table></div>\n");
  }

  private static String clock(Map<String, Object> facts) {
    if (facts.get("megahertz") instanceof Map<?, ?> clock
        && clock.get("now") instanceof Double now) {
      String most =
          clock.get("most") instanceof Double limit ? " of at most %.0f".formatted(limit) : "";
      return "%.0f MHz%s when it began".formatted(now, most);
    }
    return "clock not known";
  }

  private static String caches(Map<String, Object> facts) {
    StringBuilder text = new StringBuilder();
    for (Object cache : facts.get("caches") instanceof List<?> list ? list : List.of()) {
      if (cache instanceof Map<?, ?> one
          && one.get("level") instanceof Double level
          && one.get("bytes") instanceof Double bytes) {
        text.append(text.isEmpty() ? "" : ", ");
        String type = String.valueOf(one.get("type")).toLowerCase(Locale.ROOT);
        text.append("L%.0f %s".formatted(level, type));
        text.append(" %.0f KiB".formatted(bytes / 1024));
      }
    }
    return text.isEmpty() ? "not known" : text.toString();
  }

  private static String gib(double bytes) {
    return Double.isNaN(bytes) ? "not known" : "%.1f GiB".formatted(bytes / (1L << 30));
  }

  private void plot() {
    Roofline roofline = new Roofline(run);
    element("h2", "Roofs and ops");
    page.append("<div class=\"scroll\"><div class=\"plot\">").append(roofline.svg());
    page.append("</div></div>\n<ul class=\"legend\">\n");
    roofline
        .colours()
        .forEach(
            (name, colour) -> {
              page.append(
                  "<li><svg viewBox=\"0 0 16 16\"><rect width=\"16\" height=\"16\" fill=\"");
              page.append(colour).append("\"/></svg> ").append(escaped(name)).append("</li>\n");
            });
    for (int count : roofline.threads()) {
      page.append("<li><svg viewBox=\"0 0 16 16\">").append(roofline.shape(count, 8, 8));
      page.append("</svg> threads: ").append(count).append("</li>\n");
    }
    page.append("</ul>\n");
    element(
        "p",
        "Lines are what the machine can do at most: memory's rate (a triad of 800 MB; of a device a"
            + " copy) and fma in registers; dashed, oneMKL's sgemm where it ran. Points above the"
            + " slope work in a cache.");
  }

  private void ops() {
    String op = null;
    for (RunFile.Entry entry : run.entries()) {
      if (!entry.key().op().equals(op)) {
        page.append(op == null ? "" : "</table></div>\n");
        op = entry.key().op();
        element("h2", op);
        page.append("<div class=\"scroll\"><table>\n<tr><th>size</th><th>back end</th>");
        page.append("<th>threads</th><th>time</th><th class=\"wide\">ns each</th>");
        page.append("<th class=\"wide\">GFLOP/s</th><th class=\"wide\">GB/s</th>");
        page.append("<th>of roof</th><th class=\"wide\">noise</th>");
        page.append(erring ? "<th>error</th></tr>\n" : "</tr>\n");
      }
      row(entry);
    }
    page.append(op == null ? "" : "</table></div>\n");
  }

  private void row(RunFile.Entry entry) {
    Map<String, Object> row = entry.row();
    page.append("<tr>");
    cell("text", entry.key().size());
    cell("text", entry.key().column());
    cell("", Integer.toString(entry.key().threads()));
    if (entry.absent() != null) {
      page.append("<td class=\"why\" colspan=\"6\">").append(escaped(entry.absent()));
      page.append("</td>");
      endRow(row);
      return;
    }
    double noise = MachineNoise.of(entry.forks());
    double share = RunFile.number(row, "roofShare");
    cell("", Figures.time(entry.median()));
    cell("wide", Figures.number(RunFile.number(row, "nsPerElement"), 3));
    cell("wide", Figures.number(RunFile.number(row, "gflops"), 1));
    cell("wide", Figures.number(RunFile.number(row, "gbps"), 1));
    page.append("<td>")
        .append(Figures.percent(share))
        .append("<span class=\"bar\"><i style=\"width:");
    page.append(String.format(Locale.ROOT, "%.0f", Math.clamp(100 * share, 0, 100)));
    page.append("%\"></i></span></td>");
    cell(noise > MachineNoise.CASE ? "wide noisy" : "wide", Figures.percent(noise));
    endRow(row);
  }

  /** With the error where the run has peers. */
  private void endRow(Map<String, Object> row) {
    if (erring) {
      cell("", Figures.error(RunFile.number(row, "error")));
    }
    page.append("</tr>\n");
  }

  private void method() {
    element("h2", "How it was measured");
    element(
        "p",
        "JMH times each case in processes of its own, after its result has agreed with java:scalar"
            + " (of peers: with reference). A time is the median of the processes' median"
            + " iterations. The roof of a case is the longer of its flops at the rate of fma and"
            + " its bytes at the rate of a triad of that size. The noise of a case is the span of"
            + " the middle half of its iterations over their median."
            + (erring
                ? " The error of a peer is that of its worst responsibility, a number from 0 to 1,"
                    + " beside reference; no number counts as 1."
                : ""));
  }

  private void cell(String kind, String text) {
    page.append("<td class=\"").append(kind).append("\">").append(escaped(text)).append("</td>");
  }

  private void element(String tag, String text) {
    page.append("<%s>%s</%s>\n".formatted(tag, escaped(text), tag));
  }
}
