"""Figures of merit over the scored rows, the same for Stint and for every peer."""
import numpy as np

LEAST_PROBABILITY = 1e-6


def regression(truth, guess, before):
    """Means over targets. A guess that is not finite counts as no change, and is counted."""
    figures, unusable = [], 0
    for k in range(truth.shape[1]):
        known = np.isfinite(truth[:, k])
        y = truth[known, k]
        usable = np.isfinite(guess[known, k])
        unusable += int((~usable).sum())
        error = np.where(usable, guess[known, k], before[known, k]) - y
        spread = float(((y - y.mean()) ** 2).sum())
        figures.append((float(np.abs(error).mean()), float((np.clip(error, -1e150, 1e150) ** 2).sum()) / spread if spread > 0 else None))
    known = [nmse for _, nmse in figures if nmse is not None]
    return {"nmse": float(np.mean(known)) if known else None, "mae": float(np.mean([mae for mae, _ in figures])), "unusable": unusable}


def classification(truth, probability, classes, before):
    """A row without probabilities counts as no change, with all of its probability on that class."""
    names = np.array(classes, object)
    index = {name: i for i, name in enumerate(classes)}
    total = np.where(np.isfinite(probability).all(1), probability.sum(1), 0)
    usable = total > 0
    p = np.zeros_like(probability)
    p[usable] = probability[usable] / total[usable, None]
    for i in np.flatnonzero(~usable):
        if before[i] in index:
            p[i, index[before[i]]] = 1
    said = names[p.argmax(1)]
    true = np.array([index[y] for y in truth])
    accuracy = float((said == truth).mean())
    f1 = [2 * ((said == c) & (truth == c)).sum() / ((said == c).sum() + (truth == c).sum()) for c in sorted(set(truth))]
    unchanged = float((before == truth).mean())
    return {"accuracy": accuracy, "log_loss": float(-np.log(np.clip(p[np.arange(len(p)), true], LEAST_PROBABILITY, 1)).mean()),
            "f1_macro": float(np.mean(f1)), "kappa_temporal": (accuracy - unchanged) / (1 - unchanged) if unchanged < 1 else None,
            "unusable": int((~usable).sum())}
