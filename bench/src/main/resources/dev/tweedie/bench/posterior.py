"""Posterior means in numpy or scikit-learn, timed inside this process: bench --peers runs it.

python3 posterior.py numpy|scikit-learn WORK.npz WARMUPS MILLISECONDS ITERATIONS MILLISECONDS

WORK.npz: the prior as --prior reads it, or `points`; `x` (levels, rows, d), `alphas`, `sigmas`; `expected` and
`responsibilities`, those of the first rows by `reference`. Prints the worst responsibility's error (no number counts
as 1), the relative error of the means, then the nanoseconds a call of each iteration.
"""
import sys
import time

import numpy as np


def softmax(logits):
    logits = logits - logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    return logits / logits.sum(axis=1, keepdims=True)


class Mixture:
    """Of components a k-mean and a gain: E[x0 | x, k] = mean_k + gain_k (x - alpha mean_k)."""

    def __init__(self, work, alpha, sigma):
        points = "points" in work
        self.means = work["points" if points else "means"]
        count, dim = self.means.shape
        self.weights = np.full(count, 1 / count) if points else work["weights"] / work["weights"].sum()
        c = np.zeros(count) if points else work["covariances"]
        self.alpha, self.c = alpha, c
        if c.ndim < 3:
            self.noisy = alpha**2 * c + sigma**2
            self.gain = alpha * c / self.noisy
        else:
            self.noisy = alpha**2 * c + sigma**2 * np.eye(dim)
            self.gain = alpha * c @ np.linalg.inv(self.noisy)

    def __call__(self, x):
        return self.mean(self.responsibilities(x), x)

    def mean(self, r, x):
        """The posterior mean from the responsibilities."""
        if self.c.ndim == 1:
            if not self.gain.any():
                return r @ self.m
            return r @ self.base + x * (r @ self.g)[:, None]
        if self.c.ndim == 2:
            return r @ self.base + x * (r @ self.g)
        out = r @ self.base
        for k in range(len(self.m)):
            out += r[:, k, None] * (x @ self.g[k].T)
        return out

    def cast(self, kind):
        gained = np.einsum("kij,kj->ki", self.gain, self.means) if self.c.ndim == 3 else (
            self.gain[:, None] * self.means if self.c.ndim == 1 else self.gain * self.means)
        self.m, self.g = self.means.astype(kind), self.gain.astype(kind)
        self.base = (self.means - self.alpha * gained).astype(kind)


class Numpy(Mixture):
    """float32, distances by products."""

    def __init__(self, work, alpha, sigma):
        super().__init__(work, alpha, sigma)
        self.cast(np.float32)
        m, v = alpha * self.means, self.noisy
        log = np.log(self.weights)
        if self.c.ndim == 1:
            log = log - 0.5 * self.means.shape[1] * np.log(v) - 0.5 * (m**2).sum(1) / v
            self.linear, self.square = (m / v[:, None]).T, -0.5 / v[None, :]
        elif self.c.ndim == 2:
            log = log - 0.5 * np.log(v).sum(1) - 0.5 * (m**2 / v).sum(1)
            self.linear, self.square = (m / v).T, (-0.5 / v).T
        else:
            factor = np.linalg.inv(np.linalg.cholesky(v))
            self.whiten = factor.astype(np.float32)
            self.centre = np.einsum("kij,kj->ki", factor, m).astype(np.float32)
            self.constant = (log + np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(1)).astype(np.float32)
            return
        self.constant = log.astype(np.float32)
        self.linear, self.square = self.linear.astype(np.float32), self.square.astype(np.float32)

    def responsibilities(self, x):
        if self.c.ndim == 3:
            logits = np.empty((len(x), len(self.m)), np.float32)
            for k in range(len(self.m)):
                z = x @ self.whiten[k].T - self.centre[k]
                logits[:, k] = self.constant[k] - 0.5 * (z * z).sum(1)
        elif self.c.ndim == 2:
            logits = self.constant + x @ self.linear + (x * x) @ self.square
        else:
            logits = self.constant + x @ self.linear + (x * x).sum(1)[:, None] * self.square
        return softmax(logits)


class Sklearn(Mixture):
    """GaussianMixture.predict_proba of the noisy mixture, which is float64."""

    def __init__(self, work, alpha, sigma):
        from sklearn.mixture import GaussianMixture
        from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky

        super().__init__(work, alpha, sigma)
        self.cast(np.float64)
        kind = {1: "spherical", 2: "diag", 3: "full"}[self.c.ndim]
        self.model = GaussianMixture(len(self.means), covariance_type=kind)
        self.model.weights_, self.model.means_ = self.weights, alpha * self.means
        self.model.covariances_ = self.noisy
        self.model.precisions_cholesky_ = _compute_precision_cholesky(self.noisy, kind)

    def responsibilities(self, x):
        return self.model.predict_proba(x)


def main():
    library = {"numpy": Numpy, "scikit-learn": Sklearn}[sys.argv[1]]
    with np.load(sys.argv[2]) as file:
        work = dict(file)
    warmups, warm_ms, count, ms = map(int, sys.argv[3:7])
    levels = [library(work, a, s) for a, s in zip(work["alphas"], work["sigmas"])]
    rows = work["x"]
    few = work["expected"].shape[1]
    off = np.abs(np.array([level.responsibilities(x[:few]) for level, x in zip(levels, rows)]) - work["responsibilities"])
    print("worst", float(np.where(np.isnan(off), 1, off).max()))
    found = np.array([level(x[:few]) for level, x in zip(levels, rows)])
    error = np.sqrt(((found - work["expected"]) ** 2).sum() / (work["expected"] ** 2).sum())
    print("error", float(error))
    times = []
    for i in range(warmups + count):
        end = time.perf_counter_ns() + (warm_ms if i < warmups else ms) * 1_000_000
        begin = now = time.perf_counter_ns()
        calls = 0
        while calls == 0 or now < end:
            for level, x in zip(levels, rows):
                level(x)
            calls += 1
            now = time.perf_counter_ns()
        times.append((now - begin) / calls)
    print("times", *times[warmups:])


main()
