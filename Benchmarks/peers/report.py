"""The tables of a run, in Markdown."""
import math

OWN = "ref_stint"
# What decides a cell of each kind, and whether more of it is better.
FIGURE = {"regression": ("nmse", False), "classification": ("accuracy", True)}


def number(value, digits=4):
    if value is None or not math.isfinite(value):
        return "–"
    if abs(value) >= 1e5:
        return f"{value:.0e}"
    return f"{value:.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def table(header, rows):
    lines = ["| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows]]
    return "\n".join(lines)


def ranked(cell, figure, more_is_better):
    """Peers of a cell, the best first; no change is one of them, Stint is not."""
    known = [(f[figure], name) for name, f in cell.items() if name != OWN and f and f.get(figure) is not None and math.isfinite(f[figure])]
    return sorted(known, reverse=more_is_better)


def cells(by_set, figure, more_is_better):
    """Each set and delay: Stint, the best three peers, no change, and who wins."""
    rows, better = [], 0
    for name, by_delay in by_set.items():
        for delay, cell in sorted(by_delay.items(), key=lambda item: int(item[0])):
            best = ranked(cell, figure, more_is_better)
            own = cell[OWN][figure]
            wins = bool(best) and (own >= best[0][0] if more_is_better else own <= best[0][0])
            better += wins
            said = [f"{peer} {number(value)}" for value, peer in best if peer != "no_change"][:3]
            row = [name, delay, f"**{number(own)}**" if wins else number(own), *said, *["–"] * (3 - len(said)), number(cell["no_change"][figure])]
            if more_is_better:
                # Of whoever comes nearest in that.
                losses = sorted((f["log_loss"], peer) for peer, f in cell.items() if peer not in (OWN, "no_change") and f)
                row += [number(cell[OWN]["log_loss"], 3), f"{losses[0][1]} {number(losses[0][0], 3)}" if losses else "–",
                        number(cell[OWN].get("kappa_temporal"), 3)]
            rows.append(row)
    header = ["set", "late", "Stint", "best peer", "second", "third", "no change"]
    if more_is_better:
        header += ["log-loss, Stint", "best peer's", "kappa-temporal, Stint"]
    return table(header, rows) + f"\n\nStint is first in {better} of {len(rows)} cells."


def costs(by_set, figure, more_is_better):
    """Each learner over all cells: how its error compares with Stint's, CPU, memory."""
    peers = sorted({peer for by_delay in by_set.values() for cell in by_delay.values() for peer in cell} - {"no_change"}, key=lambda p: (p != OWN, p))
    rows = []
    for peer in peers:
        all = [(cell[peer], cell[OWN]) for by_delay in by_set.values() for cell in by_delay.values() if cell.get(peer)]
        time, memory = sorted(f["us_per_row"] for f, _ in all), max(f["rss_mib"] for f, _ in all)
        if more_is_better:
            worth = number(sum(f[figure] - own[figure] for f, own in all) / len(all) * 100, 3) if peer != OWN else "0"
        else:
            ratios = [math.log(f[figure] / own[figure]) for f, own in all if f.get(figure) and own.get(figure)]
            worth = number(math.exp(sum(ratios) / len(ratios)), 3) if ratios else "–"
        rows.append([("Stint" if peer == OWN else peer), str(len(all)), worth, number(time[len(time) // 2], 3),
                     f"{number(time[0], 3)}–{number(time[-1], 3)}", number(memory, 3)])
    what = "accuracy less Stint's, points, mean" if more_is_better else "NMSE / Stint's, geometric mean"
    return table(["learner", "cells", what, "CPU µs a row, median", "range", "peak RSS, MiB"], rows)


def text(figures):
    parts = []
    for kind, by_set in figures.items():
        figure, more_is_better = FIGURE[kind]
        parts += [f"### {kind.capitalize()}: {'accuracy' if more_is_better else 'NMSE'}", cells(by_set, figure, more_is_better),
                  f"### {kind.capitalize()}: cost", costs(by_set, figure, more_is_better)]
    return "\n\n".join(parts)
