"""The blind posterior of every kind of prior, bit by bit as the manifest says.

python3 blind.py CASES RESULTS
"""
import sys
from pathlib import Path

import numpy as np

from evaluate import Case, fold
from exact import f32, f64, fma, fma64, log, weight

SHARD, CHAIN = 8064, 256


def chained(count, start, one):
    """Sums in chains of 256: the first one added to start, where there is such a thing, else what is before."""
    total = start
    for first in range(0, count, CHAIN):
        part = None
        for i in range(first, min(first + CHAIN, count)):
            a, b = one(i)
            part = fma(a, b, f32(0) if part is None else part)
        total = part if total is None else total + part
    return total


def lanes(count, one):
    """In float64: 16 sums, folded."""
    sums = None
    for i in range(count):
        a, b = one(i)
        if sums is None:
            sums = np.zeros(np.broadcast_shapes(np.shape(a), np.shape(b)) + (16,))
        sums[..., i % 16] = fma64(a, b, sums[..., i % 16])
    return fold(sums)


class Blind:
    """What all kinds share; for each of a block of components they have logits, direct logits and sums."""

    def __init__(self, case):
        self.case = case
        x, self.centre = case("in/x"), self.of("prior", "centre")
        self.rows, self.dim = x.shape
        self.y = fma(f32(-1), self.centre, x)
        self.means = self.of("prior", "means").reshape(-1, self.dim)
        self.count, self.levels = len(self.means), len(case("in/sigmas"))
        self.offset, self.steep = self.of("blind", "offset"), self.of("blind", "steep")[0]
        self.noise, self.least = self.of("blind", "noise"), self.of("blind", "least")
        self.bias, self.constant = self.level_column("bias"), self.level_column("constant")
        self.norm = np.zeros(self.rows, f32)
        for j in range(self.dim):
            self.norm = fma(self.y[:, j], self.y[:, j], self.norm)
        self.top = np.full(self.rows, -np.inf)
        self.sum = np.zeros((self.rows, self.levels), f32)
        self.acc = np.zeros((self.rows, self.width), f32)
        for first in range(0, self.count, SHARD):
            self.merge(*self.shard(first, min(first + SHARD, self.count)))

    def of(self, table, name):
        return self.case(f"tables/{table}/{name}")

    def level_column(self, name):
        """(K, S), or of one component for all."""
        return np.broadcast_to(self.of("blind", name).reshape(-1, self.levels), (self.count, self.levels))

    def shard(self, first, last):
        none = np.zeros(self.rows, bool)
        top, total, acc = self.through(first, last, none, None)
        summed = total > 0
        refined = (summed & (top[:, None] < self.least)).any(axis=1) | ~summed.any(axis=1)
        if refined.any():
            size = (-top).astype(f32)
            rounding = fma(f32(2.0**-6), size, f32(40))
            threshold = (top.astype(f32) - fma(self.steep * np.sqrt(self.norm), np.sqrt(f32(2) * size), rounding))
            top, total, acc = self.through(first, last, refined, threshold)
        return top, total, acc

    def through(self, first, last, refined, threshold):
        top, exact = np.full(self.rows, -np.finfo(f32).max, f32), np.full(self.rows, -np.inf)
        total, acc = np.zeros((self.rows, self.levels), f32), np.zeros((self.rows, self.width), f32)
        for block in range(first, last, self.block):
            ks = np.arange(block, min(block + self.block, last))
            logits = self.logits(ks)  # rows, components, levels
            most = np.where(np.isnan(logits), -np.inf, logits).max(axis=2)
            new = np.maximum(top, most.max(axis=1)).astype(f32)
            fade, w = weight(top - new), weight(logits - new[:, None, None])
            if refined.any():
                e = np.where((most < threshold[:, None])[:, :, None], -np.inf, self.direct(ks))
                moved = np.maximum(exact, e.max(axis=(1, 2)))
                again = weight((e - moved[:, None, None]).astype(f32))
                w = np.where(refined[:, None, None], again, w)
                fade = np.where(refined, weight((exact - moved).astype(f32)), fade)
                exact = moved
            top = new
            mass = np.zeros((self.rows, self.levels), f32)
            for i in range(len(ks)):
                mass = mass + w[:, i]
            total = fma(total, fade[:, None], mass)
            acc = acc * fade[:, None]
            for i, k in enumerate(ks):
                acc = self.accumulate(acc, k, w[:, i])
        return np.where(refined, exact, top), total, acc

    def over_levels(self, column, w):
        """fma(w_s, column_s, u) for s in order, from 0; column (S) or (S, r)."""
        u = np.zeros((self.rows,) + column.shape[1:], f32)
        for s in range(self.levels):
            u = fma(w[:, s].reshape((-1,) + (1,) * (column.ndim - 1)), column[s], u)
        return u

    def merge(self, top, total, acc):
        new = np.maximum(self.top, top)
        keep, take = (weight((t - new).astype(f32))[:, None] for t in (self.top, top))
        self.top, self.sum, self.acc = new, fma(self.sum, keep, total * take), fma(self.acc, keep, acc * take)

    def outputs(self):
        total = np.zeros(self.rows, f32)
        for s in range(self.levels):
            total = total + self.sum[:, s]
        inverse = (f32(1) / total)[:, None]
        evidence = (self.offset + (self.top + log(total).astype(f64))).astype(f32)[:, None]
        return {"evidence": evidence, "evidence-alone": evidence, "levels": self.sum / total[:, None],
                "mean": self.mean_sums(inverse) + f32(0) + self.centre}


