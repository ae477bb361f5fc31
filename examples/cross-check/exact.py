"""The arithmetic of exact mode in numpy: fma, and exp and log as the manifest's "functions" have them."""
import numpy as np

f32, f64, i32, u32 = np.float32, np.float64, np.int32, np.uint32


def two_sum(a, b):
    """a + b and what rounding took from it."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def odd_sum(a, b):
    """a + b in float64, rounded to odd: rounding it once more is then rounding once."""
    s, e = two_sum(a, b)
    bits = s.view(np.int64)
    inexact = (e != 0) & np.isfinite(s) & (bits & 1 == 0)
    away = (e > 0) == (s > 0)  # the odd neighbour is the one further from zero
    return np.where(inexact, np.where(away, bits + 1, bits - 1), bits).view(f64)


def fma(a, b, c):
    """a b + c of float32: their product is exact in float64."""
    a, b, c = np.broadcast_arrays(a, b, c)
    with np.errstate(all="ignore"):
        return odd_sum(a.astype(f64) * b.astype(f64), c.astype(f64)).astype(f32)


def fma64(a, b, c):
    """a b + c of float64 (Boldo and Melquiond 2008), its product in halves (Dekker 1971)."""
    a, b, c = (np.asarray(v, f64) for v in np.broadcast_arrays(a, b, c))

    def halves(v):
        high = (134217729.0 * v) - (134217729.0 * v - v)
        return high, v - high

    with np.errstate(all="ignore"):
        p = a * b
        (ah, al), (bh, bl) = halves(a), halves(b)
        low = al * bl - (((p - ah * bh) - al * bh) - ah * bl)
        t, tl = two_sum(c, low)
        v, vl = two_sum(p, t)
        return v + odd_sum(tl, vl)


def hexf(text):
    return f32(float.fromhex(text))


R, LOG2E, LN2, LN2_REST = (hexf(c) for c in ("0x1.8p+23", "0x1.715476p+0", "0x1.62e43p-1", "-0x1.05c61p-29"))


def weight(x):
    """exp(x) where x >= -40, else 0."""
    x = np.asarray(x, f32)
    keep = x >= -40
    x = np.where(keep, x, f32(0))
    rounded = fma(x, LOG2E, R)
    n = rounded - R
    r = fma(n, -LN2_REST, fma(n, -LN2, x))
    p = fma(hexf("0x1.6ac74ep-10"), r, hexf("0x1.123dep-7"))
    for c in "0x1.555858p-5", "0x1.55548cp-3", "0x1.fffffcp-2", "0x1p0", "0x1p0":
        p = fma(p, r, hexf(c))
    bits = p.view(u32) + (rounded.view(u32) << u32(23))
    return np.where(keep, bits.view(f32), f32(0))


def log(x):
    """Of positive normal numbers."""
    bits = np.asarray(x, f32).view(u32)
    k = (bits - u32(0x3F2AAAAB)) & u32(0xFF800000)
    e = fma(k.view(i32).astype(f32), hexf("0x1p-23"), f32(0))
    f = (bits - k).view(f32) - f32(1)
    q = fma(hexf("-0x1.07c95ap-3"), f, hexf("0x1.1e678cp-3"))
    for c in ("-0x1.f332a8p-4", "0x1.1ed662p-3", "-0x1.559c46p-3", "0x1.99d044p-3", "-0x1.fffefcp-3",
              "0x1.555506p-2", "-0x1p-1"):
        q = fma(q, f, hexf(c))
    return fma(e, LN2, fma(q, f * f, f))
