"""gemm and residual in PyTorch. python3 products.py CASES RESULTS [exact]"""
import sys
from pathlib import Path

import numpy as np
import torch


def fma(a, b, c):
    """a b + c of float32, rounded once: the product is exact in float64, the sum is rounded to odd before the end."""
    p, c = a.double() * b.double(), c.double()
    s = p + c
    t = s - p
    e = (p - (s - t)) + (c - t)  # what rounding took
    bits = s.contiguous().view(torch.int64)
    inexact = (e != 0) & torch.isfinite(s) & (bits % 2 == 0)
    step = torch.where((e > 0) == (s > 0), 1, -1)
    return torch.where(inexact, bits + step, bits).view(torch.float64).float()


def gemm(a, b):
    return {"c": a @ b}


def residual(x, y):
    return {"out": ((x - y) ** 2).sum(dim=1, keepdim=True)}


def exact_gemm(a, b):
    """One chain of fma for each element, in index order."""
    c = torch.zeros(a.shape[0], b.shape[1])
    for k in range(a.shape[1]):
        c = fma(a[:, k, None], b[k], c)
    return {"c": c}


def exact_residual(x, y):
    """Sixteen chains, element j in chain j % 16, folded 8, 4, 2, 1."""
    t = x - y
    lanes = torch.zeros(t.shape[0], 16)
    for j in range(t.shape[1]):
        lanes[:, j % 16] = fma(t[:, j], t[:, j], lanes[:, j % 16])
    for h in 8, 4, 2, 1:
        lanes = lanes[:, :h] + lanes[:, h:2 * h]
    return {"out": lanes}


PLAIN = {"gemm": (gemm, "ab"), "residual": (residual, "xy")}
EXACT = {"gemm": (exact_gemm, "ab"), "residual": (exact_residual, "xy")}

if __name__ == "__main__":
    cases, results = Path(sys.argv[1]), Path(sys.argv[2])
    for op, (make, inputs) in (EXACT if sys.argv[3:] == ["exact"] else PLAIN).items():
        for folder in sorted((cases / op).glob("*")):
            made = make(*(torch.from_numpy(np.load(folder / f"in/{name}.npy")) for name in inputs))
            to = results / op / folder.name
            to.mkdir(parents=True, exist_ok=True)
            for name, tensor in made.items():
                np.save(to / f"{name}.npy", tensor.numpy())
