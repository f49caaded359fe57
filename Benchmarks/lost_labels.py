#!/usr/bin/env python3
"""What a kill loses: the labels since the newest checkpoint, and what that costs afterwards.

Each recording is cut in the middle. A learner lives its first half, all of it or without the LOST rows at its end, writes its state, and goes on from it
through the second half. Reported is the error over the first 100 and 1000 rows there, each way: the difference is what a journal of labels
would save.

    Benchmarks/lost_labels.py DATA --bin .build/release
"""
import argparse, csv, glob, json, os, subprocess, tempfile

LOST = [100, 1000]
SPANS = [100, 1000]


def config(kind, folder):
    path = os.path.join(folder, kind + ".toml")
    with open(path, "w") as file:
        file.write(f'[[head]]\nname = "y"\nkind = "{kind}"\ntarget = "label:*"\n')
    return path


def replay(tool, config, rows, header, folder, *more):
    path = os.path.join(folder, "part.csv")
    with open(path, "w") as file:
        file.writelines([header, *rows])
    subprocess.run([tool, "replay", "-c", config, path, "-o", os.path.join(folder, "lines"), "--summary", os.path.join(folder, "summary"), *more],
                   check=True, capture_output=True)
    return [line for line in map(json.loads, open(os.path.join(folder, "lines"))) if line["type"] == "prediction"]


def error(kind, lines, rows, header):
    """Share of wrong classes, or the squared error over the variance of the labels, mean over targets."""
    names = next(csv.reader([header]))
    places = [i for i, name in enumerate(names) if name.startswith("label:")]
    truths = [[row[i].strip() for i in places] for row in csv.reader(rows)]
    if kind == "classification":
        scored = [(line["class"], truth[0]) for line, truth in zip(lines, truths) if truth[0]]
        return sum(a != b for a, b in scored) / len(scored)
    total = 0
    for j in range(len(places)):
        pairs = [(line["value"][j], float(truth[j])) for line, truth in zip(lines, truths) if truth[j]]
        mean = sum(t for _, t in pairs) / len(pairs)
        total += sum((v - t) ** 2 for v, t in pairs) / max(sum((t - mean) ** 2 for _, t in pairs), 1e-30)
    return total / len(places)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--bin", default=".build/release")
    options = parser.parse_args()
    tool = os.path.join(options.bin, "stint")
    print("| recording | rows lost | next 100: kept / lost | next 1000: kept / lost |\n|---|---|---|---|")
    for kind in ["regression", "classification"]:
        for path in sorted(glob.glob(os.path.join(options.data, kind, "**", "*.csv"), recursive=True)):
            with open(path) as file:
                header, *rows = file.readlines()
            half = len(rows) // 2
            if half < 3000 or "imu" in path:
                continue
            with tempfile.TemporaryDirectory() as folder:
                made, state = config(kind, folder), os.path.join(folder, "state")
                after = rows[half:half + max(SPANS)]
                found = {}
                for lost in [0] + LOST:
                    replay(tool, made, rows[:half - lost], header, folder, "--state-out", state)
                    lines = replay(tool, made, after, header, folder, "--state-in", state)
                    found[lost] = [error(kind, lines[:span], after[:span], header) for span in SPANS]
            for lost in LOST:
                name = os.path.relpath(path, os.path.join(options.data, kind))
                print(f"| {name} | {lost} | {found[0][0]:.4g} / {found[lost][0]:.4g} | {found[0][1]:.4g} / {found[lost][1]:.4g} |", flush=True)


main()
