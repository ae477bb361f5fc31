"""Figures of reproduced tables, computed another way: numpy and scipy in float64, quadrature and draws of their own.

    python3 oracle.py > oracle.csv

Written with numpy 1.24 and scipy 1.10. Columns: experiment, start of the table's caption, keys of the row (by |),
quantity, value, allowed difference, why that much.
"""

import numpy as np
from scipy import integrate, optimize
from scipy.special import logsumexp

ROWS = []


def row(*cells):
    ROWS.append(cells)


# ---- fesl: beta linear from 9.999e-5; two Gaussians of standard deviation 1, scaled to unit power ----

LAST = {10: .7, 100: .1, 300: .035, 1000: .01}


def fesl(levels):
    """abar and the signal-to-noise ratio in dB of each level."""
    abar = np.cumprod(1 - np.linspace(1 - 1e4 / (1e4 + 1), LAST[levels], levels))
    return abar, 10 * np.log10(abar / (1 - abar))


class Bimodal:
    def __init__(self, separation):
        power = 1 + separation**2 / 4
        self.m = separation / 2 / np.sqrt(power)
        self.c = 1 / power

    def posterior(self, x, a, s2):
        """Mean and variance of x_0 given x = a x_0 + sqrt(s2) z."""
        p = a * a * self.c + s2
        t = np.tanh(a * self.m * x / p)
        return a * self.c / p * x + s2 / p * self.m * t, s2 * self.c / p + (s2 / p * self.m) ** 2 * (1 - t * t)

    def density(self, x, a, s2):
        p = a * a * self.c + s2
        z = [np.exp(-((x - sign * a * self.m) ** 2) / (2 * p)) for sign in (-1, 1)]
        return (z[0] + z[1]) / 2 / np.sqrt(2 * np.pi * p)


def chain(prior, levels, x, start):
    """The truncated chain from x at level `start`, and the product of the derivatives of its steps."""
    abar, _ = fesl(levels)
    slope = np.ones_like(x)
    for t in range(start, -1, -1):
        to = abar[t - 1] if t > 0 else 1.0
        a, s2 = np.sqrt(abar[t]), 1 - abar[t]
        step = abar[t] / to
        mean, variance = prior.posterior(x, a, s2)
        keep = np.sqrt(step) * (1 - to) / (1 - abar[t])
        take = np.sqrt(to) * (1 - step) / (1 - abar[t])
        slope = slope * (keep + take * a / s2 * variance)
        x = keep * x + take * mean
    return x, slope


def nearest(levels, dB):
    return int(np.argmin(np.abs(fesl(levels)[1] - dB)))


def errors(separation, dB):
    """nMSE of the conditional mean and of the chain, T = 300, by quadrature at the start's own level."""
    prior = Bimodal(separation)
    abar, _ = fesl(300)
    start = nearest(300, dB)
    a, s2 = np.sqrt(abar[start]), 1 - abar[start]

    # Gauss-Legendre on panels that grow from the middle, where the chain jumps within 1e-9
    reach = a * prior.m + 9 * np.sqrt(a * a * prior.c + s2)
    edges = np.concatenate([[0], np.geomspace(1e-12, reach, 400)])
    node, weight = np.polynomial.legendre.leggauss(12)
    half = np.diff(edges)[:, None] / 2
    x = ((edges[:-1] + edges[1:])[:, None] / 2 + half * node).ravel()
    dx = (half * weight).ravel()
    mean, variance = prior.posterior(x, a, s2)
    end, _ = chain(prior, 300, x, start)
    p = prior.density(x, a, s2) * dx
    halves = [(p * variance).sum(), (p * (end - mean) ** 2).sum()]
    return 2 * halves[0], 2 * (halves[0] + halves[1])


for separation, dB in ((4, 0), (10, 0), (10, 10), (20, -10)):
    mean, end = errors(separation, dB)
    at = f"bimodal, {separation}|{dB}"
    row("fesl-bias", "nMSE, T = 300", at, "CME", mean, 2e-4 * mean, "4000 nodes, across the jump in the middle")
    row("fesl-bias", "nMSE, T = 300", at, "chain", end, 2e-4 * end, "4000 nodes, across the jump in the middle")

