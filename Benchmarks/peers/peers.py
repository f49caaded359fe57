#!/usr/bin/env python3
"""Stint and other online learners over the same recordings in one run: error, CPU a row, peak memory.

    peers.py DATA                         every set under a folder, every peer; `make bench-peers DATA=…` installs them first
    peers.py DATA --sets arm --delays 0,20 --peers vw_nn20,moa_arf+y --json peers.json
    peers.py --report peers.json          the tables again

Predict first, then learn, with labels late by --delays rows; the first 5 % of rows are not scored. See docs/benchmarks.md.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import learners
import recordings
import report
import scores

HERE = pathlib.Path(__file__).resolve().parent
BURN_IN = 0.05
STINT = '[[head]]\nname = "y"\nkind = "{kind}"\ntarget = {targets}\n'
WINDOW = '[window]\nlength = "{seconds} s"\nevery = "{seconds} s"\n'


class Cell:
    """One set at one delay: what everyone is given, and what everyone is scored by."""

    def __init__(self, life, delay, window_rows, hop):
        self.life, self.delay, self.window_rows = life, delay, window_rows
        # On windows delays count hops: at 0 the newest label that is known is one hop old.
        self.rows_late = (delay + 1) * hop - 1 if window_rows else delay
        self.before = recordings.no_change(life, self.rows_late)
        self.at, self.inputs = np.arange(life.rows), life.channels
        if window_rows:
            self.at, self.inputs = recordings.windows(life, window_rows)
        first = math.ceil(BURN_IN * life.rows)
        self.scored = self.at[(self.at >= first) & life.known[self.at].any(1)]
        if not len(self.scored):
            raise recordings.Unusable(f"{life.name}: no labelled row after the first {BURN_IN:.0%}")
        self.classes = sorted(set(life.labels[:, 0]) - {""}) if life.kind == "classification" else []

    def task(self, with_labels):
        """What a peer is given: inputs, labels, and for each label the first row that may know it."""
        life = self.life
        x = recordings.standardised(self.inputs)
        if with_labels:
            x = np.hstack([x, recordings.last_labels(life, self.rows_late)[self.at]])
        y = life.labels[self.at]
        if life.kind == "classification":
            index = {name: float(i) for i, name in enumerate(self.classes)}
            y = np.array([[index.get(cell, math.nan) for cell in row] for row in y])
        due = np.searchsorted(self.at, self.at + 1 + self.rows_late)
        return {"kind": life.kind, "x": np.ascontiguousarray(x), "y": y.astype(float), "due": due, "classes": len(self.classes)}

    def score(self, said):
        """Figures of what was said, one row each of `at`."""
        whole = np.full((self.life.rows, said.shape[1]), np.nan)
        whole[self.at] = said
        truth, before = self.life.labels[self.scored], self.before[self.scored]
        if self.life.kind == "regression":
            return scores.regression(truth, whole[self.scored], before)
        return scores.classification(truth[:, 0], whole[self.scored], self.classes, before[:, 0])

    def no_change(self):
        if self.life.kind == "regression":
            return self.score(self.before[self.at])
        return self.score((self.before[self.at] == np.array(self.classes)[None, :]).astype(float))


def run_peer(cell, name, folder, timeout):
    """One peer in a process of its own; None when it does not end or does not run, which is said."""
    task, result = folder / "task.npz", folder / "result.npz"
    np.savez(task, **cell.task(name.endswith("+y")))
    result.unlink(missing_ok=True)
    one_thread = {k: "1" for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    try:
        done = subprocess.run([sys.executable, HERE / "live_once.py", task, name.removesuffix("+y"), result],
                              env={**os.environ, **one_thread}, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        print(f"  {name}: no end within {timeout:.0f} s", file=sys.stderr)
        return None
    if done.returncode or not result.exists():
        print(f"  {name}: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}", file=sys.stderr)
        return None
    found = np.load(result)
    return {**cell.score(found["said"]), "us_per_row": float(found["seconds"]) / cell.life.rows * 1e6, "rss_mib": float(found["rss"]) / 2**20}


def run_stint(cell, programs, folder, window_seconds):
    """Stint with the config that has no choices; its CPU includes reading the file and writing the lines."""
    life = cell.life
    config, lines, summary = folder / "stint.toml", folder / "lines.jsonl", folder / "summary.json"
    text = STINT.format(kind=life.kind, targets=json.dumps([f"label:{t}" for t in life.targets]) if life.kind == "regression"
                        else json.dumps(f"label:{life.targets[0]}"))
    config.write_text(text + (WINDOW.format(seconds=window_seconds) if cell.window_rows else ""))
    command = [programs / "stint", "replay", "-c", config, *life.files, "--continue", "--delay", cell.rows_late, "-o", lines, "--summary", summary]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"stint replay: {done.stderr.strip()}")
    said = np.full((life.rows, len(cell.classes) or life.labels.shape[1]), np.nan)
    place = {name: i for i, name in enumerate(cell.classes)}
    with open(lines, encoding="utf-8") as file:
        for line in map(json.loads, file):
            if line["type"] != "prediction" or not line["ready"]:
                continue
            row = life.first_rows[line["file"]] + line["row"]
            if life.kind == "regression":
                said[row] = line["value"]
            else:
                said[row] = 0
                for name, p in zip(line["classes"], line["probability"]):
                    if name in place:
                        said[row, place[name]] = p
    facts = json.loads(summary.read_text())
    return {**cell.score(said[cell.at]), "us_per_row": facts["cpu_seconds"] / life.rows * 1e6, "rss_mib": facts["peak_rss_bytes"] / 2**20,
            "plan_mib": facts["plan_bytes"] / 2**20}


def window_rows(life, seconds):
    """Rows in so many seconds by the clock of the first file, as Stint counts them."""
    header, cells = recordings.read(life.files[0])
    times = [recordings.number(row[0]) for row in cells[:100]]
    if header[0].lower() not in recordings.CLOCKS or not np.isfinite(times).all():
        raise recordings.Unusable(f"{life.name}: windows in seconds need a clock of seconds, called t or time, in the first column")
    return max(1, round(seconds / float(np.median(np.diff(times)))))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=pathlib.Path, help="a folder of CSVs with label columns; a sub-folder is one set")
    parser.add_argument("--bin", type=pathlib.Path, default=HERE.parent.parent / ".build/release", help="where stint is")
    parser.add_argument("--sets", help="only these, separated by commas")
    parser.add_argument("--delays", default="0,20,100", help="rows that labels come late (default: %(default)s)")
    parser.add_argument("--delays-of", action="append", default=[], metavar="SET=N,N", help="other delays for one set; repeatable")
    parser.add_argument("--window", action="append", default=[], metavar="SET=SECONDS[/ROWS]",
                        help="one prediction a window of so many seconds, from features of it; its delays count hops of so many rows, or of half a "
                        "window; repeatable")
    parser.add_argument("--peers", help="only these, separated by commas; none: Stint alone")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds for one peer on one set (default: %(default)s)")
    parser.add_argument("--json", type=pathlib.Path, metavar="F", help="keep all figures here, after every cell; cells that it has are not run again")
    parser.add_argument("--fresh-stint", action="store_true", help="with --json: run Stint again in cells that it has")
    parser.add_argument("--report", type=pathlib.Path, metavar="F", help="print the tables of such a file, and run nothing")
    options = parser.parse_args()
    if not options.report and not options.data:
        parser.error("give a folder of recordings, or --report F")
    return options


def pairs(items):
    return dict(item.split("=", 1) for item in items)


def measure(options, kept):
    wanted = options.sets.split(",") if options.sets else None
    windows, own_delays = pairs(options.window), pairs(options.delays_of)
    for life in recordings.sets(options.data):
        if wanted and life.name not in wanted:
            continue
        seconds, _, hop = windows.get(life.name, "").partition("/")
        rows = window_rows(life, float(seconds)) if seconds else 0
        names = learners.names(life.kind)
        if options.peers is not None:
            names = [name for name in names if name in options.peers.split(",")]
        for delay in map(int, own_delays.get(life.name, options.delays).split(",")):
            cell = Cell(life, delay, rows, int(hop or rows // 2))
            figures = kept.setdefault(life.kind, {}).setdefault(life.name, {}).setdefault(str(delay), {})
            print(f"{life.kind} {life.name}, {life.rows} rows, labels {delay} late", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                if "ref_stint" not in figures or options.fresh_stint:
                    figures["ref_stint"] = run_stint(cell, options.bin, folder, seconds)
                figures["no_change"] = cell.no_change()
                for name in names:
                    if name not in figures:
                        figures[name] = run_peer(cell, name, folder, options.timeout)
                        if options.json:
                            keep(options.json, kept)


def keep(path, figures):
    """Whole or not at all. Peers that did not run are not kept."""
    whole = {kind: {name: {delay: {peer: f for peer, f in cell.items() if f} for delay, cell in by_delay.items()}
                    for name, by_delay in by_set.items()} for kind, by_set in figures.items()}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(whole, indent=1))
    part.replace(path)


def main():
    options = arguments()
    if options.report:
        print(report.text(json.loads(options.report.read_text())))
        return
    kept = json.loads(options.json.read_text()) if options.json and options.json.is_file() else {}
    try:
        measure(options, kept)
    except recordings.Unusable as problem:
        raise SystemExit(f"peers: {problem}") from None
    if options.json:
        keep(options.json, kept)
    print(report.text(kept))


if __name__ == "__main__":
    main()
