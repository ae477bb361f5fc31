package dev.tweedie.plot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;

/** A plot of curves and points, described without saying how it is drawn. */
public final class Plot {
  /** How a series is drawn; dashed lines are for what is compared with. */
  public enum Style {
    LINE,
    DASHED,
    POINTS
  }

  record Series(String name, Style style, boolean sameColour, double[] x, double[] y) {}

  private final String title;
  private final String x;
  private final String y;
  private final List<Series> series = new ArrayList<>();
  private boolean logX;
  private boolean logY;
  private boolean sameScale;

  /**
   * @param x label of the horizontal axis
   * @param y label of the vertical axis
   */
  public Plot(String title, String x, String y) {
    this.title = title;
    this.x = x;
    this.y = y;
  }

  /** A logarithmic horizontal axis; points at 0 or below are left out. */
  public Plot logX() {
    logX = true;
    return this;
  }

  /** A logarithmic vertical axis; points at 0 or below are left out. */
  public Plot logY() {
    logY = true;
    return this;
  }

  /** A unit as long on one axis as on the other, as near as a chart can tell. */
  public Plot sameScale() {
    sameScale = true;
    return this;
  }

  /**
   * Adds a series; points that are not finite are left out.
   *
   * @param name unique within the plot, for the legend
   */
  public Plot add(String name, Style style, double[] x, double[] y) {
    return add(name, style, false, x, y);
  }

  /** Points that the previous series is compared with, in its colour. */
  public Plot beside(String name, double[] x, double[] y) {
    return add(name, Style.POINTS, true, x, y);
  }

  private Plot add(String name, Style style, boolean sameColour, double[] x, double[] y) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(name + ": " + x.length + " and " + y.length + " numbers");
    }
    series.add(new Series(name, style, sameColour, x.clone(), y.clone()));
    return this;
  }

  public Plot line(String name, double[] x, double[] y) {
    return add(name, Style.LINE, x, y);
  }

  public String title() {
    return title;
  }

  String x() {
    return x;
  }

  String y() {
    return y;
  }

  /** Whether a logarithmic axis was asked for and has a decade: less has one label at most. */
  boolean hasLogX() {
    return logX && xRange().getMax() >= 10 * xRange().getMin();
  }

  /** As {@link #hasLogX}. */
  boolean hasLogY() {
    return logY && yRange().getMax() >= 10 * yRange().getMin();
  }

  boolean hasSameScale() {
    return sameScale;
  }

  DoubleSummaryStatistics xRange() {
    return drawable().stream().flatMapToDouble(one -> Arrays.stream(one.x())).summaryStatistics();
  }

  DoubleSummaryStatistics yRange() {
    return drawable().stream().flatMapToDouble(one -> Arrays.stream(one.y())).summaryStatistics();
  }

  /** What can be drawn: without points that have no place on the axes. */
  List<Series> drawable() {
    return series.stream().map(this::placed).filter(one -> one.x().length > 0).toList();
  }

  private Series placed(Series one) {
    double[] x = new double[one.x().length];
    double[] y = new double[x.length];
    int count = 0;
    for (int i = 0; i < x.length; i++) {
      if (hasPlace(one.x()[i], logX) && hasPlace(one.y()[i], logY)) {
        x[count] = one.x()[i];
        y[count++] = one.y()[i];
      }
    }
    return new Series(
        one.name(),
        one.style(),
        one.sameColour(),
        Arrays.copyOf(x, count),
        Arrays.copyOf(y, count));
  }

  private static boolean hasPlace(double value, boolean logarithmic) {
    return Double.isFinite(value) && (!logarithmic || value > 0);
  }
}
