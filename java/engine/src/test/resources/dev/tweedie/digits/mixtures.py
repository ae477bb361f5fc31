# Writes mixtures.txt beside it: mixtures of two and three components of full and low-rank covariance at small sigma, with
# 60 digits (mpmath), by dense inverses. All inputs but sigma are dyadic. Lines: kind count sigma row(3) score(3)
# hessian(3) and covariance(3), both times (1, 2, -1), trace
import os
import mpmath as mp

mp.mp.dps = 60
MEANS = [(.75, 0, -.5), (-.5, .25, .5), (0, -1, .25)]
FACTORS = [(.5, 1, -.25), (1, -.5, .5), (-.25, .5, 1)]
FLOORS = [.5, .25, 1]
ROWS = [(.75, -.25, .5), (-1.25, .375, 0), (2, 1, -.5)]
V = mp.matrix([1, 2, -1])

def covariance(k):
    u = mp.matrix(FACTORS[k])
    return u * u.T + FLOORS[k] * mp.eye(3)

def posterior(count, s, x):
    logits, scores, inverses = [], [], []
    for k in range(count):
        P = covariance(k) + s * s * mp.eye(3)
        inverse = P ** -1
        z = mp.matrix(x) - mp.matrix(MEANS[k])
        inverses.append(inverse)
        scores.append(-inverse * z)
        logits.append(-((z.T * inverse * z)[0] + mp.log(mp.det(P))) / 2)
    w = [mp.exp(l - max(logits)) for l in logits]
    rho = [a / sum(w) for a in w]
    g = sum((r * k for r, k in zip(rho, scores)), mp.zeros(3, 1))
    H = sum((r * ((k - g) * (k - g).T - i) for r, k, i in zip(rho, scores, inverses)), mp.zeros(3, 3))
    C = s * s * mp.eye(3) + s ** 4 * H
    return [*g, *(H * V), *(C * V), C[0, 0] + C[1, 1] + C[2, 2]]

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'mixtures.txt'), 'w') as out:
    for kind in ('full', 'lowrank'):
        for count in (2, 3):
            for sigma in ('1e-1', '1e-2', '1e-3', '1e-4', '1e-6'):
                for x in ROWS:
                    values = posterior(count, mp.mpf(float(sigma)), x)
                    print(kind, count, sigma, *x, *(mp.nstr(v, 17) for v in values), file=out)
