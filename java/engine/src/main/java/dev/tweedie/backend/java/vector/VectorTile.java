package dev.tweedie.backend.java.vector;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import dev.tweedie.backend.java.AffineMoments;
import dev.tweedie.backend.java.Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Tile} over the Vector API: the same chains, some lanes at a time. To be touched only where
 * the module jdk.incubator.vector is present.
 *
 * <p>Loads and broadcasts are not given shorter names: one in eight runs the compiler took such a
 * method for a cold one, did not inline it, and boxed its vectors, at a third of the speed. Only
 * the API's own methods are inlined always.
 */
public final class VectorTile implements Tile {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = S.length();

  @Override
  public void product(
      float[] c,
      int ct,
      int rows,
      float[] a,
      int at,
      int am,
      int ak,
      float[] b,
      int bt,
      int depth) {
    VectorProduct.add(c, ct, rows, a, at, am, ak, b, bt, depth, false);
  }

  @Override
  public void freshProduct(
      float[] c,
      int ct,
      int rows,
      float[] a,
      int at,
      int am,
      int ak,
      float[] b,
      int bt,
      int depth) {
    VectorProduct.add(c, ct, rows, a, at, am, ak, b, bt, depth, true);
  }

  @Override
  public void squares(float[] x, int xt, int n, float[] sum, int st) {
    for (int l = 0; l < LANES; l += 2 * WIDTH) {
      FloatVector s0 = FloatVector.fromArray(S, sum, st + l);
      FloatVector s1 = FloatVector.fromArray(S, sum, st + l + WIDTH);
      for (int i = 0; i < n; i++) {
        FloatVector x0 = FloatVector.fromArray(S, x, xt + i * LANES + l);
        FloatVector x1 = FloatVector.fromArray(S, x, xt + i * LANES + l + WIDTH);
        s0 = x0.fma(x0, s0);
        s1 = x1.fma(x1, s1);
      }
      s0.intoArray(sum, st + l);
      s1.intoArray(sum, st + l + WIDTH);
    }
  }

  @Override
  public void scaledSquares(
      float[] x, int xt, int n, float[] scale, float[] shift, float[] q, int components) {
    VectorDistances.scaledSquares(x, xt, n, scale, shift, q, components);
  }

  @Override
  public void squaredDistances(
      float[] x, int xt, int n, float[] m, int mt, int stride, float[] q, int components) {
    VectorDistances.squaredDistances(x, xt, n, m, mt, stride, q, components);
  }

  @Override
  public void affine(
      float[] x, int xt, int n, float[] scale, int st, float[] shift, int ht, float[] out) {
    for (int i = 0; i < n; i++) {
      FloatVector s = FloatVector.broadcast(S, scale[st + i]);
      FloatVector h = FloatVector.broadcast(S, shift[ht + i]);
      for (int l = 0; l < LANES; l += WIDTH) {
        FloatVector.fromArray(S, x, xt + i * LANES + l).fma(s, h).intoArray(out, i * LANES + l);
      }
    }
  }

  @Override
  public void logits(float[] l, int n, float[] scale, float[] shift, float[] top) {
    for (int lane = 0; lane < LANES; lane += 2 * WIDTH) {
      FloatVector top0 = FloatVector.fromArray(S, top, lane);
      FloatVector top1 = FloatVector.fromArray(S, top, lane + WIDTH);
      for (int i = 0; i < n; i++) {
        int at = i * LANES + lane;
        FloatVector s = FloatVector.broadcast(S, scale[i]);
        FloatVector h = FloatVector.broadcast(S, shift[i]);
        FloatVector l0 = FloatVector.fromArray(S, l, at).fma(s, h);
        FloatVector l1 = FloatVector.fromArray(S, l, at + WIDTH).fma(s, h);
        l0.intoArray(l, at);
        l1.intoArray(l, at + WIDTH);
        top0 = top0.blend(l0, l0.compare(GT, top0)); // not max, which lets NaN through
        top1 = top1.blend(l1, l1.compare(GT, top1));
      }
      top0.intoArray(top, lane);
      top1.intoArray(top, lane + WIDTH);
    }
  }

