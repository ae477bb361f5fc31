"""log evidence, posterior mean and score of data sets and isotropic mixtures, in float32.

python3 evaluate.py CASES RESULTS [exact]
"""
import sys
from pathlib import Path

import numpy as np

from exact import f32, f64, fma, fma64, log, weight


def plain(case):
    """Right within the bound: differences, not products; the largest logit taken out; scores summed, not divided."""
    x, (alpha, sigma), w = case("in/x"), case("in/level"), case("in/weights")
    m = case("in/points") if case.has("in/points") else case("in/means")
    c = np.zeros(len(w)) if case.has("in/points") else case("in/covariances")
    p = alpha**2 * c + sigma**2
    d = x.shape[1]
    with np.errstate(all="ignore"):
        bias = (np.log(w) - 0.5 * d * np.log(2 * np.pi * p)).astype(f32)
        z = x[:, None, :] - (alpha * m).astype(f32)
        logits = bias - f32(0.5) * np.sum(z * z / p.astype(f32)[:, None], axis=2, dtype=f32)
        top = np.max(logits, axis=1, keepdims=True)
        rho = np.exp(logits - top)
        total = rho.sum(axis=1, keepdims=True)
        rho /= total
        parts = m.astype(f32) + (alpha * c / p).astype(f32)[:, None] * z
        mean = np.einsum("bk,bkj->bj", rho, parts)
        score = -np.einsum("bk,bkj->bj", rho, z / p.astype(f32)[:, None])
    return {"evidence": top + np.log(total), "mean": mean, "score": score}


def fold(lanes):
    for h in 8, 4, 2, 1:
        lanes = lanes[..., :h] + lanes[..., h:2 * h]
    return lanes[..., 0]


