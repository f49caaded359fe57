#!/usr/bin/env python3
"""Faults put into the simulated arm: which are seen, how soon, as what, and whether the right channel is among the first two.

    faults.py --bin .build/release [--seeds 10] [--budget "1 per 10000 rows"]

Eight channels at 100 Hz: angles, speeds, accelerations, torques. Each fault begins after 105 s of healthy life and lasts for 10 s (payload and
cold, which the simulator makes itself, 60 s and 120 s, and last 20 s and 60 s). Amounts are in standard deviations of the channel. A fault is seen
if an alarm begins in it; what came before is counted as false. Stint is told nothing.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import pandas

CONFIG = '[[head]]\nname = "health"\nkind = "anomaly"\nfalse_alarms = "{}"\n'
NAMES = ["q1", "q2", "dq1", "dq2", "ddq1", "ddq2", "tau1", "tau2"]
ONSET, ROWS = 10_500, 1_000


def sensor(change):
    """A fault of one channel that chance picks; `change` gets its values in the fault, its deviation, and chance."""
    def inject(x, rng):
        c = int(rng.integers(len(NAMES)))
        x[ONSET:ONSET + ROWS, c] = change(x[ONSET:ONSET + ROWS, c].copy(), x[:ONSET, c].std(), rng)
        return x, {NAMES[c]}
    return inject


def late(x, rng):
    c = int(rng.integers(len(NAMES)))
    x[ONSET:ONSET + ROWS, c] = x[ONSET - 10:ONSET + ROWS - 10, c].copy()
    return x, {NAMES[c]}


def swapped(x, rng):
    c = 2 * int(rng.integers(4))
    x[ONSET:ONSET + ROWS, [c, c + 1]] = x[ONSET:ONSET + ROWS, [c + 1, c]]
    return x, {NAMES[c], NAMES[c + 1]}


def friction(x, rng):
    """The torque that it takes to overcome a friction that was not there."""
    j = int(rng.integers(2))
    part = slice(ONSET, ONSET + ROWS)
    x[part, 6 + j] += 0.3 * x[:ONSET, 6 + j].std() * np.sign(x[part, 2 + j])
    return x, {NAMES[6 + j]}


def backlash(x, rng):
    """The angle follows only when the play is used up."""
    j, play = int(rng.integers(2)), 0.1
    held = x[ONSET, j]
    for i in range(ONSET, ONSET + ROWS):
        held = min(max(held, x[i, j] - play), x[i, j] + play)
        x[i, j] = held
    return x, {NAMES[j]}


def half_rate(x, rng):
    return np.vstack([x[:ONSET], x[ONSET::2]]), set(NAMES)


def double_rate(x, rng):
    after = x[ONSET:]
    between = np.empty((2 * len(after) - 1, x.shape[1]))
    between[::2], between[1::2] = after, (after[1:] + after[:-1]) / 2
    return np.vstack([x[:ONSET], between]), set(NAMES)


def brake(x, rng):
    """A joint stands still: its angle, speed and acceleration."""
    j = int(rng.integers(2))
    part = slice(ONSET, ONSET + ROWS)
    x[part, j], x[part, 2 + j], x[part, 4 + j] = x[ONSET, j], 0, 0
    return x, {NAMES[j], NAMES[2 + j], NAMES[4 + j]}


KINDS = {
    "bias 0.5": sensor(lambda v, s, r: v + 0.5 * s),
    "drift to 1": sensor(lambda v, s, r: v + s * np.linspace(0, 1, len(v))),
    "noise 0.3": sensor(lambda v, s, r: v + 0.3 * s * r.normal(size=len(v))),
    "gain 1.5": sensor(lambda v, s, r: 1.5 * v),
    "inverted": sensor(lambda v, s, r: -v),
    "stuck": sensor(lambda v, s, r: np.full(len(v), v[0])),
    "dead": sensor(lambda v, s, r: np.full(len(v), np.nan)),
    "dropouts 30 %": sensor(lambda v, s, r: np.where(r.random(len(v)) < 0.3, 0.0, v)),
    "spikes 3": sensor(lambda v, s, r: v + 3 * s * (np.arange(len(v)) % 100 == 50)),
    "steps of 0.5": sensor(lambda v, s, r: np.round(v / (0.5 * s)) * 0.5 * s),
    "saturated at 0.5": sensor(lambda v, s, r: np.clip(v, -0.5 * s, 0.5 * s)),
    "hum 0.3": sensor(lambda v, s, r: v + 0.3 * s * np.sin(np.arange(len(v)) * 2.1)),
    "smoothed": sensor(lambda v, s, r: np.convolve(np.r_[np.full(20, v[0]), v], np.ones(21) / 21, "valid")),
    "late by 10 rows": late,
    "swapped": swapped,
    "friction": friction,
    "backlash": backlash,
    "joint blocked": brake,
    "half the rate": half_rate,
    "double the rate": double_rate,
    "payload 1.5 kg": "payload",
    "cold": "warmth",
}


class Arm:
    """One seed's recordings: `warmth` is healthy for 120 s, `payload` for 60 s."""

    def __init__(self, programs, folder, seed):
        self.seed, self.of = seed, {}
        for scenario in ("warmth", "payload"):
            path = folder / f"{scenario}{seed}.csv"
            subprocess.run([programs / "stint", "demo", "--write-recording", path, "--scenario", scenario, "--seed", str(seed)],
                           check=True, capture_output=True)
            frame = pandas.read_csv(path).rename(columns=lambda name: name.removeprefix("label:"))
            self.of[scenario] = frame[NAMES].to_numpy(float)

    def with_fault(self, kind):
        """Rows, the fault's first and last row, and the channels that it is about."""
        change = KINDS[kind]
        if change == "payload":
            return self.of["payload"][:8000].copy(), 6000, 8000, {"tau1", "tau2"}
        if change == "warmth":
            return self.of["warmth"][:18_000].copy(), 12_000, 18_000, {"tau1", "tau2"}
        x, about = change(self.of["warmth"][:ONSET + ROWS].copy(), np.random.default_rng(1000 * self.seed + list(KINDS).index(kind)))
        return x, ONSET, ONSET + ROWS, about


