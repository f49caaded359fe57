#!/usr/bin/env python3
"""Where a row's processor time goes, stage by stage: `perf` beside `stint replay`.

    profile.py RECORDING… [--bin DIR] [--config FILE] [--delay N]

Every sample counts for the innermost function on its stack that a stage knows: arithmetic that is shared counts for who asked for it.
Without a config: one head, target = "label:*". Needs linux-perf (apt-get install linux-perf).
"""
import argparse
import collections
import csv
import json
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = '[[head]]\nname = "y"\nkind = "{kind}"\ntarget = {targets}\n'
# Words of mangled names, first match wins. A function of the runtime or of libc counts for its caller.
STAGES = [
    ("memories: a row is taken in, and forgotten for", ["6FactorV15forgetAndAppend", "6FactorV6append", "6FactorV8withdraw"]),
    ("memories: what they predict, and leverage", ["6FactorV5solve", "6FactorV7predict", "6FactorV7weights"]),
    ("memories: what a row weighs (A z)", ["6FactorV5image"]),
    ("memories: other", ["6FactorV", "8Memories", "12Discriminant", "SegmentsV"]),
    ("neighbours", ["9ReservoirV", "9Neighbour", "10Neighbour", "13Neighbourhood", "16NeighbourExperts", "10LocalRidge", "12LatentBlocks"]),
    ("mixture and stacking", ["13SmallCholesky", "8Stacking", "17RegressionMixture", "12ClassMixture", "12InversePower", "11ClassFilter",
                              "12ClassContext", "16ScoreTemperature", "13ExpertBudget", "16RegressionBudget"]),
    ("encoder", ["10Projection", "15FourierFeatures", "7EncoderV", "15QuantisedLatent", "12LatentBlocks", "libopenblas"]),
    ("anomaly: score", ["12LifetimeView", "15StrangenessView", "10LifeSample", "11RecordPeaks", "11SeasonClock", "15ChannelForecast"]),
    ("anomaly: forecast, tails, sensors", ["11AnomalyHead", "14VectorForecast", "13ResidualScale", "8PeakTail", "12HealthyRanks", "11SensorCheck",
                                           "10RecentSums"]),
    ("regimes and detectors", ["Regime", "5ADWINV", "Drift", "9TwoSample", "11TransactionV"]),
    ("intervals, sets", ["15IntervalTracker", "8ClassSetV"]),
    ("other of heads and learner", ["5Stint"]),
    ("reading the file, writing lines, scoring them", ["9StintWire", "9StintTool", "12ArgumentParser"]),
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="+", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, default=HERE.parent / ".build/release", help="where stint is (default: %(default)s)")
    parser.add_argument("--config", type=pathlib.Path)
    parser.add_argument("--delay", default="0", help="rows that labels come late (default: %(default)s)")
    return parser.parse_args()


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def own_config(recording):
    """One head: for all labels that are numbers, where there are any, else for the first one, which has classes."""
    with open(recording, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header, first = next(rows), next(rows)
    labels = [name for name in header if name.startswith("label:")]
    if not labels:
        raise SystemExit(f"profile: {recording}: no column label:NAME; give --config")
    numbers = [name for name, cell in zip(header, first) if name in labels and is_number(cell)]
    if numbers:
        return CONFIG.format(kind="regression", targets=json.dumps(numbers))
    return CONFIG.format(kind="classification", targets=json.dumps(labels[0]))


def stage_of(stack):
    for frame in stack:
        for name, words in STAGES:
            if any(word in frame for word in words):
                return name
    return "start, runtime, kernel"


def stacks(text):
    """Of each sample the functions, the innermost first, with the library they are in."""
    stack = []
    for line in text.splitlines():
        if line.startswith((" ", "\t")) and stack is not None:
            stack.append(line.strip())
        elif not line.strip():
            if stack:
                yield stack
            stack = []
    if stack:
        yield stack


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        config, samples, summary = options.config, folder / "samples", folder / "summary.json"
        if config is None:
            config = folder / "stint.toml"
            config.write_text(own_config(options.recordings[0]))
        command = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-g", "-o", samples, options.bin / "stint", "replay", "-c", config,
                   *options.recordings, "--continue", "--delay", options.delay, "-o", "/dev/null", "--summary", summary]
        try:
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        except FileNotFoundError:
            raise SystemExit("profile: perf is not installed: apt-get install linux-perf") from None
        if done.returncode:
            raise SystemExit(f"profile: {done.stderr.strip()}")
        read = subprocess.run(["perf", "script", "-i", samples, "-F", "ip,sym,dso"], capture_output=True, text=True)
        facts = json.loads(summary.read_text())
    found = collections.Counter(stage_of(stack) for stack in stacks(read.stdout))
    rows, total = facts["rows"], sum(found.values())
    cost = facts["cpu_seconds"] / rows * 1e6
    print(f"{rows} rows, {cost:.1f} µs a row, {total} samples\n\n| stage | share | µs a row |\n| --- | --- | --- |")
    for name, count in found.most_common():
        print(f"| {name} | {count / total:.1%} | {cost * count / total:.1f} |")


if __name__ == "__main__":
    main()
