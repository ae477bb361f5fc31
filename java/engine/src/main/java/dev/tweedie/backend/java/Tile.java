package dev.tweedie.backend.java;

/**
 * The arithmetic of the score and gemm kernels on tiles of {@value #LANES} rows (of {@value #LANES}
 * columns, for a product of matrices). A tile keeps rows in lanes: number i of lane l is element
 * {@code i * LANES + l}. What belongs to a prior is one number for all lanes. So no operation
 * crosses lanes, each lane is one scalar program, and every vector width gives the same bits.
 *
 * <p>Called once a block of components, never once an element: with two implementations loaded such
 * a call still costs nothing that can be measured. Offsets ({@code ct}, {@code xt}, ...) are
 * indices of a first element. Every chain goes on from what its target holds.
 */
public interface Tile {
  /** A multiple of every vector length there is. */
  int LANES = 32;

  /** {@code c_i = fma(a(i, p), b_p, c_i)} for p in order, where a(i, p) is a[at + i am + p ak]. */
  void product(
      float[] c, int ct, int rows, float[] a, int at, int am, int ak, float[] b, int bt, int depth);

  /** The same from zero. */
  void freshProduct(
      float[] c, int ct, int rows, float[] a, int at, int am, int ak, float[] b, int bt, int depth);

  /** {@code sum = fma(x_i, x_i, sum)} for i in order. */
  void squares(float[] x, int xt, int n, float[] sum, int st);

  /**
   * {@code q_k = fma(z, z, q_k)}, {@code z = fma(x_i, scale_ki, shift_ki)}, for i in order and
   * every k; q starts at element 0.
   */
  void scaledSquares(
      float[] x, int xt, int n, float[] scale, float[] shift, float[] q, int components);

  /**
   * {@code q_k = fma(z, z, q_k)}, {@code z = x_i - m_ki}, for i in order and every k, from zero;
   * m_ki is {@code m[mt + k stride + i]}.
   */
  void squaredDistances(
      float[] x, int xt, int n, float[] m, int mt, int stride, float[] q, int components);

  /** {@code out_i = fma(x_i, scale_i, shift_i)}. */
  void affine(float[] x, int xt, int n, float[] scale, int st, float[] shift, int ht, float[] out);

  /** Logits {@code l_i = fma(scale_i, l_i, shift_i)}; top becomes the largest of it and them. */
  void logits(float[] l, int n, float[] scale, float[] shift, float[] top);

  /** The same of {@code l_i = fma(scale_i, l_i, fma(slope_i, y, shift_i))}. */
  void logits(
      float[] l,
      int n,
      float[] scale,
      float[] slope,
      float[] y,
      int yt,
      float[] shift,
      float[] top);

  /** {@code out_i = x_i scale_i}. */
  void multiply(float[] x, int xt, int n, float[] scale, int st, float[] out);

  /** {@code out_i = x_i y_i}. */
  void multiply(float[] x, int n, float[] y, float[] out);

  /** {@code out_i = (w scale_i) x_i}. */
  void multiply(float[] x, int n, float[] w, float[] scale, float[] out);

  /** {@code c_i = c_i factor}. */
  void rescale(float[] c, int ct, int n, float[] factor);

  /** {@code c_i = c_i + x_i}. */
  void add(float[] c, int ct, int n, float[] x);

  /** {@code c_i = fma(c_i, factor, x_i)}. */
  void rescaleAndAdd(float[] c, int ct, int n, float[] factor, float[] x);

  /** {@code c_i = fma(factor, x_i, c_i)}. */
  void add(float[] c, int ct, int n, float[] factor, float[] x);

  /** {@code out_s = fma(q, scale_s, shift_s)}, q one number a lane. */
  void logitsOfLevels(
      float[] q, int qt, int levels, float[] scale, int st, float[] shift, int ht, float[] out);

  /**
   * The largest of those of each of n components: q_k, scale from {@code k sk} on, shift from
   * {@code k hk} on.
   */
  void largestOfLevels(
      float[] q, int n, int levels, float[] scale, int sk, float[] shift, int hk, float[] best);

  /** The largest of start and the n logits. */
  void maximum(float[] logits, int n, float[] start, int st, float[] out);

  /** Weights {@code weight(l_i - top)} of the n logits, and their sum, from zero. */
  void weights(float[] logits, int n, float[] top, int tt, float[] weights, float[] sum);

  /**
   * The first i at which the sum of the weights up to i reaches {@code mass}; n where none does.
   */
  void reached(float[] weights, int n, float[] mass, float[] out);

  /** Writes which of n components weigh in any lane, in order; returns how many. */
  int weighing(float[] weights, int n, int[] picked);

  /** {@code pulled_i = w_i pull_i}, and {@code sum = fma(slope_i, w_i, sum)} for i in order. */
  void pull(float[] w, int n, float[] pull, float[] slope, float[] pulled, float[] sum, int st);

  /**
   * {@code x_i = x_i - y_i} and {@code along = fma(x_i, v_i, along)} for i in order, from zero; y
   * and v start at {@code at}.
   */
  void distances(float[] x, float[] y, float[] v, int at, int n, float[] along);

  /**
   * {@code part_i = fma(w, fma(along, t_i, s_i), part_i)} where w is not zero: there a chain may
   * have overflowed.
   */
  void addProduct(float[] part, int pt, int n, float[] w, float[] along, float[] t, float[] s);

  /**
   * The same of n components k = picked_i, one after the other: {@code t = m - mean} with posterior
   * means m, {@code along = fma(t_j, v_j, along)} for j in order from zero, {@code s = spread v}.
   * x, mean, v and part start at {@code at}; {@code along} is room for {@link
   * AffineMoments#TOGETHER} components.
   */
  void addTimes(
      AffineMoments moments,
      int[] picked,
      int n,
      float[] weights,
      float[] x,
      float[] mean,
      float[] v,
      int at,
      float[] along,
      float[] part);

  /**
   * {@code part_j = fma(w, fma(t, t, variance_j), part_j)}, {@code t = m_j - mean_j}, where w is
   * not zero: there a square may have overflowed; mean and part start at {@code at}.
   */
  void addVariance(
      float[] part, int at, int n, float[] w, float[] m, float[] mean, float[] variance);

  /** The same of n components k = picked_i, one after the other, with m and variance of moments. */
  void addVariance(
      AffineMoments moments,
      int[] picked,
      int n,
      float[] weights,
      float[] x,
      float[] mean,
      int at,
      float[] part);
}
