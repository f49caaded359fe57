"""Three ways to judge a score: NAB's published one, early recall at few false episodes, and events at a threshold fixed beforehand."""
import math

import numpy as np

HIT, FALSE, MISS = 1.0, 0.11, 1.0       # NAB's standard profile
FOLDS = 5
EPISODE = 10                            # alarm rows at most so far apart are one episode


def sigmoid(y):
    """NAB's worth of a place: 1 at the left edge of a window before scaling, 0 at its right edge, −1 far behind it."""
    return -1.0 if y > 3 else 2 / (1 + math.exp(5 * y)) - 1


class Nab:
    """One file: what a detection in each row after the probation is worth."""

    def __init__(self, score, windows):
        n = len(score)
        begin = math.ceil(min(math.floor(0.15 * n), 750))
        self.window, self.value = np.full(n, -1), np.empty(n)
        for i in range(n):
            inside = next((k for k, (a, b) in enumerate(windows) if a <= i <= b), -1)
            before = [w for w in windows if w[1] < i]
            self.window[i] = inside
            if inside >= 0:
                left, right = windows[inside]
                self.value[i] = sigmoid(-(right - i + 1) / (right - left + 1)) / sigmoid(-1)
            else:
                self.value[i] = sigmoid((i - before[-1][1]) / (before[-1][1] - before[-1][0])) if before else -1.0
        self.windows = len(windows)
        self.score, self.value, self.window = np.asarray(score, float)[begin:], self.value[begin:], self.window[begin:]

    def raw(self, threshold):
        said = self.score >= threshold
        best = [self.value[said & (self.window == w)].max(initial=-math.inf) for w in range(self.windows)]
        return FALSE * self.value[said & (self.window < 0)].sum() + sum(HIT * b if b > -math.inf else -MISS for b in best)


def nab(files, threshold):
    """0 is a detector that never speaks, 100 a perfect one."""
    windows = sum(f.windows for f in files)
    return 100 * (sum(f.raw(threshold) for f in files) + MISS * windows) / ((HIT + MISS) * windows)


def best_threshold(files):
    """The threshold with the best sum over files: rows become detections in falling order of score."""
    score, value = (np.concatenate([getattr(f, name) for f in files]) for name in ("score", "value"))
    window = np.concatenate([np.where(f.window < 0, -1, f.window + 1000 * k) for k, f in enumerate(files)])
    total, best, chosen, found = 0.0, 0.0, math.inf, {}
    order = np.argsort(-score, kind="stable")
    for place, row in enumerate(order):
        if window[row] < 0:
            total += FALSE * value[row]
        else:
            before = found.get(window[row], -MISS)
            found[window[row]] = max(before, HIT * value[row])
            total += found[window[row]] - before
        if (place + 1 == len(order) or score[order[place + 1]] != score[row]) and total > best:
            best, chosen = total, float(score[row])
    return chosen


def nab_folds(files):
    """Each fifth of the files at the threshold that is best for the others."""
    parts = [files[k::FOLDS] for k in range(FOLDS)]
    raw, windows = 0.0, sum(f.windows for f in files)
    for part in parts:
        threshold = best_threshold([f for other in parts if other is not part for f in other])
        raw += sum(f.raw(threshold) for f in part)
    return 100 * (raw + MISS * windows) / ((HIT + MISS) * windows)


def episodes(rows, apart=EPISODE):
    """First and last of rows that belong together."""
    if not len(rows):
        return []
    cuts = np.flatnonzero(np.diff(rows) > apart) + 1
    return [(int(part[0]), int(part[-1])) for part in np.split(np.asarray(rows), cuts)]


def events(channels, threshold):
    """Hit, missed and false of (score, intervals) pairs: an episode that meets an interval is a hit, any other false."""
    hit = missed = false = 0
    for score, intervals in channels:
        said = episodes(np.flatnonzero(score >= threshold), 50)
        met = [any(a <= e[1] and e[0] <= b for e in said) for a, b in intervals]
        hit, missed = hit + sum(met), missed + len(met) - sum(met)
        false += sum(not any(a <= e[1] and e[0] <= b for a, b in intervals) for e in said)
    return hit, missed, false


def f1(hit, missed, false):
    return 2 * hit / (2 * hit + missed + false) if hit else 0.0


def check():
    """Hand-made cases; a scorer that is wrong stops the run."""
    n, window = 1000, (400, 499)
    at = lambda *rows: Nab(np.isin(np.arange(n), rows).astype(float), [window])
    near = lambda a, b: abs(a - b) < 1e-9
    assert near(nab([at()], 0.5), 0), "silence is 0"
    assert near(nab([at(400)], 0.5), 100), "the first row of the window is perfect"
    assert near(nab([at(400, 450, 499)], 0.5), 100), "only the best row of a window counts"
    assert near(nab([at(100)], 0.5), 0), "what comes in the probation is not scored"
    assert near(nab([at(400, 300)], 0.5), 100 - 11 / 2), "a false row before every window costs 0.11"
    assert near(nab([at(400, 999)], 0.5), 100 - 11 / 2), "so does one far behind"
    assert nab([at(400, 510)], 0.5) > nab([at(400, 590)], 0.5), "one just behind a window costs less"
    assert nab([at(420)], 0.5) > nab([at(480)], 0.5), "early is better than late"
    assert near(best_threshold([at(400)]), 1)
    score = np.zeros(200)
    score[[20, 25, 120]] = 1
    assert episodes(np.flatnonzero(score)) == [(20, 25), (120, 120)]
    assert events([(score, [(10, 22), (180, 190)])], 0.5) == (1, 1, 1)
    assert near(f1(1, 1, 1), 0.5)
