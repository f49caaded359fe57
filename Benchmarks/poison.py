#!/usr/bin/env python3
"""What a burst of poisoned labels costs: a tenth of them have their sign turned for two minutes.

Each stream is lived twice, with and without the burst; reported is the difference of the squared errors in the 80 seconds after it, in points of the
target's variance, once with labels that go on and once with a label in fifty after the burst. `--config` adds lines to the three-line config.

    Benchmarks/poison.py --bin .build/release [--seeds 3] [--config '[drift]' --config 'reaction = "notify"']

With `--calibration` the burst comes in a device's youth, before it has rows of its own to judge by: labels 600 to 1200. The device has a calibration that was
fitted to another life of the same stream; reported is the rise with the factory's rows in it, and without them.
"""
import argparse, json, os, subprocess, tempfile
import numpy as np

BEGIN, END, LAST, RATE = 4000, 5200, 6000, 10


def streams(seed):
    """Three channels and one target, ten deviations from zero, so that a turned sign is far out."""
    random = np.random.default_rng(seed)
    t = np.arange(1, LAST + 1)
    noise = random.standard_normal((3, LAST))
    waves = np.stack([np.sin(.11 * t) + .1 * noise[0], np.cos(.037 * t) + .1 * noise[1], noise[2]])
    walks = np.empty((3, LAST))
    state = np.zeros(3)
    for i in range(LAST):
        state = .95 * state + .3 * noise[:, i]
        walks[:, i] = state
    small = .05 * random.standard_normal(LAST)
    yield "waves", waves + 12, 2 * waves[0] - waves[1] + .5 * waves[0] * waves[1] + small + 12
    yield "products", waves + 12, waves[0] * waves[2] + .5 * np.sin(3 * waves[1]) + small + 8
    yield "walks", walks, 1.5 * walks[0] - walks[1] + .5 * walks[2] ** 2 + small + 20


def write(path, x, y, labelled):
    with open(path, "w") as file:
        file.write("t,a,b,c,label:y\n")
        for i in range(len(y)):
            label = f"{y[i]:.6g}" if labelled[i] else ""
            file.write(f"{i / RATE:.1f},{x[0, i]:.6g},{x[1, i]:.6g},{x[2, i]:.6g},{label}\n")
    return path


def live(tool, folder, config, x, y, labelled, *more):
    path = write(os.path.join(folder, "rows.csv"), x, y, labelled)
    subprocess.run([tool, "replay", "-c", config, path, "-o", os.path.join(folder, "lines"), *more], check=True, capture_output=True)
    value, events = [], []
    for line in map(json.loads, open(os.path.join(folder, "lines"))):
        if line["type"] == "prediction":
            value.append(line["value"][0])
        elif line["type"] == "event":
            events.append(line)
    return np.array(value), events


def youth(tool, folder, config, seeds):
    """A burst before there are own rows to judge by, with the factory's and without."""
    begin, end, last = 600, 1200, 2000
    anomaly = os.path.join(folder, "anomaly.toml")
    with open(anomaly, "w") as file:
        file.write('[[head]]\nname = "health"\nkind = "anomaly"\n')
    print("| stream | seed | without | with the factory's rows | quarantines | of a clean life |\n|---|---|---|---|---|---|")
    mean = np.zeros(2)
    for seed in range(1, seeds + 1):
        for (name, x, y), (_, fx, fy) in zip(streams(seed), streams(seed + 100)):
            factory = write(os.path.join(folder, "factory.csv"), fx[:, :4000], fy[:4000], np.ones(4000, bool))
            # Without a head that has a label there are no rows to judge by; the encoder is the same.
            for made, by in [("bare", anomaly), ("full", config)]:
                subprocess.run([tool, "calibrate", "-c", by, factory, "-o", os.path.join(folder, made)], check=True, capture_output=True)
            x, y = x[:, :last], y[:last]
            turned = np.random.default_rng(100 + seed).random(last) < .1
            turned[:begin] = turned[end:] = False
            rises = []
            for made in ["bare", "full"]:
                errors, told = [], []
                for truth in [y, np.where(turned, -y, y)]:
                    value, events = live(tool, folder, config, x, truth, np.ones(last, bool), "--calibration", os.path.join(folder, made))
                    errors.append(np.mean((value[end:] - y[end:]) ** 2) / np.var(y))
                    told.append(sum(e["event"] == "quarantine" for e in events))
                rises.append(100 * (errors[1] - errors[0]))
            mean += rises
            print(f"| {name} | {seed} | {rises[0]:.2f} | {rises[1]:.2f} | {told[1]} | {told[0]} |", flush=True)
    print("| mean | | {:.2f} | {:.2f} | | |".format(*(mean / (3 * seeds))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--config", action="append", default=[])
    parser.add_argument("--calibration", action="store_true", help="a burst in a device's youth, judged by a factory's rows")
    options = parser.parse_args()
    tool = os.path.join(options.bin, "stint")
    if options.calibration:
        with tempfile.TemporaryDirectory() as folder:
            config = os.path.join(folder, "stint.toml")
            with open(config, "w") as file:
                file.write("\n".join(['[[head]]', 'name = "y"', 'kind = "regression"', 'target = "label:y"', *options.config, ""]))
            return youth(tool, folder, config, options.seeds)
    print("| stream | seed | labels go on | a label in fifty | quarantines | forks in the burst |\n|---|---|---|---|---|---|")
    mean = np.zeros(2)
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "stint.toml")
        with open(config, "w") as file:
            file.write("\n".join(['[[head]]', 'name = "y"', 'kind = "regression"', 'target = "label:y"', *options.config, ""]))
        for seed in range(1, options.seeds + 1):
            for name, x, y in streams(seed):
                turned = np.random.default_rng(100 + seed).random(LAST) < .1
                turned[:BEGIN] = turned[END:] = False
                rises, told = [], []
                for every in [1, 50]:
                    labelled = (np.arange(LAST) < END) | (np.arange(LAST) % every == 0)
                    errors = []
                    for truth in [y, np.where(turned, -y, y)]:
                        value, events = live(tool, folder, config, x, truth, labelled)
                        errors.append(np.mean((value[END:] - y[END:]) ** 2) / np.var(y))
                    rises.append(100 * (errors[1] - errors[0]))
                    told.append([sum(e["event"] == "quarantine" for e in events),
                                 sum(e["event"] == "drift" and e.get("reaction") == "fork" and BEGIN / RATE <= e["t"] < END / RATE for e in events)])
                mean += rises
                print(f"| {name} | {seed} | {rises[0]:.2f} | {rises[1]:.2f} | {told[0][0]} | {told[0][1]} |", flush=True)
    print("| mean | | {:.2f} | {:.2f} | | |".format(*(mean / (3 * options.seeds))))


main()
