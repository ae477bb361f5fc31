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
interface Tile {
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

  /** {@code out_i = (w scale_i) x_i}. */
  void multiply(float[] x, int n, float[] w, float[] scale, float[] out);

  /** {@code c_i = c_i factor}. */
  void rescale(float[] c, int ct, int n, float[] factor);

  /** {@code c_i = fma(factor, x_i, c_i)}. */
  void add(float[] c, int ct, int n, float[] factor, float[] x);

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

  /** {@code x_i = x_i - y_i}. */
  void subtract(float[] x, int n, float[] y, int yt);

  /** {@code sum = fma(x_i, y_i, sum)} for i in order, from zero. */
  void dot(float[] x, float[] y, int yt, int n, float[] sum);

  /**
   * {@code part_i = fma(w, fma(factor, t_i, s_i), part_i)} where w is not zero: there a factor may
   * have overflowed.
   */
  void addProduct(
      float[] part, int pt, int n, float[] w, int wt, float[] factor, float[] t, float[] s);

  /** {@code part_i = fma(w, fma(t, t, variance_i), part_i)}, {@code t = mean_i - centre_i}. */
  void addVariance(
      float[] part,
      int pt,
      int n,
      float[] w,
      int wt,
      float[] mean,
      float[] centre,
      int ct,
      float[] variance,
      int vt);
}
