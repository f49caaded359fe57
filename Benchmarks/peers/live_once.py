"""One peer through one set, in a process of its own: live_once.py TASK.npz PEER RESULT.npz

For each row: learn the labels that are due by now, then predict. The clock counts both and nothing else, over all threads; peak memory is
that of the whole process, interpreter and libraries included, as it is for Stint.
"""
import collections
import resource
import sys
import time

import numpy as np

import learners


def main(task, name, result):
    task = np.load(task)
    kind, x, y, due, classes = str(task["kind"]), task["x"], task["y"], task["due"].tolist(), int(task["classes"])
    # One model a target: none of these takes several.
    peers = [learners.make(name, kind, x.shape[1], classes) for _ in range(y.shape[1])]
    # Of a classification y has the index of the class.
    labels = [[None if v != v else v if kind == "regression" else int(v) for v in row] for row in y.tolist()]
    said = np.full((len(x), y.shape[1] if kind == "regression" else classes), np.nan)
    waiting = collections.deque()
    start = time.process_time()
    for i in range(len(x)):
        while waiting and waiting[0][0] <= i:
            _, peer, prepared, label = waiting.popleft()
            peer.learn(prepared, label)
        for k, peer in enumerate(peers):
            prepared = peer.prepare(x[i])
            answer = peer.predict(prepared)
            if answer is not None:
                said[i, k if kind == "regression" else slice(None)] = answer
            if labels[i][k] is not None:
                waiting.append((due[i], peer, prepared, labels[i][k]))
    seconds = time.process_time() - start
    np.savez(result, said=said, seconds=seconds, rss=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
