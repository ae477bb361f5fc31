"""Posteriors of every kind of prior, bit by bit as the manifest says: evaluate, covarianceTimes, hessianTimes, draw.

python3 posteriors.py CASES RESULTS
"""
import sys
from pathlib import Path

import numpy as np

from elements import normal, philox, uniform
from evaluate import Case, Pass, fold
from exact import f32, f64, fma, fma64, log, weight

SHARD = 8064


class Isotropic(Pass):
    def __init__(self, case, form):
        super().__init__(case, form)
        self.count = len(self.means)
        spread = case(f"tables/{form}/spread")
        self.spread = np.broadcast_to(spread, (self.count,)) if self.shared else spread

    def mean_sums(self):
        return self.sums()[0]

    def component(self, k):
        return fma(self.slope[k], self.y, self.pull[k] * self.means[k])

    def spreads(self, k):
        return np.broadcast_to(self.spread[k], self.y.shape)

    def spread_times(self, k, v):
        return self.spread[k] * v


class Others:
    """Diagonal, full and low-rank components."""

    def __init__(self, case, form):
        def table(name):
            return case(f"tables/{form}/{name}") if case.has(f"tables/{form}/{name}") else None

        self.form = form
        self.error_scale, reach, bound, widest, self.lift, self.back = table("scalars")[:6]
        self.alpha = case("in/level")[0]
        x, self.centre = case("in/x"), case("tables/prior/centre")
        rows, self.dim = x.shape
        self.y = fma(-f32(self.alpha), self.centre, x)
        self.means = case("tables/prior/means").reshape(-1, self.dim)
        self.count = len(self.means)
        self.kind = "lowrank" if case.has("in/factors") else "full" if case("in/covariances").ndim == 3 else "diagonal"
        rank = 0
        if self.kind != "diagonal":
            self.basis = case("tables/prior/basis").reshape(self.count, self.dim, -1)
            self.fine = self.basis + case("tables/prior/rest").reshape(self.basis.shape).astype(f64)
            rank = self.basis.shape[2]
        for name in "bias", "scale", "shift", "slope", "pull", "spread", "floor", "constant", "half", "steep", "far":
            column = table(name)
            if column is not None and len(column) > self.count:
                column = column.reshape(self.count, -1)
            setattr(self, name, column)
        self.half = np.reshape(self.half, (self.count, -1))
        for name in "scale", "shift", "slope", "pull", "spread":
            column = getattr(self, name)
            if column is not None and self.kind != "lowrank" or name in ("scale", "slope", "spread"):
                setattr(self, name, np.reshape(column, (self.count, -1)) if column is not None else None)
        self.offset, self.rank = table("offset"), rank
        self.norm = np.zeros(rows, f32)
        for j in range(self.dim):
            self.norm = fma(self.y[:, j], self.y[:, j], self.norm)
        error = f32(self.error_scale) * fma(widest, self.norm, fma(np.sqrt(self.norm), reach, bound))
        self.refined = ~(error <= f32(2.0**-8))
        width = 2 * self.dim if self.kind == "diagonal" else self.dim
        self.blocks = []
        self.all_logits = np.full((rows, self.count), -np.inf)
        self.top, self.sum = np.full(rows, -np.inf), np.zeros(rows, f32)
        self.acc = np.zeros((rows, width), f32)
        for first in range(0, self.count, SHARD):
            self.merge(*self.shard(first, min(first + SHARD, self.count)))

    def chain(self, k, v, fine=False):
        """p_e = fma(U_je, v_j, p_e) for j in order."""
        u, add = (self.fine[k], fma64) if fine else (self.basis[k], fma)
        p = np.zeros((len(v), self.rank), v.dtype)
        for j in range(self.dim):
            p = add(u[j], v[:, j, None], p)
        return p

    def back_to(self, k, coordinates, out):
        """out_j = fma(U_je, coordinates_e, out_j) for e in order."""
        for e in range(self.rank):
            out = fma(self.basis[k][:, e], coordinates[:, e, None], out)
        return out

    def squares(self, v):
        q = np.zeros(len(v), f32)
        for e in range(v.shape[1]):
            q = fma(v[:, e], v[:, e], q)
        return q

    def evaluated(self, k):
        """l, and what acc takes: z (diagonal, full), or p and rest (low rank)."""
        if self.kind == "diagonal":
            z = fma(self.y, self.scale[k], -self.shift[k])
            return fma(f32(-0.5), self.squares(z), self.bias[k]), z, None
        if self.kind == "full":
            z = fma(self.chain(k, self.y), self.scale[k], -self.shift[k])
            return fma(f32(-0.5), self.squares(z), self.bias[k]), z, None
        z = fma(-f32(self.alpha), self.means[k], self.y)
        p = self.chain(k, z)
        rest = self.back_to(k, -p, z)
        q = fma(self.squares(rest), self.shift[k], self.squares(p * self.scale[k]))
        return fma(f32(-0.5), q, self.bias[k]), p, rest

    def direct(self, k):
        """The logit in float64."""
        z = fma64(-self.alpha, self.means[k].astype(f64), self.y.astype(f64))

        def form(p, half):
            lanes = np.zeros((len(p), 16))
            for i in range(p.shape[1]):
                lanes[:, i % 16] = fma64(p[:, i] * p[:, i], half[i], lanes[:, i % 16])
            return fold(lanes)

        half = self.half[k]
        if self.kind == "diagonal":
            return self.constant[k] - form(z, half)
        p = self.chain(k, z, fine=True)
        if self.kind == "full":
            return self.constant[k] - form(p, half)
        off = z
        for e in range(self.rank):
            off = fma64(-self.fine[k][:, e], p[:, e, None], off)
        lanes = np.zeros((len(p), 16))
        for j in range(self.dim):
            lanes[:, j % 16] = fma64(off[:, j], off[:, j], lanes[:, j % 16])
        return self.constant[k] - fma64(fold(lanes), half[self.rank], form(p, half))

    def shard(self, first, last):
        rows = len(self.y)
        top, exact = np.full(rows, -np.finfo(f32).max, f32), np.full(rows, -np.inf)
        lead = np.full(rows, -np.finfo(f32).max, f32)
        total, acc = np.zeros(rows, f32), np.zeros(self.acc.shape, f32)
        size = 84 if self.kind == "diagonal" else 1
        for block in range(first, last, size):
            ks = range(block, min(block + size, last))
            made = [self.evaluated(k) for k in ks]
            logits = np.stack([m[0] for m in made], axis=1)
            new, errors = top, []
            for i, k in enumerate(ks):
                l = logits[:, i]
                new = np.where(l > new, l, new)
                q = np.maximum(f32(0), (self.bias[k] - l) * f32(2))
                error = fma(np.sqrt(q), fma(np.sqrt(self.norm), self.steep[k], self.far[k]),
                            f32(self.error_scale) * (q + np.abs(self.bias[k])))
                errors.append(error)
                lead = np.where(l - error > lead, l - error, lead)
            below, w = top - new, logits - new[:, None]
            self.all_logits[:, ks] = logits
            if self.refined.any():
                e = logits.astype(f64)
                for i, k in enumerate(ks):
                    if self.bias[k] == -np.inf:
                        e[:, i] = -np.inf
                        continue
                    l = logits[:, i]
                    again = ~((errors[i] <= f32(2.0**-8)) | (l + errors[i] < lead - f32(40)))
                    if (again & self.refined).any():
                        e[:, i] = np.where(again, self.direct(k), e[:, i])
                moved = np.maximum(exact, e.max(axis=1))
                w = np.where(self.refined[:, None], (e - moved[:, None]).astype(f32), w)
                below = np.where(self.refined, (exact - moved).astype(f32), below)
                exact = moved
                self.all_logits[:, ks] = np.where(self.refined[:, None], e, logits)
            top, fade, w = new, weight(below), weight(w)
            mass = np.zeros(rows, f32)
            for i, k in enumerate(ks):
                mass = mass + w[:, i]
            acc = self.accumulate(acc, fade, w, ks, made)
            total = fma(total, fade, mass)
            self.blocks.append((block, w, mass, total))
        return np.where(self.refined, exact, top), total, acc

    def accumulate(self, acc, fade, w, ks, made):
        acc = acc * fade[:, None]
        for i, k in enumerate(ks):
            own = w[:, i, None]
            if self.kind == "diagonal":
                acc = np.concatenate([fma(self.slope[k], own, acc[:, :self.dim]), fma(self.pull[k], own, acc[:, self.dim:])], axis=1)
                continue
            acc = fma(own, self.centred(k), acc)
            if self.kind == "lowrank":
                acc = fma(own * self.pull[k], made[i][2], acc)
            acc = self.back_to(k, (own * self.slope[k]) * made[i][1], acc)
        return acc

    def centred(self, k):
        return self.means[k] if self.form == "means" else np.zeros(self.dim, f32)

    merge = Pass.merge

    def evidence(self):
        return (self.offset + (self.top + log(self.sum).astype(f64))).astype(f32)[:, None]

    def mean_sums(self):
        inverse = (f32(1) / self.sum)[:, None]
        u = self.acc * inverse
        if self.kind == "diagonal":
            u = fma(u[:, :self.dim], self.y, u[:, self.dim:])
        return u + f32(0)

    def score(self):
        u = self.mean_sums()
        return u if self.form == "scores" else fma(self.lift, u, -self.y) * self.back

    def component(self, k):
        if self.kind == "diagonal":
            return fma(self.slope[k], self.y, self.pull[k])
        _, p, rest = self.evaluated(k)
        m = np.broadcast_to(self.centred(k), self.y.shape)
        if self.kind == "lowrank":
            m = fma(self.pull[k], rest, m)
        return self.back_to(k, self.slope[k] * p, m)

    def outside(self, k, v=None):
        """What of v, or of the diagonal of I, the eigenvectors leave."""
        if v is None:
            o = np.ones(self.dim, f32)
            for e in range(self.rank):
                o = fma(-self.basis[k][:, e], self.basis[k][:, e], o)
            return o
        return self.back_to(k, -self.chain(k, v), v)

    def spreads(self, k):
        if self.kind == "diagonal":
            return np.broadcast_to(self.spread[k], self.y.shape)
        h = np.zeros(self.dim, f32)
        if self.kind == "lowrank":
            h = np.full(self.dim, self.floor[k], f32)
            h = h * self.outside(k) if self.form == "scores" else h
        for e in range(self.rank):
            h = fma(self.basis[k][:, e] * self.basis[k][:, e], self.spread[k][e], h)
        return np.broadcast_to(h, self.y.shape)

    def spread_times(self, k, v):
        if self.kind == "diagonal":
            return self.spread[k] * v
        s = np.zeros(v.shape, f32)
        if self.kind == "lowrank":
            s = self.floor[k] * (self.outside(k, v) if self.form == "scores" else v)
        return self.back_to(k, self.spread[k] * self.chain(k, v), s)


