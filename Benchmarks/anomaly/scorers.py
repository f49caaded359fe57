"""Ways to judge a score: NAB's published one, early recall at few false episodes, events at a threshold, and the volume under the PR surface."""
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


def period(x, longest=300, otherwise=125):
    """The first channel's period, of which VUS makes its widest buffer: the lag of the highest peak of the autocorrelation behind its first trough."""
    x = x[:20_000] - x[:20_000].mean()
    if not x.any():
        return otherwise
    n = len(x)
    power = np.abs(np.fft.rfft(x, 2 * n)) ** 2
    along = np.fft.irfft(power)[:min(longest + 1, n)]
    peaks = [k for k in range(3, len(along) - 1) if along[k - 1] < along[k] >= along[k + 1]]
    return max(peaks, key=lambda k: along[k]) if peaks else otherwise


def widened(label, buffer):
    """Labels with shoulders: d rows outside an anomaly, d ≤ buffer/2, a row is √(1 − d/buffer) of one."""
    out = label.astype(float)
    for a, b in episodes(np.flatnonzero(label), 1):
        for d in range(1, buffer // 2 + 1):
            for row in (a - d, b + d):
                if 0 <= row < len(out):
                    out[row] += math.sqrt(1 - d / buffer)
    return np.minimum(out, 1)


def vus_pr(label, score, widest, thresholds=250):
    """Volume under the range-PR surface, Paparrizos et al. (2022): the mean over buffers 0…widest of the area under precision over recall.

    Recall is that of the widened labels, over the mean of widened and plain ones, times the share of anomalies that were met at all;
    thresholds are 250 quantiles of the score, the area is a sum of steps.
    """
    label, score = np.asarray(label, bool), np.asarray(score, float)
    order = np.sort(score)[::-1]
    cuts = np.unique(order[np.linspace(0, len(score) - 1, thresholds).astype(int)])[::-1]
    rank = np.argsort(-score, kind="stable")
    said = np.searchsorted(-order, -cuts, side="right")
    areas = []
    for buffer in range(widest + 1):
        weight = widened(label, buffer) if buffer > 1 else label.astype(float)
        hit = np.cumsum(weight[rank])[said - 1]
        tops = np.sort([score[a:b + 1].max() for a, b in episodes(np.flatnonzero(weight), 1)])
        met = (len(tops) - np.searchsorted(tops, cuts, side="left")) / len(tops)
        recall = np.minimum(hit / ((label.sum() + weight.sum()) / 2), 1) * met
        areas.append(float((np.diff(recall, prepend=0) * hit / said).sum()))
    return float(np.mean(areas))


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
    label = np.zeros(10)
    label[4:6] = 1
    assert near(vus_pr(label, label, 0), 1), "what is right row by row is 1"
    assert near(vus_pr(label, np.zeros(10), 0), 0.2), "what says nothing has the precision of chance"
    assert near(widened(label, 2)[3], math.sqrt(0.5)) and widened(label, 2)[2] == 0
    # One alarm, in row 3, worth √½ with a buffer of two rows: recall √½ / ((2 + 2 + √2)/2), precision √½; the rest at (2 + √2)/10.
    early, root = np.eye(10)[3], math.sqrt(0.5)
    first = root / (2 + root)
    assert near(vus_pr(label, early, 2), (0.2 + 0.2 + first * root + (1 - first) * (2 + 2 * root) / 10) / 3), "an alarm just before counts a little"
    assert period(np.sin(np.arange(2000) * 2 * math.pi / 40)) == 40
