"""Writes intervals.csv: Welch's and paired intervals by scipy.stats, of processes of some iterations.

python3 intervals.py > intervals.csv, with scipy 1.10. A line: kind, earlier and later processes (iterations by
spaces, processes by slashes), ratio, low, high, p. `holm`: p-values, then Holm's from the definition.
python3 intervals.py coverage: how often intervals of 95 % leave out 1 where nothing differs.
"""
import sys

import numpy as np
from scipy import stats

rng = np.random.default_rng(1)


def processes(count, between, within, scale):
    """Log-normal noise of processes, and of their iterations."""
    of_process = np.exp(between * rng.standard_normal(count))
    return [scale * f * np.exp(within * rng.standard_normal(5)) for f in of_process]


def logs(forks):
    return np.log([np.median(f) for f in forks])


def welch(before, after):
    a, b = logs(before), logs(after)
    test = stats.ttest_ind(b, a, equal_var=False)
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    df = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    mean = b.mean() - a.mean()
    return [np.exp(mean), *np.exp(stats.t.interval(0.95, df, mean, np.sqrt(va + vb))), test.pvalue]


def paired(before, after):
    d = np.array([np.median(np.log(y / x)) for x, y in zip(before, after)])
    test = stats.ttest_1samp(d, 0)
    return [np.exp(d.mean()), *np.exp(stats.t.interval(0.95, len(d) - 1, d.mean(), stats.sem(d))), test.pvalue]


def bootstrap(before, after):
    """Percentiles of resampled processes; also resampling iterations within them changes little."""
    a, b = logs(before), logs(after)
    draws = b[rng.integers(len(b), size=(1000, len(b)))].mean(1) - a[rng.integers(len(a), size=(1000, len(a)))].mean(1)
    return [np.nan, *np.exp(np.percentile(draws, [2.5, 97.5])), np.nan]


def iterations(before, after):
    """As if iterations were independent."""
    a, b = np.log(np.concatenate(before)), np.log(np.concatenate(after))
    va, vb = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    return [np.nan, *np.exp(stats.t.interval(0.95, len(a) + len(b) - 2, b.mean() - a.mean(), np.sqrt(va + vb))), np.nan]


def text(forks):
    return "/".join(" ".join(repr(float(x)) for x in f) for f in forks)


if sys.argv[1:] == ["coverage"]:
    for count in 2, 3, 5, 10:
        for method in welch, bootstrap, iterations:
            out = 0
            for _ in range(4000):
                found = method(processes(count, 0.02, 0.01, 1), processes(count, 0.02, 0.01, 1))
                out += not found[1] <= 1 <= found[2]
            print(f"{count:2d} processes, {method.__name__:10s}: {100 * out / 4000:5.1f} % leave out 1")
else:
    print("# by intervals.py")
    for n, m in [(2, 2), (3, 5), (5, 5), (10, 4)]:
        for between, factor in [(0.003, 1.1), (0.1, 1.1), (0.01, 1), (1e-5, 0.9)]:
            before, after = processes(n, between, 0.01, 1e6), processes(m, between, 0.02, 1e6 * factor)
            print("welch", text(before), text(after), *map(repr, map(float, welch(before, after))), sep=",")
            after = after[: min(n, m)]
            before = before[: min(n, m)]
            print("paired", text(before), text(after), *map(repr, map(float, paired(before, after))), sep=",")
    for p in [0.01, 0.04, 0.03, 0.005], [0.2], [0.5, 0.4, 0.6], [1e-9, 0.05, 0.05, 1e-3, 0.9]:
        order = np.argsort(p)
        holm = [max(min(1, (len(p) - j) * p[order[j]]) for j in range(list(order).index(i) + 1)) for i in range(len(p))]
        print("holm", " ".join(map(repr, p)), " ".join(repr(float(x)) for x in holm), sep=",")
