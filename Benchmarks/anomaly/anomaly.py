#!/usr/bin/env python3
"""Stint and other anomaly detectors over NAB, SMAP and SKAB in one run, each by a score a row; `make bench-anomaly DATA=…`.

    anomaly.py DATA --bin .build/release [--peers all] [--only nab,smap,skab]

NAB: standard profile, the threshold fitted on all files, and that of the other folds. SMAP: the F1 of events at the best single threshold over all
channels, which flatters everyone alike, and beside it Stint's own alarms at one in 10 000 rows, which no threshold has seen. SKAB, cropped at
random: recall within 60 s at one false episode in 1000 rows at the most. For SMAP and SKAB also VUS-PR, the mean over recordings, the widest
buffer the same for all detectors: the period of the recording's first channel. Without Stint (--no-stint) no programs are needed. With all peers
it takes some twenty minutes of one core. See docs/anomaly.md.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import pandas

import detectors
import scorers

CONFIG = '[[head]]\nname = "health"\nkind = "anomaly"\n'
BUDGET = 'false_alarms = "1 per 10000 rows"\n'
LEARNED, LEAD, WITHIN, AFTER, CROPS = 150, 30, 60, 60, 3


def stint(folder, paths, config, flags=()):
    """Score and first-alarm mark of every row of one recording."""
    with tempfile.TemporaryDirectory() as scratch:
        toml, lines = pathlib.Path(scratch) / "c.toml", pathlib.Path(scratch) / "out.jsonl"
        toml.write_text(config)
        subprocess.run([folder / "stint", "replay", "-c", toml, paths, "-o", lines, *flags], check=True, capture_output=True)
        said = [json.loads(line) for line in lines.read_text().splitlines()]
    said = [line for line in said if line.get("type") == "prediction"]
    return np.array([line["score"] for line in said]), np.array([line["alarm"] for line in said])


def numbers(frame):
    return frame.select_dtypes("number").to_numpy(float)


def with_stint(folder, names):
    return (["Stint"] if folder else []) + names


def nab(data, folder, names):
    files = {name: [] for name in with_stint(folder, names)}
    for path, windows in sorted(json.loads((data / "nab/windows.json").read_text()).items()):
        frame = pandas.read_csv(data / "nab" / path)
        times = pandas.to_datetime(frame.iloc[:, 0])
        edges = [tuple(int(np.flatnonzero(times == pandas.Timestamp(edge))[0]) for edge in window) for window in windows]
        if folder:
            files["Stint"].append(scorers.Nab(stint(folder, data / "nab" / path, CONFIG)[0], edges))
        for name in names:
            files[name].append(scorers.Nab(detectors.scores(name, numbers(frame)), edges))
    for name, some in files.items():
        print(f"| NAB | {name} | {scorers.nab(some, scorers.best_threshold(some)):.1f} | {scorers.nab_folds(some):.1f} | |", flush=True)


def smap(data, folder, names):
    channels, alarms, volumes = {name: [] for name in with_stint(folder, names)}, [], {name: [] for name in with_stint(folder, names)}
    for channel, intervals in sorted(json.loads((data / "smap/intervals.json").read_text()).items()):
        train, test = (data / "smap" / f"{channel}_{part}.csv" for part in ("train", "test"))
        x, warm = numbers(pandas.read_csv(test)), numbers(pandas.read_csv(train))
        said = {name: detectors.scores(name, np.vstack([warm, x]))[len(warm):] for name in names}
        if folder:
            said["Stint"], alarm = stint(folder, test, CONFIG + BUDGET, ["--warm", train])
            alarms.append((alarm.astype(float), intervals))
        label = np.zeros(len(x), bool)
        for a, b in intervals:
            label[a:b + 1] = True
        widest = scorers.period(x[:, 0])
        for name, score in said.items():
            channels[name].append((score, intervals))
            volumes[name].append(scorers.vus_pr(label, score, widest))
    if folder:
        print(f"| SMAP | Stint's alarms, no threshold | {scorers.f1(*scorers.events(alarms, 0.5)):.3f} | | |", flush=True)
    for name, some in channels.items():
        every = np.concatenate([s for s, _ in some])
        tried = np.unique(np.quantile(every, 1 - np.geomspace(1e-5, 0.02, 60)))
        best = max((scorers.f1(*scorers.events(some, t)) for t in tried if t > every.min()), default=0)
        print(f"| SMAP | {name} | {best:.3f} | | {np.mean(volumes[name]):.3f} |", flush=True)


def skab(data, folder, names):
    crops, rng = [], np.random.default_rng(1)
    for path in sorted((data / "skab").glob("valve*.csv")):
        frame = pandas.read_csv(path, sep=None, engine="python")
        strange = np.flatnonzero(frame["anomaly"] == 1)
        for _ in range(CROPS):
            begin = int(rng.integers(0, max(1, strange[0] - LEARNED - LEAD + 1)))
            crops.append(frame.iloc[begin:int(rng.integers(strange[-1] + 1, len(frame) + 1))].reset_index(drop=True))
    said, volumes = {name: [] for name in with_stint(folder, names)}, {name: [] for name in with_stint(folder, names)}
    for crop in crops:
        inputs = crop.drop(columns=["anomaly", "changepoint"])
        x = numbers(inputs)
        if folder:
            with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
                inputs.to_csv(file.name, index=False)
                said["Stint"].append(stint(folder, file.name, CONFIG)[0])
        for name in names:
            said[name].append(detectors.scores(name, x))
        label, widest = (crop["anomaly"] == 1).to_numpy()[LEARNED:], scorers.period(x[:, 0])
        for name in said:
            volumes[name].append(scorers.vus_pr(label, said[name][-1][LEARNED:], widest))
    for name, some in said.items():
        print(f"| SKAB | {name} | {recall(crops, some):.3f} | | {np.mean(volumes[name]):.3f} |", flush=True)


def recall(crops, said):
    """The best recall of any threshold that has no more than one false episode in 1000 normal rows."""
    parts = []
    for crop, score in zip(crops, said):
        strange = (crop["anomaly"] == 1).to_numpy()
        normal = ~strange
        normal[:LEARNED] = False
        for _, end in scorers.episodes(np.flatnonzero(strange), 1):
            normal[end + 1:end + 1 + AFTER] = False
        starts = [a for a, _ in scorers.episodes(np.flatnonzero(strange), 1) if a >= LEARNED]
        parts.append((score, normal, [float(score[a:a + WITHIN + 1].max()) for a in starts]))
    reached = sorted(r for _, _, some in parts for r in some)
    rows = sum(int(normal.sum()) for _, normal, _ in parts)
    for threshold in sorted(set(reached)):
        false = sum(len(scorers.episodes(np.flatnonzero((score >= threshold) & normal))) for score, normal, _ in parts)
        if false <= rows / 1000:
            return sum(r >= threshold for r in reached) / len(reached)
    return 0.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="a folder with anomaly/nab, anomaly/smap, anomaly/skab")
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path(".build/release"))
    parser.add_argument("--peers", default="", help="all, or comma-separated of: " + ", ".join(detectors.PEERS))
    parser.add_argument("--no-stint", action="store_true")
    parser.add_argument("--only", default="nab,smap,skab")
    options = parser.parse_args()
    scorers.check()
    peers = list(detectors.PEERS) if options.peers == "all" else [name for name in options.peers.split(",") if name]
    names = list(detectors.TRIVIAL) + peers
    print("| data | detector | fitted | five folds | VUS-PR |\n|---|---|---|---|---|")
    for task in options.only.split(","):
        {"nab": nab, "smap": smap, "skab": skab}[task](options.data / "anomaly", None if options.no_stint else options.bin.resolve(), names)


if __name__ == "__main__":
    main()
