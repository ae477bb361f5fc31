"""Writes tails.txt: posteriors in the tails and in many dimensions, with 60 digits (mpmath).

Run: python3 tails.py > tails.txt. TailsTest makes the same priors and rows from the first columns of a line, all of
them exact in float32; what stands behind them is: K responsibilities, log p, and three coordinates of the mean.

A covariance is C_k = diag(c_k) + F_k F_k', F_k of d x 2 (none where it is diagonal), so its inverse comes from
Woodbury's formula; the program under test goes by eigenvectors instead.

  far   sigma 2^10, rows some 2^20 away: components differ by little of a squared distance of 2^18 d
  near  sigma 2^-10, covariances 2^-20: rows half way between two of the means
  wide  sigma 1, components close to each other: many dimensions, so a long sum of squares
"""
import sys
from mpmath import mp, mpf, log, pi, exp, matrix

mp.dps = 60
MASK = (1 << 32) - 1


def mixed(i):
    """12 bits of a 32-bit mix of i."""
    v = i * 2654435761 & MASK
    v ^= v >> 15
    v = v * 2246822519 & MASK
    v ^= v >> 13
    return v >> 20


class Case:
    def __init__(self, family, kind, d, K, seed):
        self.family, self.kind, self.d, self.K, self.seed = family, kind, d, K, seed
        self.alpha = 0.75 if family == "far" else 1.0
        self.sigma = {"far": 2.0**10, "near": 2.0**-10, "wide": 1.0}[family]
        shrink = {"far": 1.0, "near": 2.0**-10, "wide": 1.0}[family]  # of standard deviations
        draw = self.draw
        half = K // 2  # means come in pairs, so that their mean is 0
        spread = 2.0**-6 if family == "wide" else 1.0
        self.m = [[(1 if k < half else -1) * (draw(1, k % half, j) - 2048) / 2048 * spread for j in range(d)]
                  for k in range(K)]
        shared = family == "near"  # else none would weigh beside the narrowest
        step = 1 / 64 if family == "wide" else 1  # differences of d log-variances must leave both a weight
        self.c = []
        self.F = []
        for k in range(K):
            of = 0 if shared else k
            if kind == "lowrank":
                c = [shrink**2 * (1 + step * draw(2, of, 0) / 4096)] * d
            else:
                c = [shrink**2 * (1 + step * draw(2, of, j) / 4096) for j in range(d)]
            self.c.append(c)
            none = kind == "diagonal"
            self.F.append(None if none else [[shrink * (draw(3 + e, of, j) - 2048) / 2048 for e in range(2)]
                                             for j in range(d)])
        self.x = []
        for j in range(d):
            v = (draw(5, 0, j) - 2048) / 2048
            if family == "far":
                self.x.append(v * 2.0**20)
            elif family == "near":
                self.x.append((self.m[0][j] + self.m[1][j]) / 2 + int(v * 8) * 2.0**-22)
            else:
                self.x.append(v * 3)

    def draw(self, what, k, j):
        return mixed(((self.seed * 8 + what) * 64 + k) * 4096 + j + 1)

    def answer(self):
        a, s = mpf(self.alpha), mpf(self.sigma)
        logits, means = [], []
        for k in range(self.K):
            D = [a * a * mpf(c) + s * s for c in self.c[k]]
            z = [mpf(x) - a * mpf(m) for x, m in zip(self.x, self.m[k])]
            y = [zj / Dj for zj, Dj in zip(z, D)]  # P^-1 z
            logdet = sum(log(Dj) for Dj in D)
            if self.F[k] is not None:
                F = [[mpf(f) for f in row] for row in self.F[k]]
                G = matrix(2, 2)
                w = matrix(2, 1)
                for e in range(2):
                    for g in range(2):
                        G[e, g] = a * a * sum(F[j][e] * F[j][g] / D[j] for j in range(self.d)) + (1 if e == g else 0)
                    w[e] = sum(F[j][e] * y[j] for j in range(self.d))
                v = (G**-1) * w
                y = [y[j] - a * a * (F[j][0] * v[0] + F[j][1] * v[1]) / D[j] for j in range(self.d)]
                logdet += log(G[0, 0] * G[1, 1] - G[0, 1] * G[1, 0])
            q = sum(zj * yj for zj, yj in zip(z, y))
            logits.append(-log(mpf(self.K)) - logdet / 2 - q / 2 - self.d * log(2 * pi) / 2)
            means.append([mpf(self.m[k][j]) + (z[j] - s * s * y[j]) / a for j in range(min(3, self.d))])
        top = max(logits)
        total = sum(exp(l - top) for l in logits)
        rho = [exp(l - top) / total for l in logits]
        mean = [sum(r * m[j] for r, m in zip(rho, means)) for j in range(min(3, self.d))]
        return rho, top + log(total), mean


def main():
    cases = [("far", kind, d, 4, seed) for kind in ("diagonal", "lowrank", "full") for d in (3, 9, 17) for seed in (1, 2, 3)]
    cases += [("near", kind, d, 4, seed) for kind in ("diagonal", "lowrank", "full") for d in (3, 9, 17) for seed in (1, 2)]
    cases += [("wide", kind, 3072, 2, seed) for kind in ("diagonal", "lowrank") for seed in (1, 2)]
    for family, kind, d, K, seed in cases:
        rho, evidence, mean = Case(family, kind, d, K, seed).answer()
        numbers = [repr(float(v)) for v in rho + [evidence] + mean]
        print(family, kind, d, K, seed, *numbers)


main()
