#!/usr/bin/env python3
"""Writes the mixtures of ScikitLearnTest beside this file, by scikit-learn and NumPy, and the log densities that it says.

Run: python3 scikit_learn.py (tried with scikit-learn 1.2.1)
"""
import os
import warnings

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture

warnings.simplefilter("ignore")
FOLDER = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(7)
rows = rng.standard_normal((60, 3)) @ np.array([[1, 0.6, 0], [0, 1, -0.7], [0, 0, 0.8]])
at = rng.standard_normal((4, 3))


def save(name, model, logp=None, **arrays):
    logp = model.score_samples(at) if logp is None else logp
    np.savez(os.path.join(FOLDER, "sklearn-" + name + ".npz"), at=at, logp=logp)
    np.savez(os.path.join(FOLDER, "sklearn-" + name + "-model.npz"), **arrays)


def fitted(kind, components=3, cls=GaussianMixture):
    return cls(n_components=components, covariance_type=kind, random_state=1, max_iter=5).fit(rows)


for kind in ("spherical", "diag", "tied", "full"):
    model = fitted(kind)  # K = d = 3: shapes alone do not tell diag and tied apart
    save(kind, model, weights=model.weights_, means=model.means_, covariances=model.covariances_, covariance_type=kind)
model = fitted("tied", 2)
save("tied2", model, weights_=model.weights_, means_=model.means_, covariances_=model.covariances_)
model = fitted("full", 2, BayesianGaussianMixture)
everything = {k: v for k, v in vars(model).items() if k.endswith("_") and not k.startswith("_")}
# A Bayesian model's own score is a bound, so the density of its means by SciPy.
parts = [np.log(w) + multivariate_normal(m, c).logpdf(at) for w, m, c in zip(model.weights_, model.means_, model.covariances_)]
save("everything", model, logsumexp(parts, axis=0), **everything, n_components=2, covariance_type="full")
