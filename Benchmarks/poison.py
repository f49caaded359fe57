#!/usr/bin/env python3
"""What a burst of poisoned labels costs: a tenth of them have their sign turned for two minutes.

Each stream is lived twice, with and without the burst; reported is the difference of the squared errors in the 80 seconds after it, in points of the
target's variance, once with labels that go on and once with a label in fifty after the burst. `--config` adds lines to the three-line config.

    Benchmarks/poison.py --bin .build/release [--seeds 3] [--config '[drift]' --config 'reaction = "notify"']
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


def live(tool, folder, config, x, y, labelled):
    path = os.path.join(folder, "rows.csv")
    with open(path, "w") as file:
        file.write("t,a,b,c,label:y\n")
        for i in range(LAST):
            label = f"{y[i]:.6g}" if labelled[i] else ""
            file.write(f"{i / RATE:.1f},{x[0, i]:.6g},{x[1, i]:.6g},{x[2, i]:.6g},{label}\n")
    subprocess.run([tool, "replay", "-c", config, path, "-o", os.path.join(folder, "lines")], check=True, capture_output=True)
    value, events = [], []
    for line in map(json.loads, open(os.path.join(folder, "lines"))):
        if line["type"] == "prediction":
            value.append(line["value"][0])
        elif line["type"] == "event":
            events.append(line)
    return np.array(value), events


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=".build/release")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--config", action="append", default=[])
    options = parser.parse_args()
    tool = os.path.join(options.bin, "stint")
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
