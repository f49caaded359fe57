#!/usr/bin/env python3
"""What a state merged from a fleet is worth to a device that begins with it.

For each device that is held out, the others calibrate one encoder together, live their own lives, and are merged. The device then lives through its own
recordings twice: from nothing, and from the merged state. Predictions are prequential, labels come at once. Over the devices of a set, the
share of right predictions is averaged by the number of labels seen; reported is how many labels it takes until the mean over the next WINDOW labels
is at least 90 % of what the device reaches from nothing at its end.

    Benchmarks/fleet.py DATA --bin .build/release
"""
import argparse, glob, json, os, subprocess, tempfile

CONFIG = """[[head]]
name = "y"
kind = "classification"
target = "label:*"
classes = {classes}
[encoder]
calibration = "fleet.calibration"
"""
WINDOW = "[[stream]]\nchannels = \"*\"\nrate = \"100 Hz\"\n[window]\nlength = \"1 s\"\nevery = \"1 s\"\n"


def run(tool, *words):
    done = subprocess.run([tool, *words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(" ".join(words) + "\n" + done.stderr)
    return done.stdout


def truths(path):
    with open(path) as file:
        names = file.readline().strip().split(",")
        at = next(i for i, name in enumerate(names) if name.startswith("label:"))
        return [line.rstrip("\n").split(",")[at].strip() for line in file]


def right(lines, recordings):
    """1 or 0 for each prediction whose row has a label, in order."""
    labels = [truths(path) for path in recordings]
    out = []
    for line in open(lines):
        said = json.loads(line)
        if said["type"] == "prediction" and labels[said["file"]][said["row"]]:
            out.append(int(said["class"] == labels[said["file"]][said["row"]]))
    return out


def curve(runs, window):
    """Mean share of right predictions in the `window` labels from i on, over the devices."""
    length = min(len(run) for run in runs)
    return [sum(sum(run[i:i + window]) for run in runs) / window / len(runs) for i in range(length - window + 1)]


def study(name, devices, held, window, classes, extra, tool):
    cold, warm = [], []
    for device in held:
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(folder, "c.toml")
            with open(config, "w") as file:
                file.write(extra + CONFIG.format(classes=classes))
            others = [paths for other, paths in sorted(devices.items()) if other != device]
            run(tool, "calibrate", "-c", config, *[p for paths in others for p in paths], "-o", folder + "/fleet.calibration")
            states = []
            for i, paths in enumerate(others):
                states.append(f"{folder}/{i}.state")
                run(tool, "replay", "-c", config, "--continue", *paths, "--state-out", states[-1])
            run(tool, "merge", *states, "-o", folder + "/fleet.state")
            own = devices[device]
            run(tool, "replay", "-c", config, "--continue", *own, "-o", folder + "/cold.jsonl")
            run(tool, "replay", "-c", config, "--continue", *own, "--state-in", folder + "/fleet.state", "-o", folder + "/warm.jsonl")
            cold.append(right(folder + "/cold.jsonl", own))
            warm.append(right(folder + "/warm.jsonl", own))
    length = min(len(run) for run in cold)
    final = sum(sum(run[length // 2:length]) for run in cold) / (length - length // 2) / len(cold)
    reach = []
    for runs in (cold, warm):
        reach.append(next((i for i, share in enumerate(curve(runs, window)) if share >= 0.9 * final), None))
    first = [sum(sum(run[:window]) for run in runs) / window / len(runs) for runs in (cold, warm)]
    print(f"{name}: {len(held)} devices, {length} labels each; accuracy at the end from nothing {final:.3f}")
    print(f"  labels until 90 % of it: from nothing {reach[0]}, from the merged state {reach[1]}")
    print(f"  accuracy over the first {window} labels: from nothing {first[0]:.3f}, from the merged state {first[1]:.3f}")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("data")
parser.add_argument("--bin", default=".build/release")
arguments = parser.parse_args()
tool = os.path.join(arguments.bin, "stint")
folder = os.path.join(arguments.data, "classification")
gas = {os.path.basename(p): [p] for p in glob.glob(folder + "/gas/*.csv")}
# Each batch is a device of its own; the last is the newest.
study("gas", gas, sorted(gas), 20, 8, "", tool)
people = {}
for path in sorted(glob.glob(folder + "/imu/*.csv")):
    people.setdefault(os.path.basename(path)[:3], []).append(path)
study("imu", people, sorted(people), 10, 8, WINDOW, tool)
