#!/usr/bin/env python3
"""Classes that come one after the other: does the head forget, and what do five examples of a new class teach it?

    python3 Benchmarks/continual/incremental.py DATA [--bin .build/release]

DATA holds `classification/imu/*.csv` and `classification/gas/batch*.csv`. Of IMU a window of a second is told every quarter second. Recordings
are cut into stretches of one class, every fourth of which is kept for the test, each of the four in turn: figures are means over the four. The encoder is calibrated on the rows to be learned,
without their labels, and frozen. All labels come after all rows: so no label says anything about the next one, only what the memories hold
counts, and the order of the labels is the order of learning. The test rows are predicted by `--freeze` from the saved state. Needs nothing but Python.
"""
import argparse
import collections
import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

HEAD = '[memory]\nbudget = "256 MiB"\n[[head]]\nname = "y"\nkind = "classification"\ntarget = "label:y"\n'
WINDOWS = '[window]\nlength = "1 s"\nevery = "0.25 s"\n'
RATE = 100


def table(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    head, rows = rows[0], rows[1:]
    label = next(i for i, name in enumerate(head) if name.startswith("label:"))
    channels = [i for i, name in enumerate(head) if i != label and name.lower() not in ("t", "time", "timestamp", "datetime")]
    return [head[i] for i in channels], [([row[i] for i in channels], row[label]) for row in rows]


def imu(folder):
    """Stretches of one class, long enough for two windows: the channels' names, and (class, rows)."""
    names, stretches = None, []
    for path in sorted(folder.glob("*.csv")):
        names, rows = table(path)
        begin = 0
        for i in range(1, len(rows) + 1):
            if i == len(rows) or rows[i][1] != rows[begin][1]:
                if i - begin >= RATE * 3 // 2:
                    stretches.append((rows[begin][1], [r[0] for r in rows[begin:i]]))
                begin = i
    return names, stretches


class Lab:
    """Runs `stint` over recordings made of stretches."""

    def __init__(self, binary, names, config, folder, is_joined=False):
        """Joined: rows are told one by one, and all stretches are one recording."""
        self.binary, self.names, self.folder, self.is_joined = binary, names, pathlib.Path(folder), is_joined
        self.config = self.folder / "stint.toml"
        self.config.write_text(config)
        self.calibration = None
        self.count = 0

    def write(self, stretches, is_labelled=True):
        """The recordings of the stretches."""
        files = []
        for group in [stretches] if self.is_joined else [[s] for s in stretches]:
            self.count += 1
            files.append(self.folder / f"{self.count:05}.csv")
            with open(files[-1], "w", newline="") as file:
                out = csv.writer(file, lineterminator="\n")
                out.writerow([*self.names, "label:y"])
                for label, rows in group:
                    out.writerows([*row, label if is_labelled else ""] for row in rows)
        return files

    def stint(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"stint {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def calibrate(self, stretches):
        self.calibration = self.folder / "encoder.calibration"
        self.stint("calibrate", "-c", self.config, *self.write(stretches), "-o", self.calibration, "--rate", f"{RATE} Hz")

    def learn(self, stretches):
        """Learns the stretches in their order, each label after all rows; the state it leaves."""
        rows = sum(len(s[1]) for s in stretches)
        idle = [("", [stretches[0][1][0]] * rows)]
        state = self.folder / "learned.state"
        self.stint(
            "replay", "-c", self.config, "--calibration", self.calibration, "--continue", "--delay", rows, "--rate", f"{RATE} Hz",
            *self.write(stretches + idle), "-o", self.folder / "lines.jsonl", "--state-out", state)
        return state, rows

    def test(self, learned, stretches):
        """Of each class the windows, and those that were told."""
        state, rows = learned
        files = self.write(stretches, is_labelled=False)
        truths = [label for label, rows in stretches for _ in rows] if self.is_joined else None
        lines = self.stint(
            "replay", "-c", self.config, "--calibration", self.calibration, "--continue", "--freeze", "--delay", rows, "--rate", f"{RATE} Hz",
            *files, "--state-in", state, "-o", "-")
        told = collections.defaultdict(lambda: [0, 0])
        for line in map(json.loads, lines.splitlines()):
            if line["type"] == "prediction":
                truth = truths[line["row"]] if truths else stretches[line["file"]][0]
                told[truth][0] += 1
                told[truth][1] += line["class"] == truth
        return told


def accuracy(told, classes=None):
    kept = [told[c] for c in told if classes is None or c in classes]
    return sum(k[1] for k in kept) / max(sum(k[0] for k in kept), 1)


def steps_figures(lab, steps, test):
    """The order of steps against all at once; forgetting of a step is what it lost since it was learned."""
    generator = random.Random(1)
    lab.calibrate([s for step in steps for s in step])
    together = [s for step in steps for s in step]
    generator.shuffle(together)
    state = lab.learn(together)
    joint, joint_parts = accuracy(lab.test(state, [t for part in test for t in part])), [accuracy(lab.test(state, part)) for part in test]
    after, learned = [], []
    for k in range(len(steps)):
        learned += steps[k]
        state = lab.learn(learned)
        after.append([accuracy(lab.test(state, part)) for part in test[:k + 1]] + [accuracy(lab.test(state, [t for part in test for t in part]))])
    forgetting = [max(after[i][j] for i in range(j, len(steps))) - after[-1][j] for j in range(len(steps) - 1)]
    # What a step loses because other classes come beside it, it would have lost all at once, too; the rest hangs on the order.
    by_order = [joint_parts[j] - after[-1][j] for j in range(len(steps) - 1)]
    return after[-1][-1], joint, sum(forgetting) / len(forgetting), sum(by_order) / len(by_order)


def shots_figures(lab, train, test, repeats=5):
    """Every class in turn is the new one, with five windows of it."""
    lab.calibrate(train)
    recalls, losses = [], []
    for new in sorted({c for c, _ in train}):
        old = [s for s in train if s[0] != new]
        kept = {c for c, _ in old}
        before = accuracy(lab.test(lab.learn(old), test), kept)
        candidates = [s for s in train if s[0] == new]
        for repeat in range(repeats):
            generator = random.Random(repeat)
            shots = []
            for _ in range(5):
                rows = generator.choice(candidates)[1]
                begin = generator.randrange(len(rows) - RATE + 1)
                shots.append((new, rows[begin:begin + RATE]))
            told = lab.test(lab.learn(old + shots), test)
            recalls.append(accuracy(told, {new}))
            losses.append(before - accuracy(told, kept))
    return sum(recalls) / len(recalls), sum(losses) / len(losses)


def folds(stretches):
    """Four ways to keep a quarter for the test."""
    for k in range(4):
        yield [s for i, s in enumerate(stretches) if i % 4 != k], [s for i, s in enumerate(stretches) if i % 4 == k]


def means(figures):
    return [sum(column) / len(figures) for column in zip(*figures)]


def tell_steps(name, figures):
    steps, joint, forgetting, by_order = means(figures)
    print(f"{name}: step by step {steps:.4f}, all at once {joint:.4f}, forgetting {forgetting:.4f}, of it by the order {by_order:.4f}", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("data", type=pathlib.Path)
    options.add_argument("--bin", type=pathlib.Path, default=pathlib.Path(".build/release"))
    options.add_argument("--only", choices=["gas", "imu", "shots"])
    given = options.parse_args()
    stint = given.bin.resolve() / "stint"
    if given.only in (None, "imu", "shots"):
        names, stretches = imu(given.data / "classification" / "imu")
        classes = sorted({c for c, _ in stretches})
        parts = [classes[0:2], classes[2:4], classes[4:]]
        steps, shots = [], []
        for train, test in folds(stretches):
            with tempfile.TemporaryDirectory() as folder:
                lab = Lab(stint, names, HEAD + WINDOWS, folder)
                if given.only != "shots":
                    steps.append(steps_figures(lab, [[s for s in train if s[0] in p] for p in parts], [[s for s in test if s[0] in p] for p in parts]))
                if given.only != "imu":
                    shots.append(shots_figures(lab, train, test))
        if steps:
            tell_steps("imu", steps)
        if shots:
            recall, loss = means(shots)
            print(f"imu: five windows of a new class: recall {recall:.3f}, the others lose {100 * loss:.2f} points", flush=True)
    if given.only in (None, "gas"):
        batches = []
        for path in sorted((given.data / "classification" / "gas").glob("batch*.csv")):
            names, rows = table(path)
            batches.append([(label, [row]) for row, label in rows])
        steps = []
        for batch_folds in zip(*map(folds, batches)):
            with tempfile.TemporaryDirectory() as folder:
                lab = Lab(stint, names, HEAD, folder, is_joined=True)
                steps.append(steps_figures(lab, [train for train, _ in batch_folds], [test for _, test in batch_folds]))
        tell_steps("gas", steps)


if __name__ == "__main__":
    main()
