#!/usr/bin/env python3
"""Pushes a signed config to a device and waits for what becomes of it: what `stint push` does, in Python.

    pip install pyzmq pynacl
    stint keys make laptop --signing             # laptop.signing; laptop.trusted goes into the device's trusted.keys
    python3 push.py arm.toml --signing laptop.signing --control ipc:///run/stint/control

Beyond this machine, with the CURVE keys of `stint keys make`:

    python3 push.py arm.toml --signing laptop.signing --control tcp://arm-07:5557 --secret laptop.secret --server arm-07.public

To a device that dials out, by its [control] connect; we wait for it:

    python3 push.py arm.toml --signing laptop.signing --listen tcp://0.0.0.0:5600 --device arm-07 --secret fleet.secret --server arm-07.public
"""
import argparse
import base64
import json
import random
import sys
import time

import zmq
from nacl.signing import SigningKey
from zmq.auth.thread import ThreadAuthenticator


def key_of(path):
    """The key on the first line that is none of talk: `KEY NAME`."""
    for line in open(path, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            return line.split()[0]
    sys.exit(f"{path}: there is no key")


class Device:
    """A daemon's control endpoint: JSON-RPC 2.0, one object a message."""

    def __init__(self, endpoint, secret=None, server=None):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        if secret:
            own = key_of(secret).encode()
            self.socket.curve_secretkey, self.socket.curve_publickey = own, zmq.curve_public(own)
            self.socket.curve_serverkey = key_of(server).encode()
        self.socket.connect(endpoint)
        self.number = 0

    def send(self, request):
        self.socket.send(request)

    def ask(self, method, seconds=60, **params):
        self.number += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}).encode())
        while self.socket.poll(1000 * seconds):
            reply = json.loads(self.socket.recv_multipart()[-1])
            if reply.get("id") == self.number:
                return reply
        raise TimeoutError(f"no answer to {method}")


class Guest(Device):
    """A device that dials in to us, where it goes by its id. Nobody else gets in: his key is the only one that we know."""

    def __init__(self, endpoint, name, secret, server):
        context = zmq.Context.instance()
        self.socket, self.name = context.socket(zmq.ROUTER), name.encode()
        self.socket.linger, self.socket.router_mandatory, self.socket.router_handover = 0, True, True
        if secret:
            known = key_of(server).encode()
            provider = type("Known", (), {"callback": staticmethod(lambda domain, key: key == known)})()
            self.gate = ThreadAuthenticator(context)
            self.gate.start()
            self.gate.configure_curve_callback("fleet", provider)
            self.socket.curve_server, self.socket.curve_secretkey, self.socket.zap_domain = True, key_of(secret).encode(), b"fleet"
        self.socket.bind(endpoint)
        # What somebody before us had asked may be answered only now.
        self.number = random.getrandbits(40)

    def send(self, request):
        for _ in range(1000):
            try:
                return self.socket.send_multipart([self.name, request])
            except zmq.ZMQError as why:
                if why.errno != zmq.EHOSTUNREACH:
                    raise
                time.sleep(0.1)
        raise TimeoutError(f"{self.name.decode()} did not dial in")


def signature(signing, toml, device, revision, expires):
    """Of what INTERFACE §10 says, over the bytes as they are sent."""
    head = f"stint-config-v1\n{device or ''}\n{revision}\n{'' if expires is None else expires}\n"
    signed = SigningKey(base64.b64decode(signing)).sign(head.encode() + toml.encode())
    return base64.b64encode(signed.signature).decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("--signing", required=True, help="NAME.signing")
    parser.add_argument("--control", default="tcp://127.0.0.1:5557")
    parser.add_argument("--listen", help="wait there for --device to dial in, in place of --control")
    parser.add_argument("--secret", help="our CURVE key, NAME.secret")
    parser.add_argument("--server", help="the device's CURVE key, NAME.public")
    parser.add_argument("--device", help="its id, or the name of a group")
    parser.add_argument("--hours", type=float, help="how long it may be taken")
    arguments = parser.parse_args()

    if arguments.listen:
        device = Guest(arguments.listen, arguments.device, arguments.secret, arguments.server)
    else:
        device = Device(arguments.control, arguments.secret, arguments.server)
    toml = open(arguments.config, encoding="utf-8").read()
    revision = device.ask("status")["result"]["config"]["seen"] + 1
    expires = None if arguments.hours is None else int(time.time() + 3600 * arguments.hours)
    push = {"revision": revision, "toml": toml, "signature": signature(key_of(arguments.signing), toml, arguments.device, revision, expires)}
    if arguments.device:
        push["device"] = arguments.device
    if expires is not None:
        push["expires"] = expires
    reply = device.ask("config.push", **push)
    if "error" in reply:
        sys.exit(f"revision {revision}: {reply['error']['message']}")
    while True:
        config = device.ask("status")["result"]["config"]
        if "candidate" not in config:
            break
        time.sleep(0.2)
    if config["last_good_revision"] != revision:
        sys.exit(f"revision {revision} was taken back: {config['refused']['reason']}")
    print(f"revision {revision} is applied")
    if arguments.listen and arguments.secret:
        device.gate.stop()


if __name__ == "__main__":
    main()