def second_pass(p):
    """Weights with the final top."""
    top = np.where(p.refined, p.top, p.top.astype(f32).astype(f64))
    return weight((p.all_logits - top[:, None]).astype(f32))


def over_components(p, one):
    """Of each shard a sum of fma(w, one(k), part), then of the shards times 1 / sum."""
    w, inverse = second_pass(p), (f32(1) / p.sum)[:, None]
    out = np.zeros(p.y.shape, f32)
    for first in range(0, p.count, SHARD):
        part = np.zeros(p.y.shape, f32)
        for k in range(first, min(first + SHARD, p.count)):
            own = w[:, k, None]
            if own.any():
                part = np.where(own != 0, fma(own, one(k), part), part)
        out = fma(part, inverse, out)
    return out


def diagonal(p):
    """Of the covariance, or in the form "scores" of the Hessian."""
    u = p.mean_sums()

    def one(k):
        t = p.component(k) - u
        return fma(t, t, p.spreads(k))

    return over_components(p, one)


def times(p, v):
    u = p.mean_sums()

    def one(k):
        t = p.component(k) - u
        c = np.zeros(len(v), f32)
        for j in range(v.shape[1]):
            c = fma(t[:, j], v[:, j], c)
        return fma(c[:, None], t, p.spread_times(k, v))

    return over_components(p, one)


