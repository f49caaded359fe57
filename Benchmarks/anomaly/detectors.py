"""Detectors that score a stream row by row: trivial ones, which read next to nothing, and peers. Larger is stranger; nothing looks ahead."""
import math
import warnings

import numpy as np


def silent(x):
    return np.zeros(len(x))


def periodic(x, every=1000):
    """An alarm every thousand rows, whatever happens."""
    return (np.arange(len(x)) % every == every - 1).astype(float)


def last_value(x):
    """The largest change of a channel, in deviations of its changes so far."""
    change = np.abs(np.diff(x, axis=0, prepend=x[:1]))
    seen = np.cumsum(change ** 2, axis=0) - change ** 2
    spread = np.sqrt(seen / np.maximum(np.arange(len(x)), 1)[:, None])
    return np.where(spread > 0, change / np.where(spread > 0, spread, 1), 0).max(1)


def windowed_gaussian(x, rows=6000, hop=100):
    """NAB's baseline: how far a value is out of the last rows, the largest over channels."""
    out = np.zeros(len(x))
    for begin in range(hop, len(x), hop):
        past = x[max(0, begin - rows):begin]
        scale = past.std(0)
        z = np.abs(x[begin:begin + hop] - past.mean(0)) / np.where(scale > 1e-12, scale, np.inf)
        out[begin:begin + hop] = z.max(1)
    return out


def t2q(x, first=150):
    """Hotelling's T² and Q of a PCA of the first rows that keeps 85 % of the variance, five-row means, over their 99.9 % quantiles."""
    learned = x[:first]
    scale = np.where(learned.std(0) > 1e-9, learned.std(0), 1.0)
    z = (x - learned.mean(0)) / scale
    _, singular, axes = np.linalg.svd(z[:first], full_matrices=False)
    variance = singular ** 2 / max(first - 1, 1)
    if variance.sum() <= 0:
        return silent(x)
    kept = int(np.searchsorted(np.cumsum(variance) / variance.sum(), 0.85)) + 1
    along = z @ axes[:kept].T
    parts = (along ** 2 / np.maximum(variance[:kept], 1e-12)).sum(1), ((z - along @ axes[:kept]) ** 2).sum(1)
    smooth = [np.convolve(p, np.ones(5) / 5)[:len(p)] for p in parts]
    return np.maximum(*(p / max(np.quantile(p[:first], 0.999), 1e-9) for p in smooth))


def mahalanobis(x, first=50):
    """Distance of a row from the mean of all rows so far, by their covariance; it goes on learning, whatever it sees."""
    n, d = x.shape
    mean, scatter, out = x[0].copy(), np.zeros((d, d)), np.zeros(n)
    for i in range(1, n):
        away = x[i] - mean
        if i >= first:
            covariance = scatter / i
            covariance[np.diag_indices(d)] += 1e-6 * max(np.trace(covariance) / d, 1e-12)
            out[i] = math.sqrt(max(away @ np.linalg.solve(covariance, away), 0))
        mean += away / (i + 1)
        scatter += np.outer(away, x[i] - mean)
    return out


def river_hst(x):
    """River's half-space trees behind its min-max scaler."""
    from river import anomaly, preprocessing
    trees, scaler, out = anomaly.HalfSpaceTrees(n_trees=25, height=8, window_size=250, seed=1), preprocessing.MinMaxScaler(), np.zeros(len(x))
    for i, row in enumerate(x):
        sample = dict(enumerate(row.tolist()))
        scaler.learn_one(sample)
        scaled = scaler.transform_one(sample)
        out[i] = trees.score_one(scaled)
        trees.learn_one(scaled)
    return out


def robust_forest(x, trees=3, size=64, shingle=4):
    """Robust random cut forest: codisplacement of the newest shingle. Few small trees: the package takes 0.25 ms a row for each."""
    import rrcf
    np.random.seed(1)
    forest, out = [rrcf.RCTree() for _ in range(trees)], np.zeros(len(x))
    for i in range(shingle - 1, len(x)):
        point = x[i - shingle + 1:i + 1].ravel()
        for tree in forest:
            if len(tree.leaves) > size:
                tree.forget_point(i - size - 1)
            tree.insert_point(point, index=i)
            out[i] += tree.codisp(i) / trees
    return out


def pysad(make):
    def run(x):
        np.random.seed(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = make()
            out = np.array([float(np.ravel(model.fit_score_partial(row))[0]) for row in x])
        return np.where(np.isfinite(out), out, 0)
    return run


@pysad
def pysad_loda():
    """LODA with five projections. As published it makes its histograms of the newest row alone, and empties its projections row by row."""
    from pysad.models import LODA
    return LODA(num_random_cuts=5)


@pysad
def pysad_xstream():
    """xStream with fewer chains than it likes."""
    from pysad.models import xStream
    return xStream(num_components=15, n_chains=5, depth=6, window_size=128)


TRIVIAL = {"silent": silent, "every 1000 rows": periodic, "last value": last_value, "windowed Gaussian": windowed_gaussian, "T² + Q": t2q,
           "Mahalanobis": mahalanobis}
PEERS = {"River HST": river_hst, "rrcf": robust_forest, "PySAD LODA": pysad_loda, "PySAD xStream": pysad_xstream}


def scores(name, x):
    """Finite scores of one detector over the rows of a stream."""
    out = np.asarray({**TRIVIAL, **PEERS}[name](np.asarray(x, float)), float)
    assert len(out) == len(x) and all(map(math.isfinite, out)), name
    return out
