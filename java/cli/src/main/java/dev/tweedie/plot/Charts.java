package dev.tweedie.plot;

import static java.math.RoundingMode.HALF_UP;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.DoubleSummaryStatistics;
import java.util.regex.Pattern;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws plots, as PNG and as SVG. */
public final class Charts {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 560;

  /** Width over height inside of the axes, beside a legend of short names. */
  private static final double ASPECT = 1.5;

  private static final double MARGIN = 1.06;
  private static final float LINE = 1.8f;
  private static final float[] DASHES = {6, 4};
  private static final int POINT = 6;
  // Told apart by colour-blind readers too (Okabe and Ito 2008), the yellow made darker for lines.
  private static final int[] COLOURS = {
    0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xb59f00, 0x56b4e9, 0xe69f00, 0x000000, 0x999999
  };

  private static final Pattern LONG_NUMBER = Pattern.compile("-?\\d+\\.\\d{3,}");
  private static final float HAIR = .5f;
  private static final Color PALE = new Color(0xd8d8d8);
  private static final String NUMBER = "0.######";

  private Charts() {}

  public static void png(Plot plot, OutputStream out) throws IOException {
    BitmapEncoder.saveBitmap(chart(plot), out, BitmapFormat.PNG);
  }

  public static void svg(Plot plot, OutputStream out) throws IOException {
    ByteArrayOutputStream drawn = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(chart(plot), drawn, VectorGraphicsFormat.SVG);
    String text = drawn.toString(StandardCharsets.UTF_8);
    // A hundredth of a pixel is enough; all the digits of a double are most of the file.
    String rounded =
        LONG_NUMBER
            .matcher(text)
            .replaceAll(
                found -> new BigDecimal(found.group()).setScale(2, HALF_UP).toPlainString());
    out.write(rounded.getBytes(StandardCharsets.UTF_8));
  }

  private static XYChart chart(Plot plot) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(plot.title())
            .xAxisTitle(plot.x())
            .yAxisTitle(plot.y())
            .build();
    chart.getStyler().setXAxisLogarithmic(plot.hasLogX());
    chart.getStyler().setYAxisLogarithmic(plot.hasLogY());
    // A decade's label is a power; others would lose the zero before the point.
    if (!plot.hasLogX()) {
      chart.getStyler().setXAxisDecimalPattern(NUMBER);
    }
    if (!plot.hasLogY()) {
      chart.getStyler().setYAxisDecimalPattern(NUMBER);
    }
    if (plot.hasSameScale()) {
      sameScale(chart, plot.xRange(), plot.yRange());
    }
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendBorderColor(Color.WHITE);
    chart.getStyler().setMarkerSize(POINT);
    // Dashes become one outline each in an SVG.
    chart.getStyler().setPlotGridLinesStroke(new BasicStroke(HAIR));
    chart.getStyler().setPlotGridLinesColor(PALE);
    int colour = -1;
    for (Plot.Series series : plot.drawable()) {
      colour += series.sameColour() ? 0 : 1;
      XYSeries drawn = chart.addSeries(series.name(), series.x(), series.y());
      Color shade = new Color(COLOURS[Math.max(colour, 0) % COLOURS.length]);
      drawn.setLineColor(shade);
      drawn.setMarkerColor(shade);
      draw(drawn, series.style());
    }
    return chart;
  }

  private static void sameScale(
      XYChart chart, DoubleSummaryStatistics x, DoubleSummaryStatistics y) {
    double half =
        MARGIN / 2 * Math.max((x.getMax() - x.getMin()) / ASPECT, y.getMax() - y.getMin());
    double centre = (x.getMin() + x.getMax()) / 2;
    double middle = (y.getMin() + y.getMax()) / 2;
    chart.getStyler().setXAxisMin(centre - ASPECT * half).setXAxisMax(centre + ASPECT * half);
    chart.getStyler().setYAxisMin(middle - half).setYAxisMax(middle + half);
  }

  private static void draw(XYSeries series, Plot.Style style) {
    switch (style) {
      case LINE -> {
        series.setLineStyle(new BasicStroke(LINE));
        series.setMarker(SeriesMarkers.NONE);
      }
      case DASHED -> {
        series.setLineStyle(
            new BasicStroke(LINE, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, DASHES, 0));
        series.setMarker(SeriesMarkers.NONE);
      }
      case POINTS -> {
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        series.setMarker(SeriesMarkers.CIRCLE);
      }
    }
  }
}