for separation in (2, 4, 10):
    for levels in (10, 100, 1000):
        prior, start = Bimodal(separation), nearest(levels, 0)
        _, slope = chain(prior, levels, np.zeros(1), start)
        _, all_ = chain(prior, levels, np.linspace(-6, 6, 20001), start)
        largest = max(slope[0], all_.max())
        row("fesl-bias", "Largest slope", f"{separation}|{levels}", "chain", largest, 1e-6 * largest, "float64")

# ---- fesl-gmm on a mixture of the test's own: weights .2, .8, means 2, -.5, variances .09, .04, then standardised ----

w, m, c = np.array([.2, .8]), np.array([2, -.5]), np.array([.09, .04])
m = m - w @ m
power = w @ (c + m * m)
m, c = m / np.sqrt(power), c / power
for dB in (0, 10):
    s2 = 10 ** (-dB / 10)
    p = c + s2

    def least(y, moment=1):
        l = np.log(w) - (y - m) ** 2 / (2 * p) - np.log(p) / 2
        rho = np.exp(l - logsumexp(l))
        M = m + c / p * (y - m)
        V = s2 * c / p
        D = rho @ M
        return np.exp(logsumexp(l)) / np.sqrt(2 * np.pi) * (rho @ (V + (M - D) ** 2))

    mean = integrate.quad(least, -15, 15, limit=500, points=[m[0], m[1]])[0]
    # spread of a mean of 4000 squared errors over their mean: by draws
    rng = np.random.default_rng(1)
    k = (rng.random(400000) < w[1]).astype(int)
    x = m[k] + np.sqrt(c[k]) * rng.standard_normal(k.size)
    y = x + np.sqrt(s2) * rng.standard_normal(k.size)
    l = np.log(w) - (y[:, None] - m) ** 2 / (2 * p) - np.log(p) / 2
    rho = np.exp(l - logsumexp(l, axis=1, keepdims=True))
    e = ((rho * (m + c / p * (y[:, None] - m))).sum(1) - x) ** 2
    linear = 1 / (1 + 1 / s2)
    el = (y / (1 + s2) - x) ** 2
    tolerance = lambda e: 4 * np.std(e / e.mean() - x * x) / np.sqrt(4000) * e.mean()
    row("fesl-gmm", "nMSE", str(dB), "CME", mean, tolerance(e), "four standard errors of 4000 draws")
    row("fesl-gmm", "nMSE", str(dB), "LMMSE", linear, tolerance(el), "four standard errors of 4000 draws")

# ---- li-kl: cosine schedule, two Gaussians of variance .01, KL of the exact kernel from Gaussian ones ----


def cosine(levels):
    f = lambda t: np.cos((t / levels + .008) / 1.008 * np.pi / 2) ** 2
    t = np.arange(levels)
    return np.cumprod(1 - np.minimum(1 - f(t + 1) / f(t), .999))