def decide(noise, counters, stream, rows):
    """The uniform of word 0 of (counter, row + i, stream ^ bit, step) for each counter."""
    at = noise.copy()
    at[2], at[4] = counters, at[4] ^ np.uint32(stream)
    return uniform(philox(at, rows, 1)[:, 0])


def choose(p, noise):
    """The component of each row, -1 where none has weight."""
    rows = len(p.y)
    size = 1 if isinstance(p, Others) and p.kind != "diagonal" else 84
    chosen = np.full(rows, -1)
    for s, (m, total) in enumerate(p.shards):
        own = np.full(rows, -1)
        for first, w, mass, after in p.blocks:
            if first // SHARD != s:
                continue
            t = decide(noise, first // size, 1 << 31, rows) * after
            run, reached = np.zeros(rows, f32), np.full(rows, -1)
            for i in range(w.shape[1]):
                run = run + w[:, i]
                reached = np.where((reached < 0) & (run >= t), first + i, reached)
            own = np.where((mass > 0) & (t <= mass), reached, own)
        u = decide(noise, s, 1 << 30, rows)
        chosen = np.where((m > 0) & (u * total <= m), own, chosen)
    return chosen


def draw(p, case, call, again):
    noise, target = case("in/noise" + again), case("in/to" + again)
    rows, d = p.y.shape
    chosen, xi, T = choose(p, noise), normal(noise, rows, d), f32(target[0])

    def table(name):
        name = f"tables/reverse-{call}/{name}"
        return case(name) if case.has(name) else None

    keep, pull, sd = (table(n) for n in ("keep", "pull", "noise"))
    out = np.full((rows, d), np.nan, f32)
    for k in np.unique(chosen[chosen >= 0]):
        i = chosen == k
        y, x, m = p.y[i], xi[i], p.means[k]

        def of(column):
            return column[0] if len(column) == 1 else column.reshape(p.count, -1)[k]

        if isinstance(p, Isotropic) or p.kind == "diagonal":
            o = fma(of(pull), m, fma(of(keep), y, T * p.centre))
            out[i] = fma(of(sd), x, o)
            continue
        z = fma(-f32(p.alpha), m, y)
        q = p.chain(k, z)
        o = np.broadcast_to(T * (p.centre + m), z.shape)
        normals = x
        if p.kind == "lowrank":
            o = fma(table("noise_rest")[k], x, fma(table("keep_rest")[k], z, o))
            normals = p.chain(k, x)
        v = fma(of(sd), normals[:, :p.rank], of(keep) * q)
        out[i] = p.back_to(k, v, o)
    return out


def passed(case, form):
    iso = case.has("in/points") or case("in/covariances").ndim == 1 and not case.has("in/factors")
    return (Isotropic if iso else Others)(case, form)


def forms(case):
    return [f for f in ("means", "remainders", "scores") if case.has(f"tables/{f}/scalars")]


def evaluate(case, wanted):
    """The form of each output is the last of those that are there, but for the mean's."""
    there = {f: passed(case, f) for f in forms(case)}
    means = there["means"]
    made = {"evidence": means.evidence(), "mean": means.mean_sums() + means.centre}
    made["responsibilities"] = second_pass(means) / means.sum[:, None]
    alpha, sigma = case("in/level")
    scored = there.get("scores", means) if needs_scores(case, means, alpha, sigma) else means
    made["score"] = scored.score()
    covariance = there.get("remainders", means)
    made["diagonal"] = diagonal(covariance)
    total = np.zeros(len(made["diagonal"]), f32)
    for j in range(made["diagonal"].shape[1]):
        total = total + made["diagonal"][:, j]
    made["trace"] = total[:, None]
    if "scores" in there:
        made["hessianDiagonal"] = diagonal(there["scores"])
    return {name: made[name] for name in wanted if name in made}


def needs_scores(case, means, alpha, sigma):
    if getattr(means, "shared", False) and means.pull[0] >= 2.0**-100:
        return False
    if case.has("in/points"):
        return False
    return "remainders" in forms(case)


def outputs(folder):
    return [f.stem for f in sorted((folder / "exact").glob("*.npy"))]


if __name__ == "__main__":
    cases, results = Path(sys.argv[1]), Path(sys.argv[2])
    only = sys.argv[3:]
    np.seterr(all="ignore")
    for op in "evaluate", "covarianceTimes", "hessianTimes", "draw":
        for folder in sorted((cases / op).iterdir()) if (cases / op).exists() else []:
            if only and not any(o in folder.name for o in only):
                continue
            case = Case(folder)
            if op == "evaluate":
                made = evaluate(case, outputs(folder))
            elif op == "draw":
                p = passed(case, "means")
                made = {"clean": draw(p, case, 1, ""), "cleaner": draw(p, case, 2, "-2")}
            else:
                form = "scores" if op == "hessianTimes" else forms(case)[-1]
                made = {name: times(passed(case, form), case("in/v")) for name in outputs(folder)}
            to = results / op / folder.name
            to.mkdir(parents=True, exist_ok=True)
            for name, array in made.items():
                np.save(to / f"{name}.npy", array.astype(f32))
