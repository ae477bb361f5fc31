#!/usr/bin/env python3
"""Writes beside this file the log-likelihoods of GoldenFitTest's larger data, iteration by iteration, by scikit-learn.

Run: python3 likelihoods.py (tried with scikit-learn 1.2.1). The rows are those that the test makes by the same congruential generator;
each iteration is one of GaussianMixture with warm_start, from the same start, with reg_covar=1e-3 and tol=0.

Rows with an offset are fitted less that offset, an exact difference, which changes no likelihood: as they are, scikit-learn's formulas
for spherical and diag cancel; how far they are off then is printed.
"""
import os
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

warnings.simplefilter("ignore")
FOLDER = os.path.dirname(os.path.abspath(__file__))
ROWS, COMPONENTS, ITERATIONS = 600, 3, 12


def rows(dim, offset):
    state, x = 12345, np.empty((ROWS, dim))
    for i in range(ROWS):
        for j in range(dim):
            state = (state * 1103515245 + 12345) % 2**31
            x[i, j] = state / 2**31 - 0.5
        for j in range(1, dim):
            x[i, j] += 0.5 * x[i, j - 1] * (i % 3)
        for j in range(dim):
            x[i, j] += 0.25 * ((i % 3) * (j % 2) + j % 3) + offset
    return x


def likelihoods(x):
    dim = x.shape[1]
    table = np.empty((3, ITERATIONS))
    for row, kind in enumerate(("spherical", "diag", "full")):
        precisions = {"spherical": np.ones(3), "diag": np.ones((3, dim)), "full": np.stack([np.eye(dim)] * 3)}[kind]
        model = GaussianMixture(
            COMPONENTS,
            covariance_type=kind,
            weights_init=np.full(3, 1 / 3),
            means_init=x[:3],
            precisions_init=precisions,
            reg_covar=1e-3,
            tol=0,
            max_iter=1,
            warm_start=True,
        )
        for iteration in range(ITERATIONS):
            table[row, iteration] = model.fit(x).lower_bound_
    return table


for dim, offset in ((20, 0.0), (3, 1e4)):
    x = rows(dim, offset)
    table = likelihoods(x - offset)
    name = "likelihoods-%d-%g.npy" % (dim, offset)
    np.save(os.path.join(FOLDER, name), table)
    print(name, "as they are:", abs(likelihoods(x) - table).max(axis=1))
