package dev.tweedie.check.export;

import java.util.List;

/** The ops of posteriors, to be written anew. */
final class SoftmaxText {
  private SoftmaxText() {}

  static final List<String> TABLES =
      """
      tables/ has what is computed in float64 from prior and level and rounded once; start there, and no eigenbasis or logarithm of yours can differ
      columns are flat: those of K numbers by component; those of K d or K r by component, then direction; where stride is 0 one number stands for all
      prior/: centre (d), means (K, d) less centre; basis (K, d, r) U_k, rest what rounding took from it; full has r = d
      means/, remainders/, scores/: a level in one form, as forms says; bias, scale, shift, slope, pull, spread, floor float32; constant, half, offset float64
      scalars (8): error_scale, reach, bound, widest_half, lift, back, stride, constant_stride
      forms: the mean takes means; score takes means where alpha^2 c <= sigma^2 for all eigenvalues c, or where components share one variance (stride 0) and pull >= 2^-100, else scores; trace, diagonal and covarianceTimes take means where alpha^2 c <= sigma^2 for all c, else remainders; hessianTimes and hessianDiagonal take scores; evidence and responsibilities are the same in all
      """
          .lines()
          .toList();

  static final List<String> SOFTMAX =
      """
      A = float(alpha); y_j = fma(-A, centre_j, x_j); norm = sum of fma(y_j, y_j, norm) from 0 for j in order
      blocks: 84 components of isotropic and diagonal priors, 1 of others; shards: 8,064 components, each from an empty state: top = -FLT_MAX, sum = 0, acc = 0
      logit, isotropic: c = 0; c = fma(m_j, y_j, c) for j in order; l = fma(scale, c, fma(-shift, norm, bias)); where stride is 0 the inner fma is of 0 and 0: l = fma(scale, c, bias)
      logit, diagonal: z_j = fma(y_j, scale_j, -shift_j); q = fma(z_j, z_j, q) from 0; l = fma(-0.5, q, bias)
      logit, full: p_e = fma(U_je, y_j, p_e) for j in order from 0; z_e = fma(p_e, scale_e, -shift_e); q = fma(z_e, z_e, q) from 0 for e in order; l = fma(-0.5, q, bias)
      logit, low rank: z_j = fma(-A, m_j, y_j); p_e = fma(U_je, z_j, p_e) from 0; rest_j = fma(U_je, -p_e, rest_j) for e in order from z_j; s = fma(rest_j, rest_j, s) from 0; t = p_e scale_e, q = fma(t, t, q) from 0; q = fma(s, shift, q); l = fma(-0.5, q, bias)
      a block: top' = max(l, top) over its logits in order; fade = weight(top - top'); w_k = weight(l_k - top'); mass = sum of w_k from 0 in order; sum = fma(sum, fade, mass)
      acc, isotropic (d + 1): acc_j = acc_j fade, then acc_j = fma(m_kj, w_k pull, acc_j) for k in order; acc_d = acc_d fade, then fma(w_k, slope, acc_d) for k in order
      acc, diagonal (2 d): acc_j = acc_j fade, then fma(slope_kj, w_k, acc_j) for k in order; acc_(d + j) the same with pull_kj
      acc, full (d): acc_j = fma(w, m_j, acc_j fade), m 0 unless the form is means; v_e = (w slope_e) z_e; acc_j = fma(U_je, v_e, acc_j) for e in order
      acc, low rank (d): acc_j = fma(w, m_j, acc_j fade), m 0 unless the form is means; acc_j = fma(w pull, rest_j, acc_j); v_e = (w slope_e) p_e; acc_j = fma(U_je, v_e, acc_j) for e in order
      merge of a shard into the state of all before, which starts empty, in the order of shards: top is float64, top = max; keep = weight(float(before - top)), take = weight(float(shard's - top)); m = shard's sum take, sum = fma(sum, keep, m); acc = fma(acc, keep, shard's acc take)
      """
          .lines()
          .toList();

