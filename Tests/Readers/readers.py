"""What stintd publishes, read by other people's decoders: readers.py ENDPOINT FORMAT MESSAGES OUT

Says `listening` when nothing can be missed any more, takes so many predictions and events, reads each with cbor2 or json, and writes their payloads to OUT, one after the other with a length
of four bytes before it, for the decoders that are not Python's.
"""
import json
import math
import sys

import cbor2
import zmq

KINDS = {"regression": {"value", "lower", "upper", "sd", "targets"}, "classification": {"class", "class_id", "classes", "probability", "set"},
         "anomaly": {"score", "p_value", "alarm", "incident", "cause", "cause_id", "channels"}}


def strict(constant):
    raise ValueError(f"{constant} in JSON")


def is_plain(value):
    """Whether it is made of what JSON has, finite: no tags, no bytes, no undefined."""
    if isinstance(value, dict):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (bool, int, str)) or isinstance(value, float) and math.isfinite(value)


def main(endpoint, form, messages, out):
    socket = zmq.Context().socket(zmq.SUB)
    socket.setsockopt(zmq.RCVTIMEO, 20_000)
    socket.connect(endpoint)
    for topic in ("prediction/", "event/", "status"):
        socket.subscribe(topic)
    # The daemon says how it is every second: when that comes, so does all else from here on.
    topic, payload = socket.recv_multipart()
    assert topic == b"status" and is_plain(cbor2.loads(payload) if form == "cbor" else json.loads(payload, parse_constant=strict))
    socket.unsubscribe("status")
    print("listening", flush=True)
    kinds = set()
    with open(out, "wb") as file:
        taken = 0
        while taken < int(messages):
            topic, payload = socket.recv_multipart()
            if topic == b"status":
                continue
            taken += 1
            line = cbor2.loads(payload) if form == "cbor" else json.loads(payload, parse_constant=strict)
            assert isinstance(line, dict) and is_plain(line), line
            assert topic.decode() == ("prediction/" + line["head"] if line["type"] == "prediction" else "event/" + line["event"]), (topic, line)
            if line["type"] == "prediction":
                assert KINDS[line["kind"]] <= set(line), line
                kinds.add(line["kind"])
            file.write(len(payload).to_bytes(4, "little") + payload)
    print(f"ok {form}: {messages} messages, {', '.join(sorted(kinds))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
