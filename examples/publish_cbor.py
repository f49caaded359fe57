#!/usr/bin/env python3
"""The sensor of publish.py in CBOR, its values as a typed array (RFC 8746).

    apt install python3-zmq python3-cbor2        # or pyzmq and cbor2 from PyPI
    stintd examples/arm.toml &
    python3 examples/publish_cbor.py &
    stint tap ipc:///tmp/stint-out
"""
import math
import random
import struct
import time

import cbor2
import zmq

socket = zmq.Context().socket(zmq.PUB)
socket.bind("ipc:///tmp/stint-in")
time.sleep(1)                                   # until the daemon has connected and subscribed

for seq in range(100_000):
    phase = seq / 40
    speed, current = math.sin(phase) + random.gauss(0, 0.05), 2 + math.cos(phase / 3) + random.gauss(0, 0.05)
    values = cbor2.CBORTag(85, struct.pack("<2f", speed, current))   # float32, little-endian
    socket.send_multipart([b"arm", cbor2.dumps({"t": time.time(), "seq": seq, "values": values})])
    socket.send_multipart([b"label/load", cbor2.dumps({"seq": seq, "value": 1.5 * speed * current})])
    time.sleep(0.01)