def watch(programs, x, budget, folder):
    """The alarm lines of a life."""
    toml, recording, lines = (folder / name for name in ("c.toml", "x.csv", "out.jsonl"))
    toml.write_text(CONFIG.format(budget))
    frame = pandas.DataFrame(x, columns=NAMES)
    frame.insert(0, "t", np.arange(len(x)) / 100)
    frame.to_csv(recording, index=False)
    subprocess.run([programs / "stint", "replay", "-c", toml, recording, "-o", lines], check=True, capture_output=True)
    parsed = (json.loads(line) for line in lines.read_text().splitlines() if '"alarm":true' in line.replace(" ", ""))
    return [line for line in parsed if line.get("type") == "prediction"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path(".build/release"))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--budget", default="1 per 10000 rows")
    options = parser.parse_args()
    programs = options.bin.resolve()
    seen = named = told = false = rows = 0
    print("| fault | seen | delay, s (median) | as the sensor's | right channel in the first two |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        arms = [Arm(programs, folder, seed) for seed in range(1, options.seeds + 1)]
        for kind in KINDS:
            delays, right, sensors, attributed = [], 0, 0, 0
            for arm in arms:
                x, onset, end, about = arm.with_fault(kind)
                alarms = watch(programs, x, options.budget, folder)
                false += sum(line["row"] < onset for line in alarms)
                rows += onset
                first = next((line for line in alarms if onset <= line["row"] < end), None)
                if first is None:
                    continue
                delays.append((first["row"] - onset) / 100)
                sensors += first["cause"] == "sensor"
                shares = sorted(((share, name) for name, share in (first.get("channels") or {}).items() if name != "other"), reverse=True)
                if about != set(NAMES):
                    attributed += 1
                    right += bool(about & {name for _, name in shares[:2]})
            seen, told, named = seen + len(delays), told + attributed, named + right
            delay = f"{np.median(delays):.2f}" if delays else "–"
            print(f"| {kind} | {len(delays)} of {len(arms)} | {delay} | {sensors} | {f'{right} of {attributed}' if attributed else '–'} |", flush=True)
    print(f"\nseen {seen} of {len(KINDS) * options.seeds}, right channel in {named} of {told}; {false} false alarms in {rows} rows")


if __name__ == "__main__":
    main()
