# Writes float64.txt beside it: posteriors that float64 gets more or less right, with 60 digits (mpmath), by dense
# inverses. A line: kind, d, K, r, alpha, sigma; weights; means; covariances (low rank: factors, floors); row; then
# evidence, mean, score, trace, diagonal, Hessian's diagonal, responsibilities. Inputs are the float64 that is read.
import os
import random

import mpmath as mp

mp.mp.dps = 60
random.seed(26)


def dyadic(n, bits=6, size=1):
    return [size * random.randint(-(1 << bits), 1 << bits) / (1 << bits) for _ in range(n)]


def covariance(kind, d, r, cov, k):
    if kind == "points":
        return mp.zeros(d, d)
    if kind == "isotropic":
        return mp.mpf(cov[k]) * mp.eye(d)
    if kind == "diagonal":
        return mp.diag(cov[k * d:(k + 1) * d])
    if kind == "full":
        return mp.matrix(d, d) + mp.matrix([cov[(k * d + i) * d:(k * d + i + 1) * d] for i in range(d)])
    factors, floors = cov
    f = mp.matrix([factors[(k * d + i) * r:(k * d + i + 1) * r] for i in range(d)])
    return f * f.T + mp.mpf(floors[k]) * mp.eye(d)


def posterior(kind, d, K, r, a, s, weights, means, cov, x):
    a, s = mp.mpf(a), mp.mpf(s)
    parts = []
    for k in range(K):
        C = covariance(kind, d, r, cov, k)
        P = a * a * C + s * s * mp.eye(d)
        inverse = P ** -1
        m = mp.matrix(means[k * d:(k + 1) * d])
        z = mp.matrix(x) - a * m
        logit = mp.log(mp.mpf(weights[k]) / mp.fsum(weights)) - ((z.T * inverse * z)[0] + mp.log(mp.det(P))) / 2
        parts.append((logit, m + a * C * inverse * z, -inverse * z, s * s * C * inverse, inverse))
    top = max(p[0] for p in parts)
    total = mp.fsum(mp.exp(p[0] - top) for p in parts)
    rho = [mp.exp(p[0] - top) / total for p in parts]
    D = sum((w * p[1] for w, p in zip(rho, parts)), mp.zeros(d, 1))
    g = sum((w * p[2] for w, p in zip(rho, parts)), mp.zeros(d, 1))
    diagonal = [mp.fsum(w * (p[3][j, j] + (p[1][j] - D[j]) ** 2) for w, p in zip(rho, parts)) for j in range(d)]
    hessian = [mp.fsum(w * ((p[2][j] - g[j]) ** 2 - p[4][j, j]) for w, p in zip(rho, parts)) for j in range(d)]
    evidence = top + mp.log(total) - mp.mpf(d) / 2 * mp.log(2 * mp.pi)
    return [evidence, *D, *g, mp.fsum(diagonal), *diagonal, *hessian, *rho]


def write(out, kind, d, K, r, a, s, weights, means, cov, x):
    values = posterior(kind, d, K, r, a, s, weights, means, cov, x)
    flat = [] if kind == "points" else [*cov[0], *cov[1]] if kind == "lowrank" else cov
    groups = [[kind, d, K, r, repr(float(a)), repr(float(s))], *([repr(float(v)) for v in group] for group in (weights, means, flat, x)),
              [mp.nstr(v, 20) for v in values]]
    print("; ".join(" ".join(map(str, group)) for group in groups), file=out)


def full(d, K, floor):
    """F F' + floor I with one direction out of the span of F: exact in float64."""
    matrices = []
    for _ in range(K):
        f = dyadic(d * (d - 1))
        for i in range(d):
            for j in range(d):
                matrices.append(sum(f[i * (d - 1) + e] * f[j * (d - 1) + e] for e in range(d - 1)) + (floor if i == j else 0))
    return matrices


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "float64.txt"), "w") as out:
    for y in 1.0, 1e4, 1e7, 1e9:  # far rows: the logits cancel
        write(out, "isotropic", 2, 2, 0, 1, .001, [1, 1], [-.5, 0, .5, 0], [1, 1], [1, y])
    for offset in 0.0, 1e3, 1e6, 1e9:  # far from the origin: the differences cancel
        means = [offset + v for v in dyadic(4 * 3, 9)]
        x = [offset + v for v in dyadic(3, 9)]
        for s in 1, 1e-2:
            write(out, "points", 3, 4, 0, 1, s, [1, 1, 2, 1], means, [], x)
    for s in 1e-1, 1e-3, 1e-6:  # half way between two
        write(out, "points", 2, 2, 0, .8, s, [1, 1], [.1, .2, .3, -.4], [], [.16, -.08])
        write(out, "isotropic", 2, 2, 0, .8, s, [1, 3], [.1, .2, .3, -.4], [.01, .02], [.16, -.08])
    means = dyadic(20 * 40, 30)
    for s in .03, .6, 30:
        write(out, "points", 40, 20, 0, .9, s, [1] * 20, means, [], [.9 * m + s * v for m, v in zip(means[:40], dyadic(40, 20, 1.7))])
    for s in 1e-4, .1, 3:  # variances from 1e-12 to 1e3
        cov = [10.0 ** (-12 + 15 * ((7 * i) % 12) / 11) for i in range(12)]
        write(out, "diagonal", 4, 3, 0, .9, s, [1, 2, 3], dyadic(12, 20), cov, dyadic(4, 20))
    for d in 3, 6:
        for power in 4, 20, 40:  # condition 2^power or so
            for s in 1, 1e-3, 1e-7:
                for size in .25, 8:
                    write(out, "full", d, 2, 0, .9, s, [1, 2], dyadic(2 * d), full(d, 2, 2.0 ** -power), dyadic(d, 20, size))
    for power in 4, 20, 40:
        for s in 1, 1e-3, 1e-7:
            factors = dyadic(2 * 5 * 2)
            write(out, "lowrank", 5, 2, 2, .9, s, [2, 1], dyadic(10), (factors, [2.0 ** -power] * 2), dyadic(5, 20))
    write(out, "full", 3, 2, 0, 1, .5, [1, 1], [.5, 1, -.25, -.5, -1, .25], full(3, 1, .25) * 2, [1e-9, 0, 1e-10])  # a mean near 0
    cov = full(24, 3, 2.0 ** -10)
    for s in .01, 1:
        write(out, "full", 24, 3, 0, .9, s, [1, 2, 3], dyadic(72, 20), cov, dyadic(24, 20))
