"""Noise, steps and elementary functions, bit by bit as the manifest says: uniform, normal, apply, step, stepRows.

python3 elements.py CASES RESULTS
"""
import sys
from pathlib import Path

import numpy as np

from exact import LN2, LN2_REST, LOG2E, R, f32, f64, fma, hexf, i32, log, u32

u64 = np.uint64


def philox(noise, rows, dim):
    """The words of elements (i, j): (rows, dim) uint32."""
    key0, key1, block, row, stream, step = (int(v) for v in noise)
    blocks = -(-dim // 4)
    shape = (rows, blocks)
    x0 = np.broadcast_to((np.arange(blocks) + block).astype(u64) & u64(0xFFFFFFFF), shape)
    x1 = np.broadcast_to((np.arange(rows)[:, None] + row).astype(u64) & u64(0xFFFFFFFF), shape)
    x2, x3 = np.full(shape, stream, u64), np.full(shape, step, u64)
    for turn in range(10):
        k0, k1 = u64((key0 + turn * 0x9E3779B9) & 0xFFFFFFFF), u64((key1 + turn * 0xBB67AE85) & 0xFFFFFFFF)
        p, q = x0 * u64(0xD2511F53), x2 * u64(0xCD9E8D57)
        low, high = u64(0xFFFFFFFF), u64(32)
        x0, x1, x2, x3 = (q >> high) ^ x1 ^ k0, q & low, (p >> high) ^ x3 ^ k1, p & low
    return np.stack([x0, x1, x2, x3], axis=-1).reshape(rows, 4 * blocks).astype(u32)


def uniform(w):
    return fma(w.astype(f32), hexf("0x1p-32"), hexf("0x1p-33"))


def flip(x, w):
    return (x.view(u32) ^ (w & u32(0x80000000))).view(f32)


def sincos_core(r):
    s = r * r
    p = fma(hexf("-0x1.2db5cep-1"), s, hexf("0x1.465facp+1"))
    p = fma(fma(p, s, hexf("-0x1.4abbbep+2")), s, hexf("-0x1.777a5cp-24"))
    q = fma(hexf("0x1.d4f7eep-3"), s, hexf("-0x1.55b2b6p+0"))
    q = fma(fma(q, s, hexf("0x1.03c1bp+2")), s, hexf("-0x1.3bd3ccp+2"))
    return fma(r, hexf("0x1.921fb6p+1"), p * r), fma(q, s, f32(1))


def turn(w, sine, cosine):
    odd = (w >> u32(30)) & u32(1) == 1
    sine, cosine = np.where(odd, cosine, sine), np.where(odd, sine, cosine)
    return flip(sine, w), flip(cosine, w + u32(0x40000000))


def normal(noise, rows, dim):
    w = philox(noise, rows, dim)
    u, v = w[:, 0::2], w[:, 1::2]
    radius = np.sqrt(log(uniform(u)) * f32(-2))
    r = (v << u32(2)).view(i32).astype(f32) * hexf("0x1p-33")
    sine, cosine = turn(v + u32(0x20000000), *sincos_core(r))
    return np.stack([radius * cosine, radius * sine], axis=-1).reshape(rows, 2 * radius.shape[1])[:, :dim]


def exp(x):
    nan = np.isnan(x)
    x = np.where(x < -104, f32(-104), np.where(x > 128, f32(128), np.where(nan, f32(0), x)))
    rounded = fma(x, LOG2E, R)
    n = rounded - R
    r = fma(n, -LN2_REST, fma(n, -LN2, x))
    p = fma(hexf("0x1.6ac74ep-10"), r, hexf("0x1.123dep-7"))
    for c in "0x1.555858p-5", "0x1.55548cp-3", "0x1.fffffcp-2", "0x1p0", "0x1p0":
        p = fma(p, r, hexf(c))
    power = rounded.view(i32) - i32(0x4B400000)
    half = power >> 1
    first, second = (((h + 127) << 23).view(f32) for h in (half, power - half))
    return np.where(nan, f32(np.nan), p * first * second)


def log_core(x, e0):
    bits = x.view(u32)
    k = (bits - u32(0x3F2AAAAB)) & u32(0xFF800000)
    e = fma(k.view(i32).astype(f32), hexf("0x1p-23"), f32(e0))
    f = (bits - k).view(f32) - f32(1)
    q = fma(hexf("-0x1.07c95ap-3"), f, hexf("0x1.1e678cp-3"))
    for c in ("-0x1.f332a8p-4", "0x1.1ed662p-3", "-0x1.559c46p-3", "0x1.99d044p-3", "-0x1.fffefcp-3",
              "0x1.555506p-2", "-0x1p-1"):
        q = fma(q, f, hexf(c))
    return fma(e, LN2, fma(q, f * f, f))


def full_log(x):
    small = x < f32(2.0**-126)
    made = np.where(small, log_core(x * f32(2.0**23), -23), log_core(x, 0))
    made = np.where(x < 0, f32(np.nan), np.where(x == 0, f32(-np.inf), made))
    return np.where(np.isnan(x) | (x == np.inf), x, made)


def sincospi(x):
    a = np.abs(x)
    a = np.where(a < f32(2.0**24), a, x - x)
    turns = fma(a, f32(0.5), hexf("0x1p+23")) - hexf("0x1p+23")
    a = fma(turns, f32(-2), a)
    rounded = fma(a, f32(2), R)
    r = fma(rounded - R, f32(-0.5), a)
    sine, cosine = turn(rounded.view(u32) << u32(30), *sincos_core(r))
    return flip(sine + f32(0), x.view(u32)), cosine + f32(0)


FUNCTIONS = {"EXP": exp, "LOG": full_log, "SIN_PI": lambda x: sincospi(x)[0], "COS_PI": lambda x: sincospi(x)[1]}


def step(case):
    """As step and stepRows: each term that is there, one fma after the other."""
    x, c = case("x"), case("coefficients").reshape(-1, 4)
    a, b, previous, e = (c[:, i, None] for i in range(4))
    t = a * x
    if case.has("denoised"):
        t = fma(b, case("denoised"), t)
    if case.has("previous"):
        t = fma(previous, case("previous"), t)
    return fma(e, normal(case("noise"), *x.shape), t) if case.has("noise") else t


class Inputs:
    def __init__(self, folder):
        self.folder = folder

    def has(self, name):
        return (self.folder / "in" / f"{name}.npy").exists()

    def __call__(self, name):
        return np.load(self.folder / "in" / f"{name}.npy")


def make(op, kind, case):
    if op == "apply":
        return FUNCTIONS[kind](case("x"))
    if op in ("step", "stepRows"):
        return step(case)
    rows, dim = (int(v) for v in case("shape"))
    return normal(case("noise"), rows, dim) if op == "normal" else uniform(philox(case("noise"), rows, dim)[:, :dim])


if __name__ == "__main__":
    cases, results = Path(sys.argv[1]), Path(sys.argv[2])
    np.seterr(all="ignore")
    for op in "uniform", "normal", "apply", "step", "stepRows":
        for folder in sorted((cases / op).iterdir()) if (cases / op).exists() else []:
            to = results / op / folder.name
            to.mkdir(parents=True, exist_ok=True)
            np.save(to / "out.npy", make(op, folder.name.split("-")[0], Inputs(folder)).astype(f32))
