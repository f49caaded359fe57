#!/usr/bin/env python3
"""Figures of merit for `ScoreReferenceTests`: python3 make_scores.py > scores.csv (scikit-learn 1.9.1, numpy 2.4.6)

Lines `# NAME VALUE` are what scikit-learn and numpy say about the rows that follow; labels lie at an offset of 1e6. Class −1 of `said` is
no guess: for scikit-learn it is one more class, and F1 is averaged over the classes that some row has.
"""
import numpy as np
from sklearn import metrics

rng = np.random.default_rng(7)
n, classes = 200, 5
y = np.round(1e6 + rng.normal(size=n), 6)
value = np.round(y + .3 * rng.normal(size=n), 6)
lower, upper = np.round(value - rng.uniform(.1, .9, n), 6), np.round(value + rng.uniform(.1, .9, n), 6)
truth = rng.integers(0, classes - 1, n)          # the last class is only ever said
said = np.where(rng.random(n) < .7, truth, rng.integers(-1, classes, n))
before = np.where(rng.random(n) < .4, truth, rng.integers(-1, classes, n))
p = np.round(rng.random(n), 6) * (rng.random(n) < .95)
size = rng.integers(0, classes + 1, n)
held = (rng.random(n) < .8).astype(int)

outside = np.maximum(lower - y, 0) + np.maximum(y - upper, 0)
accuracy, unchanged = metrics.accuracy_score(truth, said), metrics.accuracy_score(truth, before)
expected = {
    "mae": metrics.mean_absolute_error(y, value), "rmse": metrics.root_mean_squared_error(y, value), "r2": metrics.r2_score(y, value),
    "coverage": np.mean((lower <= y) & (y <= upper)), "width": np.mean(upper - lower), "interval_score": np.mean(upper - lower + 20 * outside),
    "accuracy": accuracy, "no_change": unchanged, "kappa": metrics.cohen_kappa_score(truth, said),
    "kappa_temporal": (accuracy - unchanged) / (1 - unchanged),
    "f1_macro": metrics.f1_score(truth, said, labels=np.unique(truth), average="macro"),
    "log_loss": -np.mean(np.log(np.clip(p, 1e-6, 1))), "set_coverage": held.mean(), "set_size": size.mean(),
    "confusion_2_1": metrics.confusion_matrix(truth, said, labels=range(classes))[2, 1]}
for name, figure in expected.items():
    print(f"# {name} {figure:.17g}")
for row in zip(y, value, lower, upper, truth, said, before, p, held, size):
    print(",".join(f"{v:.6f}" if isinstance(v, float) else str(v) for v in row))