  /** The maximum of every other component by itself: one chain of comparisons would take longer. */
  @Override
  public void logits(
      float[] l,
      int n,
      float[] scale,
      float[] slope,
      float[] y,
      int yt,
      float[] shift,
      float[] top) {
    for (int lane = 0; lane < LANES; lane += 2 * WIDTH) {
      FloatVector y0 = FloatVector.fromArray(S, y, yt + lane);
      FloatVector y1 = FloatVector.fromArray(S, y, yt + lane + WIDTH);
      FloatVector top0 = FloatVector.fromArray(S, top, lane);
      FloatVector top1 = FloatVector.fromArray(S, top, lane + WIDTH);
      FloatVector odd0 = top0;
      FloatVector odd1 = top1;
      int i = 0;
      for (; i + 1 < n; i += 2) {
        int at = i * LANES + lane;
        FloatVector s = FloatVector.broadcast(S, scale[i]);
        FloatVector m = FloatVector.broadcast(S, slope[i]);
        FloatVector h = FloatVector.broadcast(S, shift[i]);
        FloatVector l0 = s.fma(FloatVector.fromArray(S, l, at), m.fma(y0, h));
        FloatVector l1 = s.fma(FloatVector.fromArray(S, l, at + WIDTH), m.fma(y1, h));
        l0.intoArray(l, at);
        l1.intoArray(l, at + WIDTH);
        top0 = top0.blend(l0, l0.compare(GT, top0));
        top1 = top1.blend(l1, l1.compare(GT, top1));
        s = FloatVector.broadcast(S, scale[i + 1]);
        m = FloatVector.broadcast(S, slope[i + 1]);
        h = FloatVector.broadcast(S, shift[i + 1]);
        l0 = s.fma(FloatVector.fromArray(S, l, at + LANES), m.fma(y0, h));
        l1 = s.fma(FloatVector.fromArray(S, l, at + LANES + WIDTH), m.fma(y1, h));
        l0.intoArray(l, at + LANES);
        l1.intoArray(l, at + LANES + WIDTH);
        odd0 = odd0.blend(l0, l0.compare(GT, odd0));
        odd1 = odd1.blend(l1, l1.compare(GT, odd1));
      }
      top0 = top0.blend(odd0, odd0.compare(GT, top0));
      top1 = top1.blend(odd1, odd1.compare(GT, top1));
      for (; i < n; i++) {
        int at = i * LANES + lane;
        FloatVector s = FloatVector.broadcast(S, scale[i]);
        FloatVector m = FloatVector.broadcast(S, slope[i]);
        FloatVector h = FloatVector.broadcast(S, shift[i]);
        FloatVector l0 = s.fma(FloatVector.fromArray(S, l, at), m.fma(y0, h));
        FloatVector l1 = s.fma(FloatVector.fromArray(S, l, at + WIDTH), m.fma(y1, h));
        l0.intoArray(l, at);
        l1.intoArray(l, at + WIDTH);
        top0 = top0.blend(l0, l0.compare(GT, top0));
        top1 = top1.blend(l1, l1.compare(GT, top1));
      }
      top0.intoArray(top, lane);
      top1.intoArray(top, lane + WIDTH);
    }
  }

  @Override
  public void multiply(float[] x, int xt, int n, float[] scale, int st, float[] out) {
    for (int i = 0; i < n; i++) {
      FloatVector s = FloatVector.broadcast(S, scale[st + i]);
      for (int l = 0; l < LANES; l += WIDTH) {
        FloatVector.fromArray(S, x, xt + i * LANES + l).mul(s).intoArray(out, i * LANES + l);
      }
    }
  }

