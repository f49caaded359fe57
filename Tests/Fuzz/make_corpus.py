#!/usr/bin/env python3
"""Writes Corpus/: one small input a file, one folder a target. Python's standard library is enough; run it again after a change here."""
import base64, hashlib, pathlib, struct, zlib

ROOT = pathlib.Path(__file__).parent / "Corpus"


def cbor(value):
    """What the corpora need of RFC 8949: numbers, text, bytes, lists, maps, tags as ("tag", n, value), raw pieces as ("raw", hex)."""
    def head(major, n):
        for info, form in ((24, ">B"), (25, ">H"), (26, ">I"), (27, ">Q")):
            if n < 24:
                return bytes([major << 5 | n])
            if n < 1 << 8 * struct.calcsize(form):
                return bytes([major << 5 | info]) + struct.pack(form, n)
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())
    if value[0] == "raw":
        return bytes.fromhex(value[1])
    return head(6, value[1]) + cbor(value[2])


def packed(rows, start=1_000_000_500_000_000, version=1, channels=3):
    head = struct.pack("<BBHIQqII", 0xF5, version, channels, len(rows), 7, start, 15_625_000, 0)
    return head + b"".join(struct.pack("<3f", *row) for row in rows)


def state(snapshot, version=1, device=b"arm", shape=b"stint 1\nchannel \"a\"\nrate 1.0\n"):
    head = b"\x89STINT\r\n" + struct.pack("<IIQQqQ", version, 160 + len(device) + len(shape) + 4, 3, 1000, 1_700_000_000_000_000_000, 1)
    head += hashlib.sha256(shape).digest() + bytes(32) + bytes(32)
    head += struct.pack("<QII", len(snapshot), len(device), len(shape)) + device + shape
    head += struct.pack("<I", zlib.crc32(head))
    return head + snapshot + struct.pack("<I", zlib.crc32(head + snapshot))


def section(tag, payload, version=1):
    whole = tag + struct.pack("<IQ", version, len(payload)) + payload
    return whole + struct.pack("<I", zlib.crc32(whole))


