"""Times scikit-learn's GaussianMixture at the sizes of FitBench, inside this process: 10 iterations, k-means first.

    python3 bench/peers/sklearn_fit.py [KIND:NxDxK ...]

Prints the best of three in milliseconds. Low rank has no counterpart there: "full" is what one would take instead.
"""
import sys
import time
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

KINDS = {"isotropic": "spherical", "diagonal": "diag", "full": "full"}
warnings.filterwarnings("ignore")  # ten iterations do not converge, as asked

for work in sys.argv[1:] or ["isotropic:9000x784x16", "diagonal:9000x784x16", "full:20000x64x16", "diagonal:100000x16x32"]:
    kind, sizes = work.split(":")
    count, dim, components = map(int, sizes.split("x"))
    random = np.random.default_rng(1)
    centres = random.standard_normal((components, dim))
    rows = random.standard_normal((count, dim)) + centres[np.arange(count) % components]
    rows = rows.astype(np.float32)
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        GaussianMixture(components, covariance_type=KINDS[kind], tol=0, max_iter=10, random_state=0).fit(rows)
        best = min(best, time.perf_counter() - begin)
    print(f"{work} {best * 1e3:.0f} ms")