  @Override
  public void multiply(float[] x, int n, float[] y, float[] out) {
    for (int at = 0; at < n * LANES; at += WIDTH) {
      FloatVector.fromArray(S, x, at).mul(FloatVector.fromArray(S, y, at)).intoArray(out, at);
    }
  }

  @Override
  public void multiply(float[] x, int n, float[] w, float[] scale, float[] out) {
    for (int i = 0; i < n; i++) {
      FloatVector s = FloatVector.broadcast(S, scale[i]);
      for (int l = 0; l < LANES; l += WIDTH) {
        FloatVector.fromArray(S, w, l)
            .mul(s)
            .mul(FloatVector.fromArray(S, x, i * LANES + l))
            .intoArray(out, i * LANES + l);
      }
    }
  }

  @Override
  public void rescale(float[] c, int ct, int n, float[] factor) {
    for (int l = 0; l < LANES; l += WIDTH) {
      FloatVector f = FloatVector.fromArray(S, factor, l);
      for (int i = 0; i < n; i++) {
        int at = ct + i * LANES + l;
        FloatVector.fromArray(S, c, at).mul(f).intoArray(c, at);
      }
    }
  }

  @Override
  public void add(float[] c, int ct, int n, float[] x) {
    for (int at = 0; at < n * LANES; at += WIDTH) {
      FloatVector.fromArray(S, c, ct + at)
          .add(FloatVector.fromArray(S, x, at))
          .intoArray(c, ct + at);
    }
  }

  @Override
  public void rescaleAndAdd(float[] c, int ct, int n, float[] factor, float[] x) {
    for (int l = 0; l < LANES; l += WIDTH) {
      FloatVector f = FloatVector.fromArray(S, factor, l);
      for (int at = l; at < n * LANES; at += LANES) {
        FloatVector.fromArray(S, c, ct + at)
            .fma(f, FloatVector.fromArray(S, x, at))
            .intoArray(c, ct + at);
      }
    }
  }

  @Override
  public void add(float[] c, int ct, int n, float[] factor, float[] x) {
    for (int l = 0; l < LANES; l += WIDTH) {
      FloatVector f = FloatVector.fromArray(S, factor, l);
      for (int i = 0; i < n; i++) {
        int at = i * LANES + l;
        f.fma(FloatVector.fromArray(S, x, at), FloatVector.fromArray(S, c, ct + at))
            .intoArray(c, ct + at);
      }
    }
  }

  @Override
  public void logitsOfLevels(
      float[] q, int qt, int levels, float[] scale, int st, float[] shift, int ht, float[] out) {
    for (int l = 0; l < LANES; l += 2 * WIDTH) {
      FloatVector q0 = FloatVector.fromArray(S, q, qt + l);
      FloatVector q1 = FloatVector.fromArray(S, q, qt + l + WIDTH);
      for (int s = 0; s < levels; s++) {
        FloatVector f = FloatVector.broadcast(S, scale[st + s]);
        FloatVector h = FloatVector.broadcast(S, shift[ht + s]);
        q0.fma(f, h).intoArray(out, s * LANES + l);
        q1.fma(f, h).intoArray(out, s * LANES + l + WIDTH);
      }
    }
  }

  @Override
  public void largestOfLevels(
      float[] q, int n, int levels, float[] scale, int sk, float[] shift, int hk, float[] best) {
    for (int k = 0; k < n; k++) {
      for (int l = k * LANES; l < (k + 1) * LANES; l += 2 * WIDTH) {
        largest(q, l, levels, scale, k * sk, shift, k * hk, best);
      }
    }
  }