  static final List<String> REFINEMENT =
      """
      a row is refined unless error = error_scale fma(widest_half, norm, fma(sqrt(norm), reach, bound)) <= 2^-8; its top is then float64, `exact`, -infinity at a shard's start, beside the float32 top of its logits as above
      isotropic: of a block, after top' is known, candidates are components unless l_k < top' - fma(2, error, 40) (all where top' is infinite; top' is the running one in second passes too) or bias is -infinity
        distance: z_j = fma(-alpha, m_j, y_j) in float64; 16 lanes of fma(z, z, lane), element j in lane j % 16, folded 8, 4, 2, 1; e_k = fma(-half, distance, constant) in float64
        top = max of exact and e_k in order (exact alone in second passes); w_k = weight(float(e_k - top)); fade = weight(float(exact - top)); exact = top; components that are no candidates weigh 0
      other kinds: err(l) = fma(sqrt(q), fma(sqrt(norm), steep, far), error_scale (q + |bias|)), q = max(0, (bias - l) 2); lead = max over the shard's logits so far, this block's included, of l - err(l), from -FLT_MAX
        again in float64: components unless bias is -infinity or 2^-8 >= err(l) or l + err(l) < lead - 40; the others keep l, and those of bias -infinity are -infinity
        z_j = fma(-alpha, m_j, y_j) in float64; form(p, half) = 16 lanes of fma(p_i p_i, half_i, lane), folded 8, 4, 2, 1
        diagonal: constant - form(z, half); full: p_e = fma(U_je + rest_je, z_j, p_e) for j in order; constant - form(p, half)
        low rank: p as full; off_j = fma(-(U_je + rest_je), p_e, off_j) for e in order from z_j; s = 16 lanes of fma(off_j, off_j, lane), folded; constant - fma(s, half_r, form(p, half)), half of K x (r + 1)
        then top, w_k, fade and exact as for isotropic
      """
          .lines()
          .toList();

  static final List<String> EVALUATE =
      """
      the state of all shards (softmax, refinement), then of each row with inverse = 1 / sum:
      evidence: E = offset + (top + float64(log(sum))) in float64; float(E); isotropic with stride 0 and a row that is not refined: float(fma(-half_0, N, E)), N = fma(y_j, y_j, N) in float64 for j in order
      sums: u_j = acc_j inverse; isotropic: u_j = fma(acc_d inverse, y_j, u_j); diagonal: u_j = fma(u_j, y_j, acc_(d + j) inverse); then u_j = u_j + 0
      mean_j = u_j + centre_j (form means)
      score_j: form scores u_j; form means: (fma(lift, o_j, -y_j)) back, o = u, or for isotropic priors of stride 0 o_j = acc_j inverse + 0
      responsibilities and the rest are second passes: weights as above with top the final one, float(top) where a row is not refined, and no fade; rho = w / sum, a division
      diagonal: of each shard part_j from 0, over components in order whose weight is not 0; t = M_kj - u_j; part_j = fma(w, fma(t, t, h), part_j); then D_j = fma(part_j, inverse, D_j) from 0, shard after shard
        isotropic: M = fma(slope, y_j, pull m_j), h = spread; diagonal: M = fma(slope_j, y_j, pull_j), h = spread_j
        full: M_j = m_j (0 unless form means), then fma(U_je, slope_e z_e, M_j) for e in order; h_j = fma(U_je U_je, spread_e, h_j) from 0
        low rank: M_j = fma(pull, rest_j, m_j), then fma(U_je, slope_e p_e, M_j); h_j the same from floor, of scores from floor o, o = fma(-U_je, U_je, o) for e in order from 1
      hessianDiagonal: as diagonal, in form scores: m_j 0 in M of full and low rank, h and spread those of scores
      trace: sum of the diagonal in order, from 0
      """
          .lines()
          .toList();

  static final List<String> TIMES =
      """
      the state, then u as evaluate says, in the form of the op; then over components in order whose weight is not 0, of each shard part from 0:
      t_j = M_kj - u_j with M as evaluate says; c = fma(t_j, v_j, c) for j in order from 0
      s_j: isotropic spread v_j; diagonal spread_j v_j; full: p_e = fma(U_je, v_j, p_e) from 0, s_j = fma(U_je, spread_e p_e, s_j) for e in order from 0; low rank the same from floor v_j, of scores from floor o_j, o_j = fma(U_je, -p_e, o_j) for e in order from v_j
      part_j = fma(w, fma(c, t_j, s_j), part_j); then out_j = fma(part_j, inverse, out_j) from 0, shard after shard
      'inPlace' is the same with v written over
      """
          .lines()
          .toList();

