"""Recordings as numbers: what a peer is given, and when it learns it.

A set is one life: a file, or the files of a folder in name order. Of every row a peer gets the channels, standardised by the mean and the
deviation of all rows up to it, gaps filled with the value before. None of that is on a peer's clock.
"""
import csv
import dataclasses
import math
import pathlib

import numpy as np

CLOCKS = ("t", "time", "timestamp", "datetime")
GAPS = ("", "nan", "null")


class Unusable(Exception):
    """A recording that no figure can be had from; the text says why."""


@dataclasses.dataclass
class Life:
    """The recordings of one set as one chain of rows."""
    name: str
    kind: str                 # regression or classification
    files: list
    channels: np.ndarray      # rows × channels, NaN where there is a gap
    targets: list             # names of label columns, without "label:"
    labels: np.ndarray        # rows × targets; of a classification rows × 1, text; NaN or "" where there is none
    first_rows: list          # of each file

    @property
    def rows(self):
        return len(self.labels)

    @property
    def known(self):
        return np.isfinite(self.labels) if self.kind == "regression" else self.labels != ""


def read(path):
    """Header and cells of a file."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        head = file.readline()
        file.seek(0)
        rows = list(csv.reader(file, delimiter=";" if head.count(";") > head.count(",") else ","))
    if len(rows) < 2:
        raise Unusable(f"{path}: there is no row in it")
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise Unusable(f"{path}: row {i} has {len(row)} cells, the header has {len(rows[0])}; mend it, so that everybody sees the same rows")
    return rows[0], [[cell.strip() for cell in row] for row in rows[1:]]


def number(cell):
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and abs(value) <= 1e15 else math.nan


def is_numeric(column):
    return all(cell.lower() in GAPS or not math.isnan(number(cell)) for cell in column)


def lives(name, files, kind=None):
    """The sets that some files make: one regression over all numeric labels, one classification of each label of text. With a kind, one
    of that kind over all labels."""
    tables = [read(file) for file in files]
    header = tables[0][0]
    if any(table[0] != header for table in tables):
        raise Unusable(f"{name}: its files have different columns")
    first_rows = np.concatenate([[0], np.cumsum([len(cells) for _, cells in tables])]).tolist()
    columns = list(zip(*(row for _, cells in tables for row in cells)))
    labels = [i for i, column in enumerate(header) if column.startswith("label:")]
    used = [i for i, column in enumerate(header)
            if not column.startswith(("label:", "delay:")) and not (i == 0 and column.lower() in CLOCKS) and is_numeric(columns[i])]
    if not labels or not used:
        raise Unusable(f"{name}: it needs channels and a column label:NAME")
    channels = np.array([[number(cell) for cell in columns[i]] for i in used]).T

    def life(kind, indices, suffix=""):
        if kind == "regression":
            values = np.array([[number(cell) for cell in columns[i]] for i in indices]).T
        else:
            values = np.array([["" if cell.lower() in GAPS else cell for cell in columns[i]] for i in indices]).T
        return Life(name + suffix, kind, files, channels, [header[i].removeprefix("label:") for i in indices], values, first_rows)

    if kind == "regression":
        return [life(kind, labels)]
    if kind == "classification":
        return [life(kind, labels[:1])]
    numeric = [i for i in labels if is_numeric(columns[i])]
    text = [i for i in labels if i not in numeric]
    found = [life("regression", numeric)] if numeric else []
    return found + [life("classification", [i], "" if len(labels) == 1 else "." + header[i].removeprefix("label:")) for i in text]


def sets(folder):
    """All lives under a folder. Sub-folders `regression` and `classification` say what their sets are; else their labels do."""
    folder = pathlib.Path(folder)
    parts = [(folder / kind, kind) for kind in ("regression", "classification") if (folder / kind).is_dir()] or [(folder, None)]
    for part, kind in parts:
        for path in sorted(part.iterdir()):
            files = sorted(path.glob("*.csv")) if path.is_dir() else [path] if path.suffix == ".csv" else []
            if files:
                yield from lives(path.stem if path.is_file() else path.name, files, kind)


# ---- what a peer sees ---------------------------------------------------------------------------------------------------------------

def standardised(values):
    """Each row by the mean and deviation of the rows up to it; gaps hold the value before, 0 at first."""
    held = values.copy()
    for i in range(1, len(held)):
        gaps = np.isnan(held[i])
        held[i, gaps] = held[i - 1, gaps]
    known = ~np.isnan(held)
    # About the first value that is known, so that large offsets cancel.
    origin = np.array([column[mask][0] if mask.any() else 0.0 for column, mask in zip(held.T, known.T)])
    moved = np.where(known, held - origin, 0.0)
    count = np.maximum(np.cumsum(known, axis=0), 1)
    mean = np.cumsum(moved, axis=0) / count
    variance = np.cumsum(moved ** 2, axis=0) / count - mean ** 2
    scale = np.sqrt(np.maximum(variance, 1e-12 * np.maximum(mean ** 2, 1e-300)))
    return np.where(known & (scale > 0), np.clip((moved - mean) / np.maximum(scale, 1e-300), -1e3, 1e3), 0.0)


def newest_delivered(known, delay):
    """For each row the newest labelled row that its prediction may know of (row ≤ i − 1 − delay); −1: none."""
    last = np.maximum.accumulate(np.where(known, np.arange(len(known)), -1))
    out = np.full(len(known), -1)
    out[1 + delay:] = last[:max(0, len(known) - 1 - delay)]
    return out


def no_change(life, delay):
    """The newest delivered label of each row and target; 0 or none before the first."""
    out = np.empty_like(life.labels)
    for k in range(life.labels.shape[1]):
        at = newest_delivered(life.known[:, k], delay)
        out[:, k] = np.where(at < 0, 0.0 if life.kind == "regression" else "", life.labels[np.maximum(at, 0), k])
    return out


def last_labels(life, delay):
    """The newest delivered labels as inputs: of numbers standardised, of a class one column each."""
    before = no_change(life, delay)
    if life.kind == "regression":
        return standardised(before.astype(float))
    classes = sorted(set(life.labels[:, 0]) - {""})
    return (before == np.array(classes)[None, :]).astype(float)


def windows(life, rows):
    """Features by hand of the last `rows` rows of each file: mean, deviation, least, most, change and roughness of each channel. Returns
    them with the rows at which a window ends."""
    ends, features = [], []
    for first, last in zip(life.first_rows, life.first_rows[1:]):
        for end in range(first + rows - 1, last, rows):
            part = life.channels[end - rows + 1:end + 1]
            steps = np.diff(part, axis=0)
            features.append(np.concatenate([np.nanmean(part, 0), np.nanstd(part, 0), np.nanmin(part, 0), np.nanmax(part, 0),
                                            part[-1] - part[0], np.sqrt(np.nanmean(steps ** 2, 0))]))
            ends.append(end)
    return np.array(ends), np.array(features)