  /** The maximum of every other level by itself, as that of {@link #logits}. */
  private static void largest(
      float[] q, int at, int levels, float[] scale, int st, float[] shift, int ht, float[] best) {
    FloatVector q0 = FloatVector.fromArray(S, q, at);
    FloatVector q1 = FloatVector.fromArray(S, q, at + WIDTH);
    FloatVector top0 = FloatVector.broadcast(S, -Float.MAX_VALUE);
    FloatVector top1 = top0;
    FloatVector odd0 = top0;
    FloatVector odd1 = top0;
    int s = 0;
    for (; s + 1 < levels; s += 2) {
      FloatVector f = FloatVector.broadcast(S, scale[st + s]);
      FloatVector h = FloatVector.broadcast(S, shift[ht + s]);
      FloatVector l0 = q0.fma(f, h);
      FloatVector l1 = q1.fma(f, h);
      top0 = top0.blend(l0, l0.compare(GT, top0)); // not max, which lets NaN through
      top1 = top1.blend(l1, l1.compare(GT, top1));
      f = FloatVector.broadcast(S, scale[st + s + 1]);
      h = FloatVector.broadcast(S, shift[ht + s + 1]);
      l0 = q0.fma(f, h);
      l1 = q1.fma(f, h);
      odd0 = odd0.blend(l0, l0.compare(GT, odd0));
      odd1 = odd1.blend(l1, l1.compare(GT, odd1));
    }
    top0 = top0.blend(odd0, odd0.compare(GT, top0));
    top1 = top1.blend(odd1, odd1.compare(GT, top1));
    for (; s < levels; s++) {
      FloatVector f = FloatVector.broadcast(S, scale[st + s]);
      FloatVector h = FloatVector.broadcast(S, shift[ht + s]);
      FloatVector l0 = q0.fma(f, h);
      FloatVector l1 = q1.fma(f, h);
      top0 = top0.blend(l0, l0.compare(GT, top0));
      top1 = top1.blend(l1, l1.compare(GT, top1));
    }
    top0.intoArray(best, at);
    top1.intoArray(best, at + WIDTH);
  }

  @Override
  public void maximum(float[] logits, int n, float[] start, int st, float[] out) {
    for (int l = 0; l < LANES; l += WIDTH) {
      FloatVector top = FloatVector.fromArray(S, start, st + l);
      for (int i = 0; i < n; i++) {
        FloatVector logit = FloatVector.fromArray(S, logits, i * LANES + l);
        top = top.blend(logit, logit.compare(GT, top)); // not max, which lets NaN through
      }
      top.intoArray(out, l);
    }
  }

  @Override
  public void weights(float[] logits, int n, float[] top, int tt, float[] weights, float[] sum) {
    for (int l = 0; l < LANES; l += 2 * WIDTH) {
      VectorFormula.weights(logits, n, top, tt, weights, sum, l);
    }
  }

  @Override
  public void reached(float[] weights, int n, float[] mass, float[] out) {
    for (int l = 0; l < LANES; l += WIDTH) {
      FloatVector wanted = FloatVector.fromArray(S, mass, l);
      FloatVector sum = FloatVector.zero(S);
      FloatVector below = FloatVector.zero(S);
      for (int i = 0; i < n; i++) { // sums never fall, so those below come first
        sum = sum.add(FloatVector.fromArray(S, weights, i * LANES + l));
        below = below.add(FloatVector.zero(S).blend(1, sum.compare(LT, wanted)));
      }
      below.intoArray(out, l);
    }
  }

  @Override
  public int weighing(float[] weights, int n, int[] picked) {
    int count = 0;
    for (int i = 0; i < n; i++) {
      FloatVector largest = FloatVector.fromArray(S, weights, i * LANES);
      for (int l = WIDTH; l < LANES; l += WIDTH) {
        largest = largest.max(FloatVector.fromArray(S, weights, i * LANES + l));
      }
      picked[count] = i;
      count += largest.compare(GT, 0).anyTrue() ? 1 : 0;
    }
    return count;
  }