class Isotropic(Blind):
    block = 84

    def __init__(self, case):
        self.width = case("in/x").shape[1] + 1
        super().__init__(case)

    def logits(self, ks):
        def square(j):
            t = self.y[:, j, None] - self.means[ks, j]
            return t, t

        q = chained(self.dim, None, square)
        return fma(-self.level_column("shift")[ks], q[:, :, None], self.bias[ks])

    def direct(self, ks):
        def square(j):
            t = self.y[:, j, None].astype(f64) - self.means[ks, j]
            return t, t

        variance = np.broadcast_to(self.of("blind", "variance"), (self.count,))
        half = 0.5 / (variance[ks][:, None] + self.noise)
        logits = fma64(-half, lanes(self.dim, square)[:, :, None], self.constant[ks])
        return np.where(self.constant[ks] == -np.inf, -np.inf, logits)  # levels without mass, which fma64 cannot add

    def accumulate(self, acc, k, w):
        u = self.over_levels(self.level_column("pull")[k], w)
        b = self.over_levels(self.level_column("slope")[k], w)
        return np.concatenate([fma(self.means[k], u[:, None], acc[:, :-1]), acc[:, -1:] + b[:, None]], axis=1)

    def mean_sums(self, inverse):
        return fma(self.acc[:, -1:] * inverse, self.y, self.acc[:, :-1] * inverse)


class Others(Blind):
    """Diagonal, full and low-rank components."""

    block = 1

    def __init__(self, case):
        self.width = dim = case("in/x").shape[1]
        self.kind = "lowrank" if case.has("in/factors") else "full" if case("in/covariances").ndim == 3 else "diagonal"
        count = len(case("in/weights"))
        self.rank = dim
        if self.kind != "diagonal":
            self.basis = case("tables/prior/basis").reshape(count, dim, -1)
            self.fine = self.basis + case("tables/prior/rest").reshape(self.basis.shape).astype(f64)
            self.rank = self.basis.shape[2]
        super().__init__(case)

    def columns(self, name, k):
        """Of component k: those of r numbers, at each level where the column has levels."""
        return self.of("blind", name).reshape(self.count, -1, self.rank)[k]

    def chain(self, u, v, add):
        p = np.zeros((self.rows, self.rank), v.dtype)
        for j in range(self.dim):
            p = add(u[j], v[:, j, None], p)
        return p

    def projected(self, k):
        """p, and what a low rank leaves beside."""
        if self.kind == "diagonal":
            return self.y - self.means[k], None
        if self.kind == "full":
            return self.chain(self.basis[k], self.y, fma) - self.columns("projected", k)[0], None
        rest = self.y - self.means[k]
        p = self.chain(self.basis[k], rest, fma)
        for e in range(self.rank):
            rest = fma(self.basis[k][:, e], -p[:, e, None], rest)
        return p, rest

    def logits(self, ks):
        k = ks[0]
        p, rest = self.projected(k)
        start = None
        if rest is not None:
            s = chained(self.dim, None, lambda j: (rest[:, j], rest[:, j]))
            start = s[:, None] * self.level_column("shift")[k]
        inverse, squares = self.columns("inverse", k), p * p
        q = chained(self.rank, start, lambda e: (inverse[:, e], squares[:, e, None]))
        return fma(f32(-0.5), q, self.bias[k])[:, None]

    def direct(self, ks):
        k = ks[0]
        z = self.y.astype(f64) - self.means[k]
        p = z if self.kind == "diagonal" else self.chain(self.fine[k], z, fma64)
        half = 0.5 / (self.columns("variance", k)[0] + self.noise[:, None])  # S, r
        form = lanes(self.rank, lambda e: ((p[:, e] * p[:, e])[:, None], half[:, e]))
        if self.kind == "lowrank":
            for e in range(self.rank):
                z = fma64(-self.fine[k][:, e], p[:, e, None], z)
            beside = lanes(self.dim, lambda j: (z[:, j], z[:, j]))
            form = fma64(beside[:, None], 0.5 / (self.of("blind", "floor")[k] + self.noise), form)
        return (self.constant[k] - form)[:, None]

    def accumulate(self, acc, k, w):
        p, rest = self.projected(k)
        mass = np.zeros(self.rows, f32)
        for s in range(self.levels):
            mass = mass + w[:, s]
        acc = fma(mass[:, None], self.means[k], acc)
        if rest is not None:
            acc = fma(self.over_levels(self.level_column("pull")[k], w)[:, None], rest, acc)
        v = self.over_levels(self.columns("inverse", k), w) * self.columns("value", k)[0] * p
        if self.kind == "diagonal":
            return acc + v
        for e in range(self.rank):
            acc = fma(self.basis[k][:, e], v[:, e, None], acc)
        return acc

    def mean_sums(self, inverse):
        return self.acc * inverse


def blind(case):
    isotropic = case.has("in/points") or case("in/covariances").ndim == 1 and not case.has("in/factors")
    return (Isotropic if isotropic else Others)(case).outputs()


if __name__ == "__main__":
    cases, results = Path(sys.argv[1]), Path(sys.argv[2])
    np.seterr(all="ignore")
    for folder in sorted((cases / "blind").iterdir()):
        made = blind(Case(folder))
        to = results / "blind" / folder.name
        to.mkdir(parents=True, exist_ok=True)
        for file in (folder / "exact").glob("*.npy"):
            np.save(to / file.name, made[file.stem].astype(f32))
