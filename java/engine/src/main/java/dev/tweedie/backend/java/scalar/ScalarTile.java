package dev.tweedie.backend.java.scalar;

import dev.tweedie.backend.java.AffineMoments;
import dev.tweedie.backend.java.Formula;
import dev.tweedie.backend.java.Tile;
import java.util.Arrays;

/**
 * {@link Tile} as plain loops. Chains are cut into stretches of 8, because a loop that loads and
 * stores its sum at every step runs at half the speed.
 */
public final class ScalarTile implements Tile {
  private static final int STRETCH = 8;

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
    for (int i = 0; i < rows; i++) {
      int from = at + i * am;
      int to = ct + i * LANES;
      int p = 0;
      for (; p + STRETCH <= depth; p += STRETCH) {
        stretch(c, to, a, from + p * ak, ak, b, bt + p * LANES);
      }
      for (; p < depth; p++) {
        float factor = a[from + p * ak];
        int q = bt + p * LANES;
        for (int l = 0; l < LANES; l++) {
          c[to + l] = Math.fma(factor, b[q + l], c[to + l]);
        }
      }
    }
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
    Arrays.fill(c, ct, ct + rows * LANES, 0);
    product(c, ct, rows, a, at, am, ak, b, bt, depth);
  }

  private static void stretch(float[] c, int to, float[] a, int at, int ak, float[] b, int q) {
    float a0 = a[at];
    float a1 = a[at + ak];
    float a2 = a[at + 2 * ak];
    float a3 = a[at + 3 * ak];
    float a4 = a[at + 4 * ak];
    float a5 = a[at + 5 * ak];
    float a6 = a[at + 6 * ak];
    float a7 = a[at + 7 * ak];
    for (int l = 0; l < LANES; l++) {
      float sum = Math.fma(a0, b[q + l], c[to + l]);
      sum = Math.fma(a1, b[q + LANES + l], sum);
      sum = Math.fma(a2, b[q + 2 * LANES + l], sum);
      sum = Math.fma(a3, b[q + 3 * LANES + l], sum);
      sum = Math.fma(a4, b[q + 4 * LANES + l], sum);
      sum = Math.fma(a5, b[q + 5 * LANES + l], sum);
      sum = Math.fma(a6, b[q + 6 * LANES + l], sum);
      c[to + l] = Math.fma(a7, b[q + 7 * LANES + l], sum);
    }
  }

  @Override
  public void squares(float[] x, int xt, int n, float[] sum, int st) {
    for (int i = 0; i < n; i++) {
      int at = xt + i * LANES;
      for (int l = 0; l < LANES; l++) {
        sum[st + l] = Math.fma(x[at + l], x[at + l], sum[st + l]);
      }
    }
  }

  @Override
  public void scaledSquares(
      float[] x, int xt, int n, float[] scale, float[] shift, float[] q, int components) {
    for (int k = 0; k < components; k++) {
      for (int i = 0; i < n; i++) {
        float s = scale[k * n + i];
        float h = shift[k * n + i];
        int at = xt + i * LANES;
        for (int l = 0; l < LANES; l++) {
          float z = Math.fma(x[at + l], s, h);
          q[k * LANES + l] = Math.fma(z, z, q[k * LANES + l]);
        }
      }
    }
  }

  @Override
  public void squaredDistances(
      float[] x, int xt, int n, float[] m, int mt, int stride, float[] q, int components) {
    Arrays.fill(q, 0, components * LANES, 0);
    for (int k = 0; k < components; k++) {
      for (int i = 0; i < n; i++) {
        int at = xt + i * LANES;
        for (int l = 0; l < LANES; l++) {
          float z = x[at + l] - m[mt + k * stride + i];
          q[k * LANES + l] = Math.fma(z, z, q[k * LANES + l]);
        }
      }
    }
  }

  @Override
  public void affine(
      float[] x, int xt, int n, float[] scale, int st, float[] shift, int ht, float[] out) {
    for (int i = 0; i < n; i++) {
      for (int l = i * LANES; l < (i + 1) * LANES; l++) {
        out[l] = Math.fma(x[xt + l], scale[st + i], shift[ht + i]);
      }
    }
  }

  @Override
  public void logits(float[] l, int n, float[] scale, float[] shift, float[] top) {
    affine(l, 0, n, scale, 0, shift, 0, l);
    maximum(l, n, top, 0, top);
  }

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
    for (int i = 0; i < n; i++) {
      for (int lane = 0; lane < LANES; lane++) {
        int at = i * LANES + lane;
        l[at] = Math.fma(scale[i], l[at], Math.fma(slope[i], y[yt + lane], shift[i]));
      }
    }
    maximum(l, n, top, 0, top);
  }

  @Override
  public void multiply(float[] x, int xt, int n, float[] scale, int st, float[] out) {
    for (int i = 0; i < n; i++) {
      for (int l = i * LANES; l < (i + 1) * LANES; l++) {
        out[l] = x[xt + l] * scale[st + i];
      }
    }
  }

  @Override
  public void multiply(float[] x, int n, float[] y, float[] out) {
    for (int i = 0; i < n * LANES; i++) {
      out[i] = x[i] * y[i];
    }
  }

  @Override
  public void multiply(float[] x, int n, float[] w, float[] scale, float[] out) {
    for (int i = 0; i < n; i++) {
      for (int l = 0; l < LANES; l++) {
        out[i * LANES + l] = w[l] * scale[i] * x[i * LANES + l];
      }
    }
  }

  @Override
  public void rescale(float[] c, int ct, int n, float[] factor) {
    for (int i = 0; i < n; i++) {
      for (int l = 0; l < LANES; l++) {
        c[ct + i * LANES + l] *= factor[l];
      }
    }
  }

  @Override
  public void add(float[] c, int ct, int n, float[] x) {
    for (int i = 0; i < n * LANES; i++) {
      c[ct + i] += x[i];
    }
  }

  @Override
  public void rescaleAndAdd(float[] c, int ct, int n, float[] factor, float[] x) {
    for (int i = 0; i < n; i++) {
      for (int l = 0; l < LANES; l++) {
        int at = i * LANES + l;
        c[ct + at] = Math.fma(c[ct + at], factor[l], x[at]);
      }
    }
  }

  @Override
  public void add(float[] c, int ct, int n, float[] factor, float[] x) {
    for (int i = 0; i < n; i++) {
      for (int l = 0; l < LANES; l++) {
        int at = i * LANES + l;
        c[ct + at] = Math.fma(factor[l], x[at], c[ct + at]);
      }
    }
  }

  @Override
  public void logitsOfLevels(
      float[] q, int qt, int levels, float[] scale, int st, float[] shift, int ht, float[] out) {
    for (int s = 0; s < levels; s++) {
      for (int l = 0; l < LANES; l++) {
        out[s * LANES + l] = Math.fma(q[qt + l], scale[st + s], shift[ht + s]);
      }
    }
  }

  @Override
  public void largestOfLevels(
      float[] q, int n, int levels, float[] scale, int sk, float[] shift, int hk, float[] best) {
    for (int k = 0; k < n; k++) {
      for (int l = k * LANES; l < (k + 1) * LANES; l++) {
        float top = -Float.MAX_VALUE;
        for (int s = 0; s < levels; s++) {
          float logit = Math.fma(q[l], scale[k * sk + s], shift[k * hk + s]);
          top = logit > top ? logit : top; // not Math.max, which lets NaN through
        }
        best[l] = top;
      }
    }
  }

  @Override
  public void maximum(float[] logits, int n, float[] start, int st, float[] out) {
    for (int l = 0; l < LANES; l++) {
      float top = start[st + l];
      for (int i = 0; i < n; i++) {
        float logit = logits[i * LANES + l];
        top = logit > top ? logit : top; // not Math.max, which lets NaN through
      }
      out[l] = top;
    }
  }

  @Override
  public void weights(float[] logits, int n, float[] top, int tt, float[] weights, float[] sum) {
    for (int l = 0; l < LANES; l++) {
      float total = 0;
      for (int i = 0; i < n; i++) {
        float w = Formula.weight(logits[i * LANES + l] - top[tt + l]);
        weights[i * LANES + l] = w;
        total += w;
      }
      sum[l] = total;
    }
  }

  @Override
  public void reached(float[] weights, int n, float[] mass, float[] out) {
    for (int l = 0; l < LANES; l++) {
      float sum = 0;
      int i = 0;
      while (i < n && (sum += weights[i * LANES + l]) < mass[l]) {
        i++;
      }
      out[l] = i;
    }
  }

  @Override
  public int weighing(float[] weights, int n, int[] picked) {
    int count = 0;
    for (int i = 0; i < n; i++) {
      boolean weighs = false;
      for (int l = i * LANES; l < (i + 1) * LANES; l++) {
        weighs |= weights[l] > 0;
      }
      picked[count] = i;
      count += weighs ? 1 : 0;
    }
    return count;
  }

  @Override
  public void pull(
      float[] w, int n, float[] pull, float[] slope, float[] pulled, float[] sum, int st) {
    multiply(w, 0, n, pull, 0, pulled);
    product(sum, st, 1, slope, 0, 0, 1, w, 0, n);
  }

  @Override
  public void distances(float[] x, float[] y, float[] v, int at, int n, float[] along) {
    for (int l = 0; l < LANES; l++) {
      float total = 0;
      for (int i = l; i < n * LANES; i += LANES) {
        x[i] -= y[at + i];
        total = Math.fma(x[i], v[at + i], total);
      }
      along[l] = total;
    }
  }

  @Override
  public void addProduct(
      float[] part, int pt, int n, float[] w, float[] along, float[] t, float[] s) {
    for (int l = 0; l < LANES; l++) {
      if (w[l] > 0) {
        for (int i = l; i < n * LANES; i += LANES) {
          part[pt + i] = Math.fma(w[l], Math.fma(along[l], t[i], s[i]), part[pt + i]);
        }
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
    for (int i = 0; i < n; i++) {
      int k = picked[i];
      Arrays.fill(along, 0, LANES, 0);
      for (int j = 0; j < moments.dim; j++) {
        float slope = moments.slope(k, j);
        float pull = moments.pull(k, j);
        int row = at + j * LANES;
        for (int l = 0; l < LANES; l++) {
          float t = Math.fma(slope, x[row + l], pull) - mean[row + l];
          along[l] = Math.fma(t, v[row + l], along[l]);
        }
      }
      for (int j = 0; j < moments.dim; j++) {
        float slope = moments.slope(k, j);
        float pull = moments.pull(k, j);
        float spread = moments.spread(k, j);
        int row = at + j * LANES;
        for (int l = 0; l < LANES; l++) {
          float w = weights[k * LANES + l];
          float t = Math.fma(slope, x[row + l], pull) - mean[row + l];
          float value = Math.fma(along[l], t, spread * v[row + l]);
          part[row + l] = w > 0 ? Math.fma(w, value, part[row + l]) : part[row + l];
        }
      }
    }
  }

  @Override
  public void addVariance(
      float[] part, int at, int n, float[] w, float[] m, float[] mean, float[] variance) {
    for (int i = 0; i < n; i++) {
      for (int l = 0; l < LANES; l++) {
        int from = i * LANES + l;
        float t = m[from] - mean[at + from];
        float sum = Math.fma(w[l], Math.fma(t, t, variance[i]), part[at + from]);
        part[at + from] = w[l] > 0 ? sum : part[at + from];
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
    for (int i = 0; i < n; i++) {
      int k = picked[i];
      for (int j = 0; j < moments.dim; j++) {
        float slope = moments.slope(k, j);
        float pull = moments.pull(k, j);
        float spread = moments.spread(k, j);
        int row = at + j * LANES;
        for (int l = 0; l < LANES; l++) {
          float t = Math.fma(slope, x[row + l], pull) - mean[row + l];
          float w = weights[k * LANES + l];
          float sum = Math.fma(w, Math.fma(t, t, spread), part[row + l]);
          part[row + l] = w > 0 ? sum : part[row + l];
        }
      }
    }
  }
}