FRAME = {"t": 12.5, "seq": 7, "a": 1, "b": -2.5, "c": None}
PACK = [{-2: "s/", -3: 1_700_000_000.0, -5: 10, 0: "a", 2: 1}, {0: "b", 6: -1, 2: 2.5}, {"n": "c", 4: True}]
CORPORA = {
    "frames": [
        b'{"t":1697040000.25,"seq":7,"a":0.5,"b":1e30,"c":null}', b'{"t":1,"seq":18446744073709551615,"values":[0.1,-2e-45,3]}',
        b'[{"t":1,"values":[1,2,3]},{"t":2,"a":4,"\\u0062":5}]', b' {"a":1}\n', b'{"a":1,"x":{"y":[true,"\\ud83d\\ude00"]}}',
        b'[{"bn":"s/","bt":1700000000.5,"bv":2,"n":"a","u":"V","t":-1,"v":1},{"n":"b","v":-2.5},{"n":"c","t":3,"vb":true}]',
        b'[{"n":"a","v":1},{"n":"a","t":-5,"v":2},{"n":"other","vs":"x","s":4}]',
        cbor(FRAME), cbor(("tag", 55799, [FRAME, {"values": [1, 2.5, None]}])), cbor({"t": ("tag", 1, 5), "values": ("tag", 85, struct.pack("<3f", 1, 2, 3))}),
        cbor({"values": ("tag", 84, struct.pack("<3e", 1, 2, 3))}), cbor({"values": ("tag", 66, struct.pack(">3I", 1, 2, 3))}),
        bytes.fromhex("bf6161fb3ff00000000000006162f97c007f6163ff01ff"), cbor(PACK),
        packed([(0.5, 1, 2), (float("nan"), 1e30, 3)]), packed([(0, 0, 0)], start=0), packed([(1, 2, 3)], version=2), packed([(1, 2, 3)], channels=65535),
    ],
    "labels": [
        b'{"seq":7,"value":1.5}', b'{"t":12.25,"value":"gravel"}', b'{"seq":7,"value":[1,-2.5,3]}', b'{"seq":1,"value":" \\u00e9\\" "}', b'{"seq":1,"value":null}',
        cbor({"seq": 7, "value": 1.5}), cbor({"t": ("tag", 1, 12), "value": "gravel"}), cbor({"seq": 7, "value": ("tag", 72, b"\x01\xff")}),
        cbor({"seq": 7, "value": ("raw", "7f61616162ff")}), cbor({"seq": 7, "value": -(1 << 64)}),
    ],
    "cbor": [
        bytes.fromhex(h) for h in (
            "00", "1bffffffffffffffff", "3bffffffffffffffff", "f97bff", "fa7f800000", "fb3ff199999999999a", "c074323031332d30332d32315432303a30343a30305a", "5f42010243030405ff",
            "7f657374726561646d696e67ff", "83018202039f0405ff", "bf61610161629f0203ffff", "826161bf61626163ff", "d84844010203ff", "a3012002f5f680", "d9d9f7818181f7")
    ],
    "capture": [
        b'{"at":1700000000000000000,"topic":"arm","payload":{"t":1,"a":2}}\n{"at":1700000000000000001,"topic":"label/y","payload":{"seq":0,"value":"x"}}\n',
        b'{"at":-5,"topic":"\\u00e9","payload":"' + base64.b64encode(packed([(1, 2, 3)])) + b'"}\n\n', b'{"at":1,"topic":"arm","payload":[{"a":1}]}',
        b'{"at":1,"topic":"arm","payload":{"a":1}}\n{"at":2,"topic":"ar', b'{"at":1.5,"topic":"arm","payload":{}}\n', b'{"payload":"","topic":"","at":0}\r\n',
    ],
    "csv": [
        b"t,x,y,label:z,delay:z\n0,1,2,3,0\n0.1,,nan,a,2\n0.2,1e30,inf,,\n", b"\xef\xbb\xbfx;y;label:c\r\n1;2;\"a;b\"\r\n3;4;\"say \"\"hi\"\"\"\r\n",
        b"time,x\n2026-01-01T00:00:00Z,1\n2026-01-01 00:00:01.5+02:00,2\n", b"x,label:y\n1\n1,2,3\n", b"x\n", b"a,a\n1,2\n", b"", b"x,y\n\"open\n1,2\n",
    ],
    "config": [
        b'[[head]]\nname = "y"\nkind = "regression"\ntarget = "label:*"\n', b'[[head]]\nname = "h"\nkind = "anomaly"\nfalse_alarms = "1 per 10000 rows"\n',
        b'[memory]\nbudget = "8 MiB"\nseed = 1\n[window]\nlength = "0.64 s"\nevery = 2\n[[stream]]\nname = "arm"\nchannels = ["a", "b"]\nrate = "100 Hz"\n'
        b'[[head]]\nname = "c"\nkind = "classification"\ntarget = "label:y"\nclasses = 12\n',
        b'[device]\nid = "arm-07"\n[input]\nconnect = ["tcp://127.0.0.1:5555"]\n[output]\nbind = "tcp://127.0.0.1:9872"\nformat = "cbor"\n[control]\nbind = "ipc:///run/x"\n'
        b'[state]\ndirectory = "/var/lib/stint"\nevery = "15 min"\nwear = "256 MiB/day"\n[encoder]\nblocks = ["last", "lags", "fourier"]\nwarm_up = 500\n'
        b'[drift]\ndetector = "adwin"\n[label]\npending = 10\ntolerance = "10 ms"\n[compute]\nmax_age = "1 s"\n[[head]]\nname = "y"\nkind = "regression"\ntarget = ["label:y"]\n',
        b"[window]\nlength = 1e300\n", b"[wndow]\nlenth = 3\n", b'x = """\n', b"[[head]]\n[[head]]\n",
    ],
    "control": [
        b'{"jsonrpc":"2.0","id":1,"method":"status"}', b'{"jsonrpc":"2.0","id":"a\\n","method":"label","params":{"name":"y","value":1,"seq":7}}',
        b'{"jsonrpc":"2.0","method":"learning.pause","params":[]}', b'{"jsonrpc":"2.0","id":null,"method":"label","params":{"name":"y","value":"x","t":1.5}}', b"[]", b'{"id":{}}',
    ],
    "state": [
        state(b""), state(section(b"STRM", b"hello") + section(b"ENCO", b"")), state(section(b"STRM", bytes(100)), version=2), state(section(b"STRM", b"x"))[:-3],
        state(section(b"STRM", b"hello"))[:-10] + bytes(10), b"\x89STINT\r\n", b"not a state",
    ],
}
for target, inputs in CORPORA.items():
    folder = ROOT / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(inputs):
        (folder / f"{number:02}").write_bytes(data)