  @Override
  public void pull(
      float[] w, int n, float[] pull, float[] slope, float[] pulled, float[] sum, int st) {
    for (int l = 0; l < LANES; l += 2 * WIDTH) {
      FloatVector s0 = FloatVector.fromArray(S, sum, st + l);
      FloatVector s1 = FloatVector.fromArray(S, sum, st + l + WIDTH);
      for (int i = 0; i < n; i++) {
        int at = i * LANES + l;
        FloatVector w0 = FloatVector.fromArray(S, w, at);
        FloatVector w1 = FloatVector.fromArray(S, w, at + WIDTH);
        FloatVector p = FloatVector.broadcast(S, pull[i]);
        FloatVector m = FloatVector.broadcast(S, slope[i]);
        w0.mul(p).intoArray(pulled, at);
        w1.mul(p).intoArray(pulled, at + WIDTH);
        s0 = m.fma(w0, s0);
        s1 = m.fma(w1, s1);
      }
      s0.intoArray(sum, st + l);
      s1.intoArray(sum, st + l + WIDTH);
    }
  }

  @Override
  public void distances(float[] x, float[] y, float[] v, int at, int n, float[] along) {
    for (int l = 0; l < LANES; l += 2 * WIDTH) {
      FloatVector a0 = FloatVector.zero(S);
      FloatVector a1 = FloatVector.zero(S);
      for (int i = 0; i < n; i++) {
        int to = i * LANES + l;
        int from = at + to;
        FloatVector t0 = FloatVector.fromArray(S, x, to).sub(FloatVector.fromArray(S, y, from));
        FloatVector t1 =
            FloatVector.fromArray(S, x, to + WIDTH).sub(FloatVector.fromArray(S, y, from + WIDTH));
        t0.intoArray(x, to);
        t1.intoArray(x, to + WIDTH);
        a0 = t0.fma(FloatVector.fromArray(S, v, from), a0);
        a1 = t1.fma(FloatVector.fromArray(S, v, from + WIDTH), a1);
      }
      a0.intoArray(along, l);
      a1.intoArray(along, l + WIDTH);
    }
  }

  @Override
  public void addProduct(
      float[] part, int pt, int n, float[] w, float[] along, float[] t, float[] s) {
    for (int l = 0; l < LANES; l += WIDTH) {
      FloatVector weight = FloatVector.fromArray(S, w, l);
      var weighs = weight.compare(GT, 0);
      FloatVector c = FloatVector.fromArray(S, along, l);
      for (int at = l; at < n * LANES; at += LANES) {
        FloatVector value = c.fma(FloatVector.fromArray(S, t, at), FloatVector.fromArray(S, s, at));
        FloatVector before = FloatVector.fromArray(S, part, pt + at);
        before.blend(weight.fma(value, before), weighs).intoArray(part, pt + at);
      }
    }
  }

  @Override
  public void addTimes(
      AffineMoments moments,
      int[] picked,
      int n,
      float[] weights,
      float[] x,
      float[] mean,
      float[] v,
      int at,
      float[] along,
      float[] part) {
    VectorCurvature.addTimes(moments, picked, n, weights, x, mean, v, at, along, part);
  }

  @Override
  public void addVariance(
      float[] part, int at, int n, float[] w, float[] m, float[] mean, float[] variance) {
    for (int l = 0; l < LANES; l += WIDTH) {
      FloatVector weight = FloatVector.fromArray(S, w, l);
      VectorMask<Float> weighs = weight.compare(GT, 0);
      for (int i = 0; i < n; i++) {
        int from = i * LANES + l;
        FloatVector t =
            FloatVector.fromArray(S, m, from).sub(FloatVector.fromArray(S, mean, at + from));
        FloatVector square = t.fma(t, FloatVector.broadcast(S, variance[i]));
        FloatVector before = FloatVector.fromArray(S, part, at + from);
        before.blend(weight.fma(square, before), weighs).intoArray(part, at + from);
      }
    }
  }

  @Override
  public void addVariance(
      AffineMoments moments,
      int[] picked,
      int n,
      float[] weights,
      float[] x,
      float[] mean,
      int at,
      float[] part) {
    VectorCurvature.addVariance(moments, picked, n, weights, x, mean, at, part);
  }
}
