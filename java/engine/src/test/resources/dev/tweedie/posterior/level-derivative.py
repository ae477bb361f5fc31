# Writes level-derivative.txt: derivatives in sigma and in alpha of log p, E[x_0 | x] and the score of small mixtures, as
# central differences of their definitions in 80 digits, steps of 10^-25. Lines: kind, alpha, sigma, x, then for sigma and
# for alpha the derivatives of log p, of the mean (2) and of the score (2).
#   python3 level-derivative.py > level-derivative.txt
from mpmath import mp, mpf, matrix, det, inverse, exp, log, pi, eye, diag

mp.dps = 80
WEIGHTS = [mpf(1) / 2, mpf(3) / 10, mpf(1) / 5]
MEANS = [(mpf(3) / 4, 0), (mpf(-1) / 2, mpf(1) / 4), (0, mpf(-1))]
KINDS = {
    "points": [matrix(2, 2)] * 3,
    "isotropic": [eye(2) * c for c in (1, mpf(1) / 2, mpf(1) / 8)],
    "diagonal": [diag([1, mpf(1) / 2]), diag([mpf(1) / 4, 2]), diag([0, mpf(1) / 8])],
    "lowrank": [matrix([[f * f + t, f * h], [f * h, h * h + t]])
                for f, h, t in ((1, mpf(1) / 2, mpf(1) / 4), (mpf(1) / 4, 1, mpf(1) / 8), (mpf(1) / 2, mpf(-1), 0))],
    "full": [matrix([[1, mpf(1) / 4], [mpf(1) / 4, mpf(1) / 2]]), matrix([[mpf(1) / 2, mpf(-1) / 4], [mpf(-1) / 4, 1]]),
             matrix([[1, 1], [1, 1]])],
}


def values(covariances, alpha, sigma, x):
    logits, means, scores = [], [], []
    for w, m, c in zip(WEIGHTS, MEANS, covariances):
        p = alpha ** 2 * c + sigma ** 2 * eye(2)
        z = matrix([x[0] - alpha * m[0], x[1] - alpha * m[1]])
        y = inverse(p) * z
        logits.append(log(w) - log(det(p)) / 2 - (z.T * y)[0] / 2 - log(2 * pi))
        means.append(matrix(m) + alpha * c * y)
        scores.append(-y)
    top = max(logits)
    rho = [exp(l - top) for l in logits]
    total = sum(rho)
    rho = [r / total for r in rho]
    mean, score = matrix(2, 1), matrix(2, 1)
    for r, m, g in zip(rho, means, scores):
        mean += r * m
        score += r * g
    return [top + log(total), mean[0], mean[1], score[0], score[1]]


def derivative(f):
    h = mpf(10) ** -25
    return [(b - a) / (2 * h) for a, b in zip(f(-h), f(h))]


for kind, covariances in KINDS.items():
    for alpha, sigma in (("1", "1"), ("1", "0.0625"), ("0.5", "0.25"), ("0.75", "8")):
        for x in (("0.25", "-0.5"), ("2", "1")):
            a, s, row = mpf(alpha), mpf(sigma), [mpf(v) for v in x]
            numbers = derivative(lambda h: values(covariances, a, s + h, row))
            numbers += derivative(lambda h: values(covariances, a + h, s, row))
            print(kind, alpha, sigma, *x, *[mp.nstr(n, 17) for n in numbers])