def divergences(distance, levels):
    """Sums over steps 2 .. T for variances beta, beta-tilde and the best Gaussian of each row."""
    abar = cosine(levels)
    mu, c = np.array([-distance / 2, distance / 2]), .01
    sums = np.zeros(3)
    for t in range(1, levels):
        at, au = np.sqrt(abar[t]), np.sqrt(abar[t - 1])
        st2, su2 = 1 - abar[t], 1 - abar[t - 1]
        step = at / au
        v = st2 - step * step * su2
        pt, pu = at * at * c + st2, au * au * c + su2
        var = v * pu / pt
        kx, k0, tilde = step * su2 / st2, au * v / st2, v * su2 / st2

        def terms(x):
            l = -((x - at * mu) ** 2) / (2 * pt)
            rho = np.exp(l - logsumexp(l))
            means = au * mu + step * pu / pt * (x - at * mu)
            mean = rho @ means
            second = var + rho @ (means - mean) ** 2
            # entropy of the mixture of two Gaussians of one variance, by Gauss-Hermite about each
            u, g = np.polynomial.hermite.hermgauss(120)
            entropy = 0
            for j in (0, 1):
                if rho[j] < 1e-300:
                    continue
                z = means[j] + np.sqrt(2 * var) * u
                with np.errstate(divide="ignore"):
                    logs = np.log(rho)[:, None] - (z - means[:, None]) ** 2 / (2 * var) - np.log(2 * np.pi * var) / 2
                entropy -= rho[j] * (g @ logsumexp(logs, axis=0)) / np.sqrt(np.pi)
            cross = lambda s: np.log(2 * np.pi * s) / 2 + second / (2 * s)
            p = np.exp(logsumexp(l)) / 2 / np.sqrt(2 * np.pi * pt)
            return p * np.array([cross(v) - entropy, cross(tilde) - entropy, cross(second) - entropy])

        # all that matters lies around the modes and where the responsibilities turn
        reach = at * distance / 2 + 9 * np.sqrt(pt)
        turn = 40 * pt / (at * distance)
        x = np.union1d(np.linspace(-reach, reach, 1201), np.linspace(-min(turn, reach), min(turn, reach), 1201))
        values = np.array([terms(v_) for v_ in x])
        sums += integrate.simpson(values, x=x, axis=0)
    return sums


for distance, column, at in ((4, "beta", 0), (64, "beta-tilde", 1), (16, "full covariance", 2)):
    value = divergences(distance, 4)[at]
    row("li-kl", "Sum over steps", f"4|{distance}", column, value, 1e-3 * value, "two quadratures")

# ---- kadkhodaie-fig1: Gaussians at -2 and 2, variance .16 in the plane, the rest 0; sigma 1 ----


def told():
    """Squared error of the posterior mean summed over the plane; the other axis is a Gaussian."""
    p = .16 + 1

    def on_the_line(y):
        t = np.tanh(2 * y / p)
        density = (np.exp(-((y - 2) ** 2) / (2 * p)) + np.exp(-((y + 2) ** 2) / (2 * p))) / 2 / np.sqrt(2 * np.pi * p)
        return density * (.16 / p + (2 / p) ** 2 * (1 - t * t))

    return 2 * integrate.quad(on_the_line, 0, 20, limit=300)[0] + .16 / p


value = told()
row("kadkhodaie-fig1", "Posterior of lambda", "100", "told MSE", value, 4 * 1.42 / np.sqrt(500), "four standard errors of 500 draws")

d, n = 100, 5000
rng = np.random.default_rng(2)
plane = np.where(rng.random(n) < .5, -2, 2) + np.sqrt(1.16) * rng.standard_normal(n)
other = np.sqrt(1.16) * rng.standard_normal(n)
rest = rng.chisquare(d - 2, n)
log_variance = np.zeros(n)
for i in range(n):
    def minus(lv):
        v = np.exp(lv)
        p = .16 + v
        mix = np.logaddexp(-((plane[i] - 2) ** 2) / (2 * p), -((plane[i] + 2) ** 2) / (2 * p))
        return -(mix - np.log(p) - other[i] ** 2 / (2 * p) - (d - 2) / 2 * lv - rest[i] / (2 * v))

    log_variance[i] = optimize.minimize_scalar(minus, bounds=(-3, 3), method="bounded", options={"xatol": 1e-7}).x
v = np.exp(log_variance)
row("kadkhodaie-fig1", "Most likely sigma^2", "100", "mean", v.mean(), 4 * v.std() * np.sqrt(1 / 500 + 1 / n), "four standard errors of 500 and 5,000 draws")
row("kadkhodaie-fig1", "Most likely sigma^2", "100", "deviation", v.std(), 4 * v.std() / np.sqrt(2 * 500), "four standard errors of 500 draws")

for cells in ROWS:
    print(",".join(c if isinstance(c, str) else repr(float(c)) for c in (str(c).replace(",", ";") if isinstance(c, str) else c for c in cells)))
