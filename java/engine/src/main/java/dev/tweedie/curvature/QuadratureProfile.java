package dev.tweedie.curvature;

import dev.tweedie.curvature.LineMeasure.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A profile on the line by Gauss's rule, cell by cell. Cells are halved until the localisation's
 * mean over each, known exactly from the posterior mean at its ends, is what its ends promise: a
 * peak between two nodes cannot hide. The extrema are nodes too, so L is monotone in a cell and a
 * threshold cuts it at one point.
 */
public final class QuadratureProfile extends Profile {
  /** Allowed gap between the mean of L over a cell and that of its ends, relative to 1 + L. */
  private static final double GAP = 1e-3;

  private static final double NARROWEST = 1e-10;
  private static final int GOLDEN_STEPS = 60;
  private static final int ROOT_STEPS = 60;
  private static final double GOLDEN = 0.5 * (Math.sqrt(5) - 1);

  /** Gauss-Legendre rule of 8 points on [-1, 1], the positive half. */
  private static final double[] NODES = {
    0.1834346424956498, 0.5255324099163290, 0.7966664774136267, 0.9602898564975363
  };

  private static final double[] WEIGHTS = {
    0.3626837833783620, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763
  };

  private final LineMeasure.Smoothed law;
  private final List<Point> points;
  private final Mass[] cells;

  /** Integrals of the density and of density times L. */
  private record Mass(double zeroth, double first) {}

  /**
   * @param ratio r = alpha / sigma
   */
  public QuadratureProfile(LineMeasure measure, double ratio) {
    super(ratio);
    this.law = measure.smoothed(ratio);
    this.points = withExtrema(refined(law.nodes()));
    this.cells = new Mass[points.size() - 1];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = integral(points.get(i).y(), points.get(i + 1).y());
    }
  }

  private List<Point> refined(double[] nodes) {
    List<Point> out = new ArrayList<>();
    Point left = law.at(nodes[0]);
    out.add(left);
    for (int i = 1; i < nodes.length; i++) {
      Point right = law.at(nodes[i]);
      refine(left, right, out);
      left = right;
    }
    return out;
  }

  private void refine(Point left, Point right, List<Point> out) {
    double width = right.y() - left.y();
    double mean = (right.mean() - left.mean()) / width;
    double promised = 0.5 * (left.localisation() + right.localisation());
    boolean narrow = width < NARROWEST * (1 + Math.abs(left.y()));
    if (narrow || Math.abs(mean - promised) <= GAP * (1 + promised)) {
      out.add(right);
      return;
    }
    Point middle = law.at(left.y() + 0.5 * width);
    refine(left, middle, out);
    refine(middle, right, out);
  }

  private List<Point> withExtrema(List<Point> grid) {
    List<Point> out = new ArrayList<>(grid);
    for (int i = 1; i + 1 < grid.size(); i++) {
      double before = grid.get(i).localisation() - grid.get(i - 1).localisation();
      double after = grid.get(i + 1).localisation() - grid.get(i).localisation();
      if (before * after < 0) {
        out.add(extremum(grid.get(i - 1).y(), grid.get(i + 1).y(), Math.signum(before)));
      }
    }
    out.sort(Comparator.comparingDouble(Point::y));
    return out;
  }

  /** Golden section search for the largest {@code sign L}. */
  private Point extremum(double low, double high, double sign) {
    Point left = law.at(high - GOLDEN * (high - low));
    Point right = law.at(low + GOLDEN * (high - low));
    for (int i = 0; i < GOLDEN_STEPS; i++) {
      if (sign * left.localisation() >= sign * right.localisation()) {
        high = right.y();
        right = left;
        left = law.at(high - GOLDEN * (high - low));
      } else {
        low = left.y();
        left = right;
        right = law.at(low + GOLDEN * (high - low));
      }
    }
    return left;
  }

  private Mass integral(double low, double high) {
    double middle = 0.5 * (low + high);
    double half = 0.5 * (high - low);
    double zeroth = 0;
    double first = 0;
    for (int i = 0; i < NODES.length; i++) {
      for (int side = -1; side <= 1; side += 2) {
        Point point = law.at(middle + side * half * NODES[i]);
        zeroth += half * WEIGHTS[i] * point.density();
        first += half * WEIGHTS[i] * point.density() * point.localisation();
      }
    }
    return new Mass(zeroth, first);
  }

  /** Integrals over where L exceeds u. */
  private Mass above(double u) {
    double zeroth = 0;
    double first = 0;
    for (int i = 0; i < cells.length; i++) {
      boolean left = points.get(i).localisation() > u;
      boolean right = points.get(i + 1).localisation() > u;
      if (!left && !right) {
        continue;
      }
      Mass mass = cells[i];
      if (left != right) {
        double cut = crossing(points.get(i), points.get(i + 1), u);
        mass = left ? integral(points.get(i).y(), cut) : integral(cut, points.get(i + 1).y());
      }
      zeroth += mass.zeroth();
      first += mass.first();
    }
    return new Mass(zeroth, first);
  }

  /** Where L = u between two points on either side, by the Illinois form of the false position. */
  private double crossing(Point left, Point right, double u) {
    double low = left.y();
    double high = right.y();
    double atLow = left.localisation() - u;
    double atHigh = right.localisation() - u;
    double cut = low;
    for (int i = 0; i < ROOT_STEPS && Math.abs(high - low) > 1e-14 * (1 + Math.abs(low)); i++) {
      cut = high - atHigh * (high - low) / (atHigh - atLow);
      double at = law.at(cut).localisation() - u;
      if (at == 0) {
        return cut;
      }
      if (at > 0 != atHigh > 0) {
        low = high;
        atLow = atHigh;
      } else {
        atLow *= 0.5;
      }
      high = cut;
      atHigh = at;
    }
    return cut;
  }

  @Override
  public double survival(double u) {
    return above(u).zeroth();
  }

  @Override
  public double excess(double u) {
    Mass mass = above(u);
    return mass.first() - u * mass.zeroth();
  }

  @Override
  public double largest() {
    double largest = 0;
    for (Point point : points) {
      largest = Math.max(largest, point.localisation());
    }
    return largest;
  }
}
