# Writes small-sigma.txt beside it: scores, Hessians (times (1, 2)), traces and localisations of two mixtures at small
# sigma, with 60 digits (mpmath). Inputs are float32 numbers. Lines: kind sigma x y score(2) hessian(2) trace localisation
# and the diagonal of the Hessian (2)
import os
import mpmath as mp
import numpy as np

mp.mp.dps = 60
f = lambda v: mp.mpf(float(np.float32(v)))
ROWS = [(.7, -.2), (-1.3, .4), (2, 1), (.125, 0)]
WEIGHTS, MEANS = [.5, .5], [(.75, 0), (-.5, .25)]
VARIANCES = {'shared': [(1, 1)] * 2, 'isotropic': [(1, 1), (.5, .5)], 'diagonal': [(1, .25), (.5, 2)],
             'normal': [(1, 1)], 'flat': [(1, 0)]}  # flat: no variance across a line

def posterior(kind, s, x):
    n = len(VARIANCES[kind])
    means = MEANS if n > 1 else [(0, 0)]
    logits, scores = [], []
    for m, c in zip(means, VARIANCES[kind]):
        p = [f(v) + s * s for v in c]
        z = [f(a) - f(b) for a, b in zip(x, m)]
        logits.append(-sum(a * a / b + mp.log(b) for a, b in zip(z, p)) / 2)
        scores.append([-a / b for a, b in zip(z, p)])
    w = [mp.exp(l - max(logits)) for l in logits]
    rho = [a / sum(w) for a in w]
    g = [sum(r * k[j] for r, k in zip(rho, scores)) for j in range(2)]
    H = mp.matrix(2, 2)
    for r, k, c in zip(rho, scores, VARIANCES[kind]):
        for i in range(2):
            for j in range(2):
                H[i, j] += r * (k[i] - g[i]) * (k[j] - g[j]) - (r / (f(c[i]) + s * s) if i == j else 0)
    C = s * s * mp.eye(2) + s ** 4 * H
    top = max(mp.eigsy(C, eigvals_only=True))
    return g, [H[0, 0] + 2 * H[0, 1], H[1, 0] + 2 * H[1, 1]], C[0, 0] + C[1, 1], top / s / s, [H[0, 0], H[1, 1]]

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'small-sigma.txt'), 'w') as out:
    for kind in VARIANCES:
        for sigma in ('1e-1', '1e-3', '1e-4', '1e-6', '1e-8'):
            for x in ROWS:
                g, h, trace, top, diagonal = posterior(kind, mp.mpf(float(sigma)), x)
                values = [mp.nstr(v, 17) for v in (*g, *h, trace, top, *diagonal)]
                print(kind, sigma, *x, *values, file=out)