class Pass:
    """The online softmax of "softmax" and "refinement", for all rows at once, in one form."""

    def __init__(self, case, form):
        def table(name):
            return case(f"tables/{form}/{name}")

        self.error_scale, reach, bound, widest, self.lift, self.back, stride, same = table("scalars")
        self.shared, self.form = stride == 0, form
        self.alpha = case("in/level")[0]
        x, self.centre = case("in/x"), case("tables/prior/centre")
        rows, d = x.shape
        self.y = fma(-f32(self.alpha), self.centre, x)
        self.means = case("tables/prior/means").reshape(-1, d)
        count = len(self.means)
        self.bias, self.half, self.constant, self.offset = (table(n) for n in ("bias", "half", "constant", "offset"))
        self.scale, self.shift, self.pull, self.slope = (
            np.broadcast_to(table(n), (count,)) if self.shared else table(n) for n in ("scale", "shift", "pull", "slope"))
        self.halves, self.constants = (np.broadcast_to(v, (count,)) if len(v) == 1 else v
                                       for v in (self.half, self.constant))
        norm = np.zeros(rows, f32)
        for j in range(d):
            norm = fma(self.y[:, j], self.y[:, j], norm)
        self.norm = norm
        with np.errstate(all="ignore"):
            self.error = f32(self.error_scale) * fma(widest, norm, fma(np.sqrt(norm), reach, bound))
        self.refined = ~(self.error <= f32(2.0**-8))
        self.top, self.sum = np.full(rows, -np.inf, f64), np.zeros(rows, f32)
        self.acc = np.zeros((rows, d + 1), f32)
        self.blocks = []  # what draws choose by: first component, weights, mass and sum after each
        self.all_logits = np.full((rows, count), -np.inf)  # float64 of refined rows, for second passes
        for first in range(0, count, 8064):
            self.merge(*self.shard(first, min(first + 8064, count)))

    def logits(self, k):
        c = np.zeros((len(self.y), len(k)), f32)
        for j in range(self.y.shape[1]):
            c = fma(self.means[k, j], self.y[:, j, None], c)
        bias = self.bias[k] if self.shared else fma(-self.shift[k], self.norm[:, None], self.bias[k])
        return fma(self.scale[k], c, bias)

    def direct(self, k):
        """The logits in float64, by differences."""
        y = self.y[self.refined].astype(f64)[:, None, :]
        z = fma64(-self.alpha, self.means[k].astype(f64), y)
        lanes = np.zeros(z.shape[:2] + (16,))
        for j in range(z.shape[2]):
            lanes[..., j % 16] = fma64(z[..., j], z[..., j], lanes[..., j % 16])
        return fma64(-self.halves[k], fold(lanes), self.constants[k])

    def shard(self, first, last):
        rows, d = self.y.shape
        top, exact = np.full(rows, -np.finfo(f32).max, f32), np.full(rows, -np.inf, f64)
        total, acc = np.zeros(rows, f32), np.zeros((rows, d + 1), f32)
        for block in range(first, last, 84):
            k = np.arange(block, min(block + 84, last))
            logits = self.logits(k)
            with np.errstate(all="ignore"):
                new = np.where(logits > top[:, None], logits, -np.inf).max(axis=1)
                new = np.where(new > top, new, top).astype(f32)
                below, w = top - new, logits - new[:, None]
                self.all_logits[:, k] = logits
                if self.refined.any():
                    near = ~(logits < (new - fma(f32(2), self.error, f32(40)))[:, None]) & (self.bias[k] > -np.inf)
                    near = near[self.refined]
                    e = np.where(near, self.direct(k), -np.inf)
                    before = exact[self.refined]
                    moved = np.maximum(before, e.max(axis=1))
                    w[self.refined] = np.where(near, e - moved[:, None], -np.inf).astype(f32)
                    below[self.refined] = (before - moved).astype(f32)
                    exact[self.refined] = moved
                    self.all_logits[np.ix_(self.refined, k)] = e
            top, fade, w = new, weight(below), weight(w)
            mass = np.zeros(rows, f32)
            acc = acc * fade[:, None]
            for i in range(len(k)):
                mass = mass + w[:, i]
                acc[:, :d] = fma(self.means[k[i]], (w[:, i] * self.pull[k[i]])[:, None], acc[:, :d])
                acc[:, d] = fma(w[:, i], self.slope[k[i]], acc[:, d])
            total = fma(total, fade, mass)
            self.blocks.append((block, w, mass, total))
        return np.where(self.refined, exact, top), total, acc

    def merge(self, top, total, acc):
        new = np.maximum(self.top, top)
        with np.errstate(all="ignore"):
            keep, take = weight((self.top - new).astype(f32)), weight((top - new).astype(f32))
        self.top, self.sum = new, fma(self.sum, keep, total * take)
        self.shards = getattr(self, "shards", []) + [(total * take, self.sum)]
        self.acc = fma(self.acc, keep[:, None], acc * take[:, None])

    def evidence(self):
        e = self.offset + (self.top + log(self.sum).astype(f64))
        if self.shared:
            square = np.zeros(len(e))
            for j in range(self.y.shape[1]):
                square = fma64(self.y[:, j], self.y[:, j], square)
            e = np.where(self.refined, e, fma64(-self.half[0], square, e))
        return e.astype(f32)[:, None]

    def sums(self):
        """What the form sums, and the part of it that is of means alone."""
        inverse = (f32(1) / self.sum)[:, None]
        pulled = self.acc[:, :-1] * inverse
        return fma(self.acc[:, -1:] * inverse, self.y, pulled) + f32(0), pulled + f32(0)

    def score(self):
        u, pulled = self.sums()
        if self.form == "scores":
            return u
        return fma(self.lift, pulled if self.shared else u, -self.y) * self.back


def exact(case):
    """Bit by bit what the manifest says; rows that overflow are left out."""
    means = Pass(case, "means")
    alpha, sigma = case("in/level")
    widest = 0 if case.has("in/points") else np.max(case("in/covariances"))
    pulls = means.shared and means.pull[0] >= 2.0**-100
    scored = means if alpha * np.sqrt(widest) <= sigma or pulls else Pass(case, "scores")
    return {"evidence": means.evidence(), "mean": means.sums()[0] + means.centre, "score": scored.score()}


class Case:
    def __init__(self, folder):
        self.folder = folder

    def has(self, name):
        return (self.folder / f"{name}.npy").exists()

    def __call__(self, name):
        return np.load(self.folder / f"{name}.npy")


if __name__ == "__main__":
    cases, results = Path(sys.argv[1]), Path(sys.argv[2])
    make = exact if sys.argv[3:] == ["exact"] else plain
    for folder in sorted(p for p in (cases / "evaluate").iterdir()):
        if folder.name.split("-")[0] in ("points", "shared", "isotropic", "pixels") and "-huge" not in folder.name:
            made = make(Case(folder))
            to = results / "evaluate" / folder.name
            to.mkdir(parents=True, exist_ok=True)
            for name, array in made.items():
                np.save(to / f"{name}.npy", array.astype(f32))
