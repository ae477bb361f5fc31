package dev.tweedie.cli.reproduce;

import dev.tweedie.plot.Charts;
import dev.tweedie.plot.Plot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;

/**
 * One page with every table and plot in it, without a link to another file. Plots are SVG images of
 * their own rather than part of the page, because their clip paths share names.
 */
public final class HtmlReport {
  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <title>Tweedie: reproduced experiments</title>
      <style>
      body { font: 15px/1.45 system-ui, sans-serif; max-width: 1100px; margin: 2em auto; \
      padding: 0 1em; color: #222; }
      h2 { margin-top: 2.5em; border-top: 1px solid #bbb; padding-top: 1em; }
      .scroll { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
      caption { text-align: left; font-weight: 600; padding: 1em 0 .4em; }
      th, td { padding: .15em .7em; text-align: right; border-bottom: 1px solid #ddd; }
      td.outside { background: #fbd5d0; }
      img { max-width: 100%; display: block; margin: 1em 0; }
      </style>
      </head>
      <body>
      <h1>Reproduced experiments</h1>
      """;

  private final StringBuilder page = new StringBuilder(HEAD);

  /**
   * @param setting what all experiments ran on, in one line
   */
  public HtmlReport(String setting) {
    element("p", setting);
  }

  /** Adds an experiment. */
  public void add(Experiment experiment, Result result, double seconds) throws IOException {
    element("h2", experiment.name());
    element("p", experiment.item() + ": " + experiment.summary());
    for (ResultTable table : result.tables()) {
      add(table);
    }
    for (Plot plot : result.plots()) {
      ByteArrayOutputStream svg = new ByteArrayOutputStream();
      Charts.svg(plot, svg);
      page.append("<img alt=\"").append(escaped(plot.title()));
      page.append("\" src=\"data:image/svg+xml;base64,");
      page.append(Base64.getEncoder().encodeToString(svg.toByteArray())).append("\">\n");
    }
    for (String note : result.notes()) {
      element("p", note);
    }
    element("p", "%.1f s".formatted(seconds));
  }

  private void add(ResultTable table) {
    page.append("<div class=\"scroll\"><table>\n");
    element("caption", table.caption());
    page.append("<tr>");
    table.header().forEach(name -> element("th", name));
    page.append("</tr>\n");
    for (var row : table.shownRows()) {
      page.append("<tr>");
      for (String cell : row) {
        page.append(cell.endsWith("!") ? "<td class=\"outside\">" : "<td>");
        page.append(escaped(cell)).append("</td>");
      }
      page.append("</tr>\n");
    }
    page.append("</table></div>\n");
  }

  /** The whole page. */
  public String html() {
    return page + "</body>\n</html>\n";
  }

  private void element(String tag, String text) {
    page.append("<%s>%s</%s>\n".formatted(tag, escaped(text), tag));
  }

  /** As text of a page or of an attribute. */
  public static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
