#!/usr/bin/env python3
"""A sensor for `examples/arm.toml`: sends frames at 100 Hz, and the measured load half a second late.

    apt install python3-zmq                      # or pyzmq from PyPI
    stintd examples/arm.toml &
    python3 examples/publish.py &
    stint tap ipc:///tmp/stint-out
"""
import json
import math
import random
import time

import zmq

socket = zmq.Context().socket(zmq.PUB)
socket.bind("ipc:///tmp/stint-in")
time.sleep(1)                                   # until the daemon has connected and subscribed

waiting = []
for seq in range(100_000):
    phase = seq / 40
    speed, current = math.sin(phase) + random.gauss(0, 0.05), 2 + math.cos(phase / 3) + random.gauss(0, 0.05)
    frame = {"t": time.time(), "seq": seq, "speed": speed, "current": current}
    socket.send_multipart([b"arm", json.dumps(frame).encode()])
    waiting.append((seq, 1.5 * speed * current))
    if len(waiting) > 50:
        labelled, load = waiting.pop(0)
        socket.send_multipart([b"label/load", json.dumps({"seq": labelled, "value": load}).encode()])
    time.sleep(0.01)
