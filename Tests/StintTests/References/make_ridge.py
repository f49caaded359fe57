#!/usr/bin/env python3
"""Batch ridge in numpy float64, for `RidgeReferenceTests`: python3 make_ridge.py > ridge.csv (numpy 2.4)

The stream is made by a 64-bit linear congruential generator, so that Swift makes the same one: u = (state >> 11) / 2^53,
x = sqrt(12) (u - .5). Column j is scaled by 10^(-2j/(d-1)), so that Z'Z + I has a condition of about 1e4; the first column is 1.
Each line: the batch solution's prediction at a probe row.
"""
import numpy as np

def uniform(count, state):
    out = np.empty(count)
    for i in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = (state >> 11) / 2**53
    return out, state

d, rows, probes = 64, 10_000, 50
u, state = uniform((rows + probes) * d, 1)
Z = np.sqrt(12) * (u.reshape(-1, d) - .5) * 10 ** (-2 * np.arange(d) / (d - 1))
Z[:, 0] = 1
w = np.cos(np.arange(d))
noise, state = uniform(rows + probes, state)
y = Z @ w + .1 * (noise - .5)
A = Z[:rows].T @ Z[:rows] + np.eye(d)
W = np.linalg.solve(A, Z[:rows].T @ y[:rows])
print(f"# condition {np.linalg.cond(A):.3g}, sd {y[:rows].std():.17g}")
for p in Z[rows:] @ W: print(f"{p:.17g}")