  static final List<String> DRAW =
      """
      outputs: 'clean' is the first call, 'cleaner' the second; rows and levels as in softmax, without acc
      block b = k / 84, or k for blocks of 1, counted over all shards, where its mass > 0: t = u sum, sum after the block, u = uniform of word 0 of counter (b, row + i, stream ^ 2^31, step); where t <= mass it replaces what was chosen, by the first component at which the sum of w_k in order reaches t
      merge of shard s: m = shard's sum take, u of word 0 of counter (s, row + i, stream ^ 2^30, step); where m > 0 and u sum <= m, sum after the merge, the shard's choice replaces the one before
      xi = normals of the noise; T = float(alpha of to); tables/reverse-N/ of call N
      isotropic, diagonal: o = fma(keep, y_j, T centre_j); o = fma(pull, m_j, o); out = fma(noise, xi_j, o)
      full: z_j = fma(-A, m_j, y_j); p_e = fma(z_j, U_je, p_e) from 0; v_e = fma(noise_e, xi_e, keep_e p_e); out_j = T (centre_j + m_j), then fma(v_e, U_je, out_j) for e in order
      low rank: z, p as full; out_j = fma(keep_rest, z_j, T (centre_j + m_j)); out_j = fma(noise_rest, xi_j, out_j); f_e = fma(xi_j, U_je, f_e) from 0; v_e = fma(noise_e, f_e, keep_e p_e); then fma(v_e, U_je, out_j) for e in order
      no component chosen: NaN
      """
          .lines()
          .toList();

  static final List<String> BLIND =
      """
      as softmax with A = 1, a sum for each level, one top for all; bias, shift, pull, slope, inverse of tables/blind, level s of component k at k S + s (at s where its stride is 0)
      squares add in chains of 256 elements, each from 0, the second and later ones added to what is before
      isotropic, blocks of 84: q = sum of t t, t = y_j - m_j; l_s = fma(-shift_s, q, bias_s); top' = max over components, of each over levels; fade = weight(top - top'); w_s = weight(l_s - top'); mass_s = sum over components in order, from 0; sum_s = fma(sum_s, fade, mass_s)
        u_k = fma(w_s, pull_s, u_k), b_k = fma(w_s, slope_s, b_k) for s in order from 0; acc_d = acc_d fade, then + b_k in order; acc_j = acc_j fade, then fma(m_kj, u_k, acc_j) in order; a component of which no row weighs may be left out
      others, blocks of 1: p = y_j - m_j (diagonal), U'y - projected (full), U'z with rest (low rank, as softmax); q_s = sum over e of fma(inverse_se, p_e p_e, q), low rank added to s shift_s, s the squares of rest; l_s = fma(-0.5, q_s, bias_s)
        w = mass, sum of w_s in order from 0; acc_j = fma(w, m_j, acc_j fade); low rank: g = fma(w_s, pull_s, g) from 0, acc_j = fma(g, rest_j, acc_j)
        v_e = fma(inverse_se, w_s, v_e) for s in order from 0; v_e = (v_e value_e) p_e; diagonal: acc_j = acc_j + v_j; else acc_j = fma(U_je, v_e, acc_j) for e in order
      a row is refined where a level s of sum_s > 0 has top < least_s, or no level has a sum, at the shard's end: it starts anew, with logits in float64 and exact as in refinement
        left out, with weights 0: components whose largest l_s is below top - fma(steep sqrt(norm), sqrt(2 (-top)), fma(2^-6, -top, 40)), top that of the first time
        z_j = y_j - m_j, projections and 16 lanes as in refinement, half_e = 0.5 / (variance_e + noise_s), half_r of low rank with floor; isotropic: fma(-half, distance, constant_s), others constant_s - form
        top, then w_s = weight(float(e_s - top)), fade = weight(float(exact - top)) and the sums as above
      merge as softmax, sum_s each; total = sum of sum_s in order from 0; levels = sum_s / total; evidence = float(offset + (top + log(total))); mean as evaluate with inverse = 1 / total, sums of isotropic or full
      """
          .lines()
          .toList();
}
