"""Writes blind_tails.txt: blind posteriors far out and in many dimensions, with 50 digits (mpmath).

Run: python3 blind_tails.py > blind_tails.txt. BlindTailsTest makes the same priors, grids and rows from the first
columns of a line, all of them exact in float32; what stands behind them is: a mass for each level, log p, and three
coordinates of the mean.

Two components of weight 1/2, C_k = diag(c_k) + F F', F of d x 2 (none where the kind is isotropic or diagonal), so an
inverse comes from Woodbury's formula; the program under test goes by eigenvectors instead. Levels have equal masses.

  wide   d of 320 and 3,072, components that only differ in three coordinates and by little in all others, seven levels so near to each other that all weigh
  reach  rows 2^14 away, levels from 1 to 24,576: some explain the row
"""
from mpmath import mp, mpf, log, pi, exp, matrix

mp.dps = 50
MASK = (1 << 32) - 1


def mixed(i):
    """12 bits of a 32-bit mix of i."""
    v = i * 2654435761 & MASK
    v ^= v >> 15
    v = v * 2246822519 & MASK
    v ^= v >> 13
    return v >> 20


def symmetric(what, k, j):
    return (mixed((what * 64 + k) * 4096 + j + 1) - 2048) / 2048


def levels(family):
    if family == "wide":
        return [1.5 * (1 + (s - 3) / 128) for s in range(7)]
    return [(1.5 if s % 2 else 1.0) * 2.0 ** (s // 2) for s in range(30)]


def answer(family, kind, d):
    wide = family == "wide"
    x = [symmetric(5, 0, j) * (3 if wide else 2.0**14) for j in range(d)]
    factors = kind in ("lowrank", "full")
    F = [[mpf(symmetric(3 + e, 0, j)) for e in range(2)] for j in range(d)]
    sigmas = levels(family)
    logits, means = [], []
    for s in sigmas:
        for k in range(2):
            m = [(1 if k == 0 else -1) * symmetric(1, 0, j) * (2.0**-6 if wide and j > 2 else 1) for j in range(d)]
            own = kind in ("diagonal", "full")
            D = [1 + mpf(symmetric(2, k, j)) / 64 + mpf(s) ** 2 if own else 1 + mpf(s) ** 2 for j in range(d)]
            z = [mpf(a) - mpf(b) for a, b in zip(x, m)]
            y = [a / b for a, b in zip(z, D)]
            logdet = sum(log(v) for v in D)
            if factors:
                G = matrix(2, 2)
                w = matrix(2, 1)
                for e in range(2):
                    w[e] = sum(F[j][e] * y[j] for j in range(d))
                    for g in range(2):
                        G[e, g] = sum(F[j][e] * F[j][g] / D[j] for j in range(d)) + (1 if e == g else 0)
                v = (G**-1) * w
                y = [y[j] - (F[j][0] * v[0] + F[j][1] * v[1]) / D[j] for j in range(d)]
                logdet += log(G[0, 0] * G[1, 1] - G[0, 1] * G[1, 0])
            q = sum(a * b for a, b in zip(z, y))
            logits.append(-log(mpf(2 * len(sigmas))) - logdet / 2 - q / 2 - d * log(2 * pi) / 2)
            means.append([mpf(x[j]) - mpf(s) ** 2 * y[j] for j in range(3)])  # Tweedie
    top = max(logits)
    weights = [exp(l - top) for l in logits]
    total = sum(weights)
    masses = [(weights[2 * s] + weights[2 * s + 1]) / total for s in range(len(sigmas))]
    return masses + [top + log(total)] + [sum(w * m[j] for w, m in zip(weights, means)) / total for j in range(3)]


for family, kind, d in [("wide", "isotropic", 3072), ("wide", "diagonal", 3072), ("wide", "lowrank", 3072),
                        ("wide", "full", 320)] + \
        [("reach", kind, d) for kind in ("isotropic", "diagonal", "lowrank", "full") for d in (3, 17)]:
    print(family, kind, d, *[repr(float(v)) for v in answer(family, kind, d)])
