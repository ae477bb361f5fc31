# Figures of RestoreKnownTest, by numpy alone: python3 known_elements.py
#
# x_0 ~ N(M, C), and some elements of the row X are known. Prints the exact posterior of the others, and the mean and variance
# of what the sampler of Kadkhodaie and Simoncelli (2021) draws: with a Gaussian's denoiser its step is affine, so that both
# follow from a recursion without any draw.
import numpy as np

M = np.array([1.0, -2.0, 0.5])
C = np.array([[1.0, 0.9, 0.3], [0.9, 1.2, 0.2], [0.3, 0.2, 0.8]])
X = np.array([1.5, -1.0, 1.0])
H0, BETA = 0.01, 0.01  # the paper's steps
START, END = 4 * np.sqrt(np.trace(C)), np.sqrt(np.trace(C) / 3) / 50  # the defaults of the command


def posterior(known, unknown):
    gain = C[np.ix_(unknown, known)] @ np.linalg.inv(C[np.ix_(known, known)])
    mean = M[unknown] + gain @ (X[known] - M[known])
    return mean, np.diag(C[np.ix_(unknown, unknown)] - gain @ C[np.ix_(known, unknown)])


def drawn(known, unknown):
    free, one = np.zeros((3, 3)), np.eye(3)
    free[unknown, unknown] = 1
    mean = M.copy()
    mean[known] = X[known]
    covariance, sigma, k = START**2 * one, START, 0
    while True:
        k += 1
        wiener = C @ np.linalg.inv(C + sigma**2 * one)
        a, b = free @ wiener, free @ (M - wiener @ M) + (one - free) @ X  # estimate = a y + b
        if sigma <= END:
            return (a @ mean + b)[unknown], np.diag(a @ covariance @ a.T)[unknown], k
        h = H0 * k / (1 + H0 * (k - 1))
        step = (1 - h) * one + h * a
        noise = sigma**2 * ((1 - BETA * h) ** 2 - (1 - h) ** 2)
        mean, covariance = step @ mean + h * b, step @ covariance @ step.T + noise * one
        sigma *= 1 - BETA * h


for known in ([0], [1, 2], [0, 2]):
    unknown = np.setdiff1d(np.arange(3), known)
    mean, variance = posterior(known, unknown)
    found, spread, steps = drawn(known, unknown)
    print("known", known, "posterior", mean, variance, "drawn - mean", found - mean, "variance", spread / variance, steps)
