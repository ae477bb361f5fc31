package dev.tweedie.prior;

import java.util.Arrays;

/** Segments of a drawing, put together from lines and arcs. */
final class Strokes {
  /** Degrees of an arc that one segment covers. */
  private static final double SEGMENT = 15;

  /** What is done with a segment from (x0, y0) to (x1, y1). */
  interface Segment {
    void accept(double x0, double y0, double x1, double y1);
  }

  private double[] segments = {};

  /** Through the points {@code x0, y0, x1, y1, ...}. */
  Strokes line(double... points) {
    for (int i = 2; i < points.length; i += 2) {
      add(points[i - 2], points[i - 1], points[i], points[i + 1]);
    }
    return this;
  }

  /** Of an ellipse; degrees grow from the right downwards. */
  Strokes arc(double x, double y, double radiusX, double radiusY, double from, double to) {
    int count = (int) Math.ceil((to - from) / SEGMENT);
    double[] points = new double[2 * (count + 1)];
    for (int i = 0; i <= count; i++) {
      double angle = StrictMath.toRadians(from + (to - from) * i / count);
      points[2 * i] = x + radiusX * StrictMath.cos(angle);
      points[2 * i + 1] = y + radiusY * StrictMath.sin(angle);
    }
    return line(points);
  }

  private void add(double... segment) {
    int at = segments.length;
    segments = Arrays.copyOf(segments, at + 4);
    System.arraycopy(segment, 0, segments, at, 4);
  }

  void forEachSegment(Segment action) {
    for (int i = 0; i < segments.length; i += 4) {
      action.accept(segments[i], segments[i + 1], segments[i + 2], segments[i + 3]);
    }
  }
}
