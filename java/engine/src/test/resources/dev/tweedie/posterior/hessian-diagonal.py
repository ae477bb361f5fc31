# Writes hessian-diagonal.txt beside it: the diagonal of the Hessian of log p at rows of three dimensions, by second
# differences of log p in 120 digits (mpmath), so that no formula of the Hessian is trusted; for every kind of prior.
# All inputs are float32 numbers. Lines: kind alpha sigma x(3) diagonal(3)
import os
import mpmath as mp

mp.mp.dps = 120
H = mp.mpf(10) ** -30  # differences err by H^2 times fourth derivatives, and by 10^-120 / H^2
WEIGHTS = [.5, .25, .25]
MEANS = [(0, .5, -1), (.75, -.25, 0), (-1, 1, .5)]
FACTORS = [(1, .5, -.25), (.25, 1, 0), (0, -.5, .75)]  # of one vector
FLOOR = [.25, .5, .125]
ROWS = [(.125, .25, -.5), (-.75, .875, .375), (1.5, -1, .25)]
LEVELS = [(.75, .5), (1, .0625), (1, 4)]


def covariance(kind, k):
    f = FACTORS[k]
    if kind in ('points', 'shared'):
        return mp.eye(3) * (0 if kind == 'points' else .25)
    if kind in ('isotropic', 'lowrank'):
        return mp.eye(3) * FLOOR[k] + (mp.matrix(f) * mp.matrix(f).T if kind == 'lowrank' else mp.zeros(3))
    return mp.diag([abs(v) for v in f]) if kind == 'diagonal' else mp.matrix(f) * mp.matrix(f).T + mp.diag(FLOOR)


def log_density(kind, a, s, x):
    p = mp.mpf(0)
    for k, (w, m) in enumerate(zip(WEIGHTS, MEANS)):
        P = covariance(kind, k) * a * a + mp.eye(3) * s * s
        z = mp.matrix([v - a * mp.mpf(c) for v, c in zip(x, m)])
        p += w * mp.exp(-(z.T * mp.inverse(P) * z)[0] / 2) / mp.sqrt(mp.det(P))
    return mp.log(p)


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'hessian-diagonal.txt'), 'w') as out:
    for kind in ('points', 'shared', 'isotropic', 'diagonal', 'lowrank', 'full'):
        for a, s in LEVELS:
            for row in ROWS:
                x = [mp.mpf(v) for v in row]
                diagonal = []
                for j in range(3):
                    at = [log_density(kind, mp.mpf(a), mp.mpf(s), [v + (i == j) * h for i, v in enumerate(x)])
                          for h in (-H, 0, H)]
                    diagonal.append((at[0] - 2 * at[1] + at[2]) / H ** 2)
                print(kind, a, s, *row, *[mp.nstr(v, 17) for v in diagonal], file=out)
