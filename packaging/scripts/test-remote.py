#!/usr/bin/env python3
"""What takes too long for `make test`: pushes by the thousand under load, kills at every moment, crowds of strangers, bad networks.

    test-remote.py FOLDER_OF_PROGRAMS [--pushes 10000] [--restarts 100] [--kills 200] [--connections 10000] [--only PART,…]

Prints one line of figures for each part; exit 1 when one of them does not hold. Needs pyzmq; `network` needs root, ip and
/dev/net/tun, `client` PyNaCl.
"""
import argparse
import base64
import ctypes
import fcntl
import hashlib
import heapq
import importlib.util
import json
import math
import os
import random
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import zmq

TOML = """[device]
id = "{id}"
[memory]
budget = "16 MiB"
[input]
connect = ["{input}"]
[[stream]]
name = "arm"
channels = ["q1", "q2"]
rate = "400 Hz"
[[head]]
name = "torque"
kind = "regression"
target = "label:tau"
{more}[output]
bind = "ipc://{folder}/out"
[control]
bind = "{control}"
{dials}probation = "{probation}"
[state]
directory = "{folder}/state"
every = "1 h"
"""


class Failed(Exception):
    pass


def must(holds, what):
    if not holds:
        raise Failed(what)


class Daemon:
    """A stintd of its own folder."""

    def __init__(self, programs, root, name, feed, control=None, security="", dials=()):
        self.programs, self.folder = programs, os.path.join(root, name)
        os.makedirs(self.folder)
        self.feed, self.name, self.security, self.dials = feed, name, security, list(dials)
        self.bind = control or f"ipc://{self.folder}/ctl"
        self.config = os.path.join(self.folder, "c.toml")
        with open(self.config, "w") as file:
            file.write(self.text() + security)
        self.process = None

    def text(self, more="", probation="100 ms"):
        return TOML.format(id=self.name, input=self.feed, folder=self.folder, control=self.bind, dials=f"connect = {json.dumps(self.dials)}\n" if self.dials else "", more=more, probation=probation)

    def start(self, wrap=()):
        self.process = subprocess.Popen(
            [*wrap, os.path.join(self.programs, "stintd"), self.config], stdout=subprocess.PIPE, stderr=open(os.path.join(self.folder, "log"), "ab"))
        line = self.process.stdout.readline()
        must(line, f"{self.name} does not start: " + open(os.path.join(self.folder, "log")).read()[-500:])
        self.ready = json.loads(line)
        self.control = self.ready["control"]
        return self.ready

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def resident(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        return 0


class Client:
    def __init__(self, context, endpoint, pair=None, server=None):
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        if pair:
            self.socket.curve_publickey, self.socket.curve_secretkey, self.socket.curve_serverkey = (key.encode() for key in (*pair, server))
        self.socket.connect(endpoint)
        self.number = 0

    def send(self, method, **params):
        self.number += 1
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}).encode())

    def ask(self, method, seconds=20, **params):
        """The reply; None when there is none in time. While the disk is written to a device is busy: then we ask again, as the tool does."""
        end = time.monotonic() + seconds
        while True:
            reply = self.once(method, end, **params)
            if reply is None or reply.get("error", {}).get("code") != 3 or time.monotonic() > end:
                return reply
            time.sleep(0.02)

    def once(self, method, end, **params):
        self.send(method, **params)
        while (left := end - time.monotonic()) > 0:
            if self.socket.poll(int(1000 * left) + 1):
                reply = json.loads(self.socket.recv_multipart()[-1])
                if reply.get("id") == self.number:
                    return reply
        return None

    def close(self):
        self.socket.close(0)


class Feed(threading.Thread):
    """Frames and labels for whoever is connected, until it is told to stop."""

    def __init__(self, context, endpoint, rate=400, noisy=False):
        super().__init__(daemon=True)
        self.noisy = noisy
        self.socket = context.socket(zmq.PUB)
        self.socket.sndhwm = 0
        self.socket.bind(endpoint)
        self.sent, self.rate, self.ends = 0, rate, threading.Event()

    def run(self):
        noise, start = random.Random(1), time.monotonic()
        while not self.ends.is_set():
            i = self.sent
            a, b = math.sin(i / 40), math.cos(i / 77) + noise.gauss(0, 0.1)
            self.socket.send_multipart([b"arm", json.dumps({"t": 1e6 + i / self.rate, "seq": i, "q1": a, "q2": b}).encode()])
            self.socket.send_multipart([b"label/tau", json.dumps({"seq": i, "value": a * b}).encode()])
            if self.noisy:
                self.socket.send_multipart([b"label/noise", json.dumps({"seq": i, "value": noise.gauss(0, 1)}).encode()])
            self.sent += 1
            left = start + self.sent / self.rate - time.monotonic()
            if left > 0:
                time.sleep(left)

    def stop(self):
        self.ends.set()
        self.join()


def frames(client):
    status = client.ask("status")["result"]
    return status["streams"]["arm"]["frames"], status


def settled(client):
    while True:
        # While sockets are opened anew a request is lost; to ask is no harm.
        reply = client.ask("status", 2)
        if reply is None:
            continue
        status = reply["result"]
        if "candidate" not in status["config"] and status["config"]["status"] != "validating":
            return status
        time.sleep(0.02)


def pushes(arguments, root, context):
    """Random pushes under load, beside a twin that gets none: each ends as it must, no frame is lost, and the head that none of them
    touches says the same as the twin's to the last bit."""
    feed_at = f"ipc://{root}/in"
    feed = Feed(context, feed_at)
    device, twin = Daemon(arguments.programs, root, "device", feed_at), Daemon(arguments.programs, root, "twin", feed_at)
    device.start(), twin.start()
    lines = {}
    for daemon in (device, twin):
        listener = context.socket(zmq.SUB)
        listener.rcvhwm = 0
        listener.connect(f"ipc://{daemon.folder}/out")
        listener.subscribe(b"prediction/torque")
        lines[daemon.name] = listener
    time.sleep(1)
    feed.start()
    client, dice = Client(context, device.control), random.Random(arguments.seed)
    seen, good, counts, said = 0, device.text(), {"applied": 0, "rolled_back": 0, "rejected": 0, "old": 0}, {"device": [], "twin": []}

    def listen():
        for name, listener in lines.items():
            while listener.poll(0):
                text = json.loads(listener.recv_multipart()[1])
                text.pop("revision")
                said[name].append(json.dumps(text))

    started = time.monotonic()
    for number in range(arguments.pushes):
        kind = dice.choices(["hot", "heads", "back", "syntax", "value", "budget", "own", "old"], [12, 12, 6, 18, 18, 10, 12, 12])[0]
        extra = "".join(f'[[head]]\nname = "extra{k}"\nkind = "regression"\ntarget = "label:tau"\n' for k in range(dice.randint(1, 2)))
        text = {
            "hot": lambda: device.text(probation=f"{100 + number % 50} ms"),
            "heads": lambda: device.text(extra),
            "back": lambda: device.text(extra + f"# {number}\n"),
            "syntax": lambda: device.text() + f"[[[ {number}\n",
            "value": lambda: device.text() + f"[label]\npending = -{number + 1}\n",
            "budget": lambda: device.text().replace("16 MiB", "512 KiB") + f"# {number}\n",
            "own": lambda: device.text().replace('id = "device"', f'id = "other{number}"'),
            "old": lambda: device.text() + f"# old {number}\n",
        }[kind]()
        revision = max(seen, 1) if kind == "old" else seen + 1
        reply = client.ask("config.push", revision=revision, toml=text, apply="confirm" if kind == "back" else "apply")
        must(reply is not None, f"push {number} ({kind}) was not answered")
        digest = hashlib.sha256(text.encode()).hexdigest()
        if kind in ("hot", "heads", "back"):
            must("result" in reply, f"push {number} ({kind}): {reply}")
            seen = revision
            if kind == "back":
                must("result" in client.ask("config.rollback"), "a rollback")
            status = settled(client)
            want = hashlib.sha256(good.encode()).hexdigest() if kind == "back" else digest
            must(status["config"]["last_good"] == want, f"push {number} ({kind}) ended as {status['config']}")
            counts["rolled_back" if kind == "back" else "applied"] += 1
            if kind != "back":
                good = text
        elif kind == "old" and seen > 0:
            must(reply.get("error", {}).get("code") == 1, f"push {number} ({kind}): {reply}")
            counts["old"] += 1
        elif kind != "old":
            must(reply.get("error", {}).get("code") in (1, 5), f"push {number} ({kind}): {reply}")
            seen = revision
            counts["rejected"] += 1
        else:
            must("result" in reply, f"push {number}: {reply}")
            seen, good = revision, text
            settled(client)
            counts["applied"] += 1
        listen()
    feed.stop()
    end = time.monotonic() + 20
    other = Client(context, twin.control)
    while time.monotonic() < end and (frames(client)[0] < feed.sent or frames(other)[0] < feed.sent):
        time.sleep(0.05)
    got, status = frames(client)
    time.sleep(0.5)
    listen()
    must(got == feed.sent and status["lost"] == 0, f"{feed.sent} frames sent, {got} taken, {status['lost']} lost")
    must(status["hash"] == hashlib.sha256(good.encode()).hexdigest(), "another config is in force than the last good one")
    count = min(len(said["device"]), len(said["twin"]))
    must(len(said["device"]) == feed.sent and said["device"] == said["twin"], f"the untouched head says something else ({count} lines)")
    weights = [json.loads(subprocess.run([os.path.join(arguments.programs, "stint"), "status", "--json", "--control", daemon.control],
                                         check=True, capture_output=True, text=True).stdout)["heads"]["torque"]["experts"] for daemon in (device, twin)]
    must(weights[0] == weights[1], f"the untouched head trusts its experts otherwise: {weights}")
    print(
        f"pushes: {arguments.pushes} in {time.monotonic() - started:.0f} s: {counts}; {feed.sent} frames, 0 lost, {count} lines of the untouched head "
        f"equal to the twin's; longest step {status['step_us']['max'] / 1000:.1f} ms; resident {device.resident() / 2**20:.1f} MiB")
    for daemon in (device, twin):
        daemon.kill()


def restarts(arguments, root, context):
    """Pushes that open the sockets anew, under load: what comes meanwhile is lost, and every frame of it is counted."""
    feed_at = f"ipc://{root}/in"
    feed = Feed(context, feed_at)
    device = Daemon(arguments.programs, root, "device", feed_at)
    device.start()
    time.sleep(1)
    feed.start()
    client, started = Client(context, device.control), time.monotonic()
    for number in range(arguments.restarts):
        text = device.text(probation="200 ms").replace(f'connect = ["{feed_at}"]', f'connect = ["{feed_at}", "ipc://{root}/nobody{number}"]')
        isBack = number % 4 == 3
        reply = client.ask("config.push", revision=number + 1, toml=text, apply="confirm" if isBack else "apply")
        must(reply and reply.get("result", {}).get("way") == "restart", f"push {number}: {reply}")
        if isBack:
            time.sleep(0.3)
            must("result" in client.ask("config.rollback"), f"rollback {number}")
            time.sleep(0.3)
        status = settled(client)
        digest = hashlib.sha256(text.encode()).hexdigest()
        must((status["config"]["last_good"] == digest) != isBack, f"push {number} ended as {status['config']}")
    time.sleep(1)
    feed.stop()
    time.sleep(1)
    status = client.ask("status")["result"]
    taken, lost = status["steps"], status["streams"]["arm"]["lost"]
    must(taken + lost == feed.sent, f"{feed.sent} frames sent, {taken} taken, {lost} counted as lost: {status['streams']}, {status['lost']}")
    print(
        f"restarts: {arguments.restarts} pushes that open the sockets anew, a quarter taken back, in {time.monotonic() - started:.0f} s: {feed.sent} frames, {taken} taken, "
        f"{lost} lost and counted: {lost / feed.rate / max(1, arguments.restarts * 1.25) * 1000:.0f} ms a time")
    device.kill()


def trials(arguments, root, context):
    """Configs that look well and do ill: each is taken back by the device itself, within its probation, with the reason, and is not tried again."""
    feed_at = f"ipc://{root}/in"
    feed, seen = Feed(context, feed_at, noisy=True), 0
    device = Daemon(arguments.programs, root, "device", feed_at)
    device.start()
    time.sleep(1)
    feed.start()
    time.sleep(4)
    told = []

    def refused(number, text, want, within, during=lambda: None):
        client = Client(context, device.control)
        good = client.ask("config.get")["result"]
        reply = client.ask("config.push", revision=number, toml=text)
        must(reply and reply.get("result", {}).get("status", "probation") == "probation", f"{want}: {reply}")
        began = time.monotonic()
        during()
        client = Client(context, device.control)
        status = settled(client)
        took = time.monotonic() - began
        config = status["config"]
        must(status["hash"] == good["hash"] and config["status"] == "rolled_back", f"{want}: {config}")
        must(want in config["refused"]["reason"] and config["refused"]["revision"] == number, f"{want}: {config['refused']}")
        must(took < within, f"{want}: taken back after {took:.1f} s")
        again = client.ask("config.push", revision=number, toml=text)
        must("not tried again" in again.get("error", {}).get("message", ""), f"{want}: pushed again: {again}")
        must(client.ask("config.get")["result"]["hash"] == good["hash"], f"{want}: in force after all")
        told.append(f"{want!r} after {took:.1f} s")

    tau, probation = 'target = "label:tau"', dict(probation="5 s")
    # A label of the same name that is none: the head would have to guess.
    refused(1, device.text(**probation).replace(tau, 'target = "label:noise"'), "is worse", 6)
    refused(2, device.text(**probation).replace(tau, 'target = "label:nobody"'), "gets no labels", 6)
    refused(3, device.text(**probation).replace(f'"{feed_at}"', f'"ipc://{root}/nobody"'), "no frame", 7)

    def crash():
        time.sleep(20)
        device.kill()
        device.start()

    refused(4, device.text('[[head]]\nname = "more"\nkind = "anomaly"\n', probation="30 s"), "ended while it was on probation", 30, crash)
    feed.stop()
    print("trials: taken back, and not tried again: " + "; ".join(told))
    device.kill()


def kills(arguments, root, context):
    """SIGKILL at random moments of a push: the next start is in the old revision or the new one, and says what became of it."""
    feed_at = f"ipc://{root}/in-kills"
    device, dice, ends = Daemon(arguments.programs, root, "killed", feed_at), random.Random(arguments.seed), {"old": 0, "new": 0}
    ready = device.start()
    for number in range(arguments.kills):
        client = Client(context, device.control)
        before = client.ask("config.get")["result"]
        text = device.text(probation="100 ms", more=f'[[head]]\nname = "n{number % 3}"\nkind = "anomaly"\n# {number}\n')
        revision = before["seen"] + 1
        client.socket.send(json.dumps({"jsonrpc": "2.0", "id": 9, "method": "config.push", "params": {"revision": revision, "toml": text}}).encode())
        time.sleep(dice.uniform(0, 0.3))
        device.kill()
        client.close()
        ready = device.start()
        client = Client(context, device.control)
        now, history = client.ask("config.get")["result"], client.ask("config.history")["result"]
        must(ready["revision"] in (before["revision"], revision), f"kill {number}: revision {ready['revision']}")
        isNew = ready["revision"] == revision
        must(now["toml"] == (text if isNew else before["toml"]), f"kill {number}: revision {ready['revision']} with another text")
        last = [r for r in history["records"] if r["revision"] == revision]
        if isNew:
            must(last and last[-1]["outcome"] == "applied", f"kill {number}: in force, and the history says {last}")
        else:
            must(not last or last[-1]["outcome"] == "rolled_back", f"kill {number}: not in force, and the history says {last}")
        ends["new" if isNew else "old"] += 1
        client.close()
        # Three starts that do not last would be a crash loop, and a fault of the config's.
        device.process.terminate()
        device.process.wait()
        device.start()
    device.kill()
    print(f"kills: {arguments.kills}: {ends['old']} ended in the old revision, {ends['new']} in the new one, each with its text and a true history")


def keys(arguments, folder, *names):
    for name in names:
        subprocess.run([os.path.join(arguments.programs, "stint"), "keys", "make", name, "--folder", folder], check=True, stdout=subprocess.DEVNULL)
    read = lambda path: open(os.path.join(folder, path)).read().split()[0]
    return {name: (read(name + ".public"), read(name + ".secret")) for name in names}


class Signer:
    """Signs as `stint push --sign` does, with libsodium."""

    def __init__(self, path):
        self.sodium = ctypes.CDLL("libsodium.so.23")
        seed = base64.b64decode(open(path).read().split()[0])
        self.secret, public = ctypes.create_string_buffer(64), ctypes.create_string_buffer(32)
        self.sodium.crypto_sign_seed_keypair(public, self.secret, seed)

    def push(self, revision, toml, device="", expires="", **more):
        message = f"stint-config-v1\n{device}\n{revision}\n{expires}\n{toml}".encode()
        signature = ctypes.create_string_buffer(64)
        self.sodium.crypto_sign_detached(signature, None, message, ctypes.c_ulonglong(len(message)), self.secret)
        push = {"revision": revision, "toml": toml, "signature": base64.b64encode(signature.raw).decode(), **more}
        if device:
            push["device"] = device
        if expires:
            push["expires"] = expires
        return push


def refusals(arguments, root, context):
    """Everything that must not get in, by name, over and over, under load: nothing of it is applied, memory stands still, every frame is predicted."""
    feed_at, folder, rounds = f"ipc://{root}/in", os.path.join(root, "keys"), 100
    os.makedirs(folder)
    pairs = keys(arguments, folder, "device", "friend", "stranger")
    shutil.copy(os.path.join(folder, "friend.public"), os.path.join(folder, "allow.keys"))
    for name in ("anna", "mallory"):
        subprocess.run([os.path.join(arguments.programs, "stint"), "keys", "make", name, "--signing", "--folder", folder], check=True, stdout=subprocess.DEVNULL)
    shutil.copy(os.path.join(folder, "anna.trusted"), os.path.join(folder, "trusted.keys"))
    with open(os.path.join(folder, "guard.toml"), "w") as file:
        file.write('settable = ["drift", "control", "label", "head", "memory.budget"]\n[range]\n"label.pending" = [64, 2048]\n')
    security = "[security]\n" + "".join(
        f'{key} = "{folder}/{file}"\n' for key, file in
        [("secret_key", "device.secret"), ("allow", "allow.keys"), ("trusted", "trusted.keys"), ("guard", "guard.toml")])
    device = Daemon(arguments.programs, root, "device", feed_at, control="tcp://0.0.0.0:*", security=security)
    feed = Feed(context, feed_at)
    device.start()
    endpoint = "tcp://127.0.0.1:" + device.control.rsplit(":", 1)[1]
    time.sleep(1)
    feed.start()
    friend = Client(context, endpoint, pairs["friend"], pairs["device"][0])
    anna, mallory = (Signer(os.path.join(folder, f"{name}.signing")) for name in ("anna", "mallory"))
    good = anna.push(10, device.text(probation="200 ms"))
    must("result" in friend.ask("config.push", **good), "a good push")
    settled(friend)
    older, good = good, anna.push(20, device.text(probation="300 ms"))
    must("result" in friend.ask("config.push", **good), "another good push")
    applied = settled(friend)["config"]
    begun, revision, answers = device.resident(), 20, {}

    def refuse(name, push, code, words=""):
        reply = friend.ask("config.push", **push)
        must(reply and reply.get("error", {}).get("code") == code and words in json.dumps(reply), f"{name}: {reply}")
        answers[name] = answers.get(name, 0) + 1

    text = device.text()
    for number in range(rounds):
        revision += 1
        plain = anna.push(revision, text)
        refuse("unsigned", {key: value for key, value in plain.items() if key != "signature"}, 2, "not signed")
        refuse("wrongly signed", mallory.push(revision, text), 2, "none of the keys")
        refuse("changed after signing", {**plain, "toml": text + "#"}, 2, "none of the keys")
        reply = friend.ask("config.push", **good)
        must(reply.get("result", {}).get("status") == "applied", f"replayed: {reply}")
        answers["replayed"] = answers.get("replayed", 0) + 1
        refuse("lower revision", older, 1, "not above")
        refuse("expired", anna.push(revision, text, expires="1793500000"), 2, "was good until")
        refuse("other device", anna.push(revision, text, device="leg"), 2, "is for leg")
        refuse("over budget", anna.push(revision, text.replace("16 MiB", "512 KiB")), 5)
        revision += 1
        refuse("forbidden key", anna.push(revision, text + "[compute]\nmax_age = \"1 s\"\n"), 1, "not to be set by a push")
        revision += 1
        refuse("out of range", anna.push(revision, text + "[label]\npending = 4096\n"), 1, "between 64 and 2048")
    # Those who get no answer at all.
    silent = [Client(context, endpoint, pairs["stranger"], pairs["device"][0]) for _ in range(10)] + [Client(context, endpoint) for _ in range(10)]
    for client in silent:
        client.send("config.push", **anna.push(revision + 1, text))
    time.sleep(3)
    must(not any(client.socket.poll(0) for client in silent), "a stranger was answered")
    answers["unknown CURVE key"] = answers["NULL mechanism"] = "10 without an answer"
    for client in silent:
        client.close()
    feed.stop()
    end = time.monotonic() + 20
    while time.monotonic() < end and frames(friend)[0] < feed.sent:
        time.sleep(0.05)
    got, status = frames(friend)
    config = status["config"]
    must(got == feed.sent and status["lost"] == 0, f"{feed.sent} frames sent, {got} taken, {status['lost']} lost")
    must(config["last_good_revision"] == 20 and config["pushes"]["applied"] == applied["pushes"]["applied"] == 2, f"something was applied: {config}")
    grown = device.resident() - begun
    must(grown < 4 << 20, f"the process grew by {grown / 2**20:.1f} MiB")
    print(f"refusals: {answers}: 0 applied; {got} frames, 0 lost, step p99 {status['step_us']['p99']:.0f} µs; the process grew by {grown / 2**20:.1f} MiB")
    device.kill()


def client(arguments, root, context):
    """The client in Python pushes to a device that it can go to, and to one that dials in."""
    if not importlib.util.find_spec("nacl"):
        print("client: skipped: needs PyNaCl")
        return
    folder = os.path.join(root, "keys")
    os.makedirs(folder)
    pairs = keys(arguments, folder, "device", "friend", "fleet")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dialled = f"tcp://0.0.0.0:{port}"
    with open(os.path.join(folder, "allow.keys"), "w") as file:
        file.write(f"{pairs['friend'][0]} friend\n{pairs['fleet'][0]} {dialled}\n")
    subprocess.run([os.path.join(arguments.programs, "stint"), "keys", "make", "anna", "--signing", "--folder", folder], check=True, stdout=subprocess.DEVNULL)
    security = f'[security]\nsecret_key = "{folder}/device.secret"\nallow = "{folder}/allow.keys"\ntrusted = "{folder}/anna.trusted"\n'
    device = Daemon(arguments.programs, root, "device", f"ipc://{root}/in", control="tcp://0.0.0.0:*", security=security, dials=[dialled])
    device.start()
    reached = "tcp://127.0.0.1:" + device.control.rsplit(":", 1)[1]
    pushed, script = os.path.join(folder, "p.toml"), os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/push.py")
    for number, (options, name) in enumerate([(["--control", reached], "friend"), (["--listen", dialled], "fleet")]):
        open(pushed, "w").write(device.text(probation=f"{200 + number} ms"))
        done = subprocess.run(
            [sys.executable, script, pushed, "--signing", f"{folder}/anna.signing", "--device", "device", "--secret", f"{folder}/{name}.secret", "--server",
             f"{folder}/device.public", *options], capture_output=True, text=True, timeout=120)
        must(done.returncode == 0 and done.stdout == f"revision {number + 1} is applied\n", f"{options}: {done.stdout} {done.stderr}")
    device.kill()
    print("client: examples/push.py pushed to a device that it went to, and to one that dialled in")


def crowd(arguments, root, context):
    """Ten thousand connections, half of them silent in the middle of their handshake: predictions go on, memory stays, friends get in."""
    feed_at, folder = f"ipc://{root}/in-crowd", os.path.join(root, "crowd-keys")
    os.makedirs(folder)
    pairs = keys(arguments, folder, "device", "friend", "stranger")
    shutil.copy(os.path.join(folder, "friend.public"), os.path.join(folder, "allow.keys"))
    security = f'[security]\nsecret_key = "{folder}/device.secret"\nallow = "{folder}/allow.keys"\n'
    device = Daemon(arguments.programs, root, "crowd", feed_at, control="tcp://0.0.0.0:*", security=security)
    feed = Feed(context, feed_at, rate=200)
    device.start()
    port = int(device.control.rsplit(":", 1)[1])
    time.sleep(1)
    feed.start()
    time.sleep(3)
    before, most, held, made, refused = device.resident(), 0, [], 0, 0
    for number in range(arguments.connections):
        one = socket.socket()
        one.settimeout(0.2)
        try:
            one.connect(("127.0.0.1", port))
            made += 1
            if number % 2:
                # The greeting of ZMTP 3.1 with CURVE, and then nothing.
                one.send(b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(15) + bytes(32))
        except OSError:
            refused += 1
        held.append(one)
        if len(held) > 400:
            held.pop(0).close()
        if number % 500 == 0:
            most = max(most, device.resident())
    most = max(most, device.resident())

    def asks(pair):
        client = context.socket(zmq.DEALER)
        client.linger = 0
        if pair:
            client.curve_publickey, client.curve_secretkey = (key.encode() for key in pair)
            client.curve_serverkey = pairs["device"][0].encode()
        client.connect(f"tcp://127.0.0.1:{port}")
        client.send(b'{"jsonrpc":"2.0","id":1,"method":"status"}')
        reply = json.loads(client.recv()) if client.poll(20_000 if pair == pairs["friend"] else 2_000) else None
        client.close()
        return reply

    for one in held:
        one.close()
    status = asks(pairs["friend"])
    must(status, "the friend was not answered")
    must(asks(pairs["stranger"]) is None and asks(None) is None, "a stranger was answered")
    feed.stop()
    time.sleep(1)
    status = asks(pairs["friend"])["result"]
    must(status["streams"]["arm"]["frames"] == feed.sent and status["lost"] == 0, f"{feed.sent} frames sent, {status['streams']['arm']['frames']} taken")
    must(most - before < 24 << 20, f"the process grew by {(most - before) >> 20} MiB")
    print(
        f"crowd: {made} connections, {refused} of them timed out, half silent in their handshake: {(most - before) / 2**20:.1f} MiB more at most, "
        f"{feed.sent} frames, 0 lost, step p99 {status['step_us']['p99']:.0f} µs; unknown key and NULL: no answer; {status['doors']}")
    device.kill()


class Line(threading.Thread):
    """A bad network between two namespaces: a TUN device in each, and this thread between them, which loses packets, delays them, or cuts the
    line. In user space, since few kernels of test machines have netem."""

    SPACES = ("10.213.0.1", "10.213.0.2")

    def __init__(self, loss=0.2, delay=0.05, jitter=0.02, seed=1):
        super().__init__(daemon=True)
        self.loss, self.delay, self.jitter, self.dice = loss, delay, jitter, random.Random(seed)
        self.isCut, self.ends, self.carried, self.lost = False, threading.Event(), 0, 0
        self.spaces = [f"stint{os.getpid()}{side}" for side in "ab"]
        self.files = []
        for space, address in zip(self.spaces, self.SPACES):
            subprocess.run(["ip", "netns", "add", space], check=True)
            self.files.append(self.device(space))
            for words in (["addr", "add", address + "/24", "dev", "line"], ["link", "set", "line", "up"], ["link", "set", "lo", "up"]):
                subprocess.run(["ip", "-n", space, *words], check=True)

    @staticmethod
    def device(space):
        """A TUN device stays in the namespace that it was made in, wherever its file is read."""
        libc, made = ctypes.CDLL(None, use_errno=True), []

        def make():
            with open(f"/var/run/netns/{space}") as there:
                if libc.setns(there.fileno(), 0x40000000) != 0:
                    return
            file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(file, 0x400454CA, struct.pack("16sH22x", b"line", 0x0001 | 0x1000))
            made.append(file)

        # The namespace is the thread's.
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        must(made, f"no TUN device in {space}")
        return made[0]

    def run(self):
        waiting, count = [], 0
        while not self.ends.is_set():
            left = waiting[0][0] - time.monotonic() if waiting else 0.1
            ready, _, _ = select.select(self.files, [], [], max(0, min(left, 0.1)))
            for file in ready:
                try:
                    packet = os.read(file, 2048)
                except OSError:
                    continue
                if self.isCut or self.dice.random() < self.loss:
                    self.lost += 1
                    continue
                count += 1
                due = time.monotonic() + max(0, self.delay + self.dice.uniform(-self.jitter, self.jitter))
                heapq.heappush(waiting, (due, count, self.files[1 - self.files.index(file)], packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, file, packet = heapq.heappop(waiting)
                try:
                    os.write(file, packet)
                    self.carried += 1
                except OSError:
                    self.lost += 1

    def inside(self, side):
        return ("ip", "netns", "exec", self.spaces[side])

    def stop(self):
        self.ends.set()
        if self.is_alive():
            self.join()
        for file in self.files:
            os.close(file)
        for space in self.spaces:
            subprocess.run(["ip", "netns", "del", space], stderr=subprocess.DEVNULL)


def feeder(endpoint, rate, folder):
    """The sender of the bad network, a process of its own so that it can be killed: frames whose numbers go by the clock, and few of which wait for
    a line that is cut, so that numbers are missing where frames are lost."""
    context = zmq.Context()
    out = context.socket(zmq.PUB)
    out.sndhwm, out.linger = 50, 0
    out.setsockopt(zmq.SNDBUF, 4096)
    out.curve_server = True
    out.curve_secretkey = open(os.path.join(folder, "feeder.secret")).read().split()[0].encode()
    out.bind(endpoint)
    print("ready", flush=True)
    while True:
        i = int(time.monotonic() * rate)
        out.send_multipart([b"arm", json.dumps({"t": i / rate, "seq": i, "q1": math.sin(i / 40), "q2": math.cos(i / 77)}).encode()])
        time.sleep(max(0, (i + 1) / rate - time.monotonic()))


def network(arguments, root, context):
    """Frames and pushes between two namespaces, over a line that loses a fifth of all packets, delays the rest, is cut, and whose ends restart: what
    was cut off comes back by itself, each frame is taken once or counted as lost, and each push is applied once."""
    if os.geteuid() != 0 or not shutil.which("ip") or not os.path.exists("/dev/net/tun"):
        print("network: skipped: needs root, ip and /dev/net/tun")
        return
    folder = os.path.join(root, "keys")
    os.makedirs(folder)
    pairs = keys(arguments, folder, "net", "friend", "fleet", "feeder")
    here, there = Line.SPACES
    dialled, feed_at = f"tcp://{here}:5600", f"tcp://{here}:5555"
    with open(os.path.join(folder, "allow.keys"), "w") as list_:
        list_.write(f"{pairs['friend'][0]} friend\n{pairs['fleet'][0]} {dialled}\n{pairs['feeder'][0]} {feed_at}\n")
    sign = [os.path.join(arguments.programs, "stint"), "keys", "make", "anna", "--signing", "--folder", folder]
    subprocess.run(sign, check=True, capture_output=True)
    shutil.copy(os.path.join(folder, "anna.trusted"), os.path.join(folder, "trusted.keys"))
    security = f'[security]\nsecret_key = "{folder}/net.secret"\nallow = "{folder}/allow.keys"\ntrusted = "{folder}/trusted.keys"\n'
    line = Line(seed=arguments.seed)
    line.start()
    device = Daemon(arguments.programs, root, "net", feed_at, control=f"tcp://{there}:5557", security=security, dials=[dialled])
    feed = None

    def feeding():
        words = [*line.inside(0), sys.executable, os.path.abspath(__file__), "--feeder", feed_at, "100", folder]
        process = subprocess.Popen(words, stdout=subprocess.PIPE)
        must(process.stdout.readline(), "the feeder does not start")
        return process

    try:
        feed = feeding()
        device.start(wrap=line.inside(1))
        heard, numbers = context.socket(zmq.SUB), []
        heard.rcvhwm = 0
        heard.connect(f"ipc://{device.folder}/out")
        heard.subscribe(b"prediction/torque")

        def listen():
            while heard.poll(0):
                numbers.append(json.loads(heard.recv_multipart()[1])["seq"])

        def flows(what, patience=120):
            """Until frames that are sent from now on are predicted."""
            began, now = time.monotonic(), int(time.monotonic() * 100)
            while not numbers or numbers[-1] < now:
                must(time.monotonic() - began < patience, f"no frame came {what}")
                time.sleep(0.05)
                listen()
            return time.monotonic() - began

        tool = [*line.inside(0), os.path.join(arguments.programs, "stint")]
        own = lambda name: ["--key", f"{folder}/{name}.secret", "--server-key", f"{folder}/net.public"]
        straight = ["--control", f"tcp://{there}:5557", *own("friend")]
        waiting = ["--listen", f"tcp://{here}:5600", "--peer", "net", *own("fleet")]
        pushed, times, pushes = os.path.join(folder, "p.toml"), [], 0

        def push(options):
            nonlocal pushes
            open(pushed, "w").write(device.text(probation=f"{1000 + pushes} ms"))
            began = time.monotonic()
            # Whoever gets no answer says it again.
            for _ in range(20):
                done = subprocess.run([*tool, "push", pushed, "--sign", f"{folder}/anna.signing", *options], capture_output=True, text=True)
                if done.returncode != 3:
                    break
            must(done.returncode == 0, f"push {pushes} over a bad line: {done.returncode} {done.stderr}")
            pushes += 1
            times.append(time.monotonic() - began)

        flows("at first")
        for _ in range(3):
            push(straight)
        for _ in range(3):
            push(waiting)
        # A partition in the middle of a push, both ways.
        for options in (straight, waiting):
            line.isCut = True
            threading.Timer(8, lambda: setattr(line, "isCut", False)).start()
            push(options)
        back = {"a partition": flows("after a partition")}
        # The sender restarts, while nobody can hear that it went.
        line.isCut = True
        feed.kill()
        feed.wait()
        time.sleep(2)
        feed = feeding()
        line.isCut = False
        back["a sender that restarted meanwhile"] = flows("after the sender had restarted")
        # Nobody has counted what is lost from one process to the next, so it is counted until here.
        feed.kill()
        feed.wait()
        time.sleep(3)
        listen()
        for _ in range(20):
            told = subprocess.run([*tool, "status", "--json", *straight], capture_output=True, text=True)
            if told.returncode == 0:
                break
        status = json.loads(told.stdout)
        taken, lost = status["streams"]["arm"]["frames"], status["lost"]
        must(taken == len(numbers) == len(set(numbers)), f"{taken} frames taken, {len(numbers)} predicted, {len(set(numbers))} of them once")
        gone = numbers[-1] - numbers[0] + 1 - len(numbers)
        must(lost == gone, f"{gone} frames did not come, and {lost} are counted as lost")
        feed = feeding()
        device.kill()
        threading.Timer(2, lambda: device.start(wrap=line.inside(1))).start()
        push(waiting)
        back["a restart"] = flows("after the device had restarted")
        for _ in range(20):
            told = subprocess.run([*tool, "history", "--json", *straight], capture_output=True, text=True)
            if told.returncode == 0:
                break
        records = json.loads(told.stdout)["records"]
        applied = [record["hash"] for record in records if record["outcome"] == "applied"]
        must(len(applied) == len(set(applied)) == pushes, f"{pushes} pushes, and the history says {[(r['revision'], r['outcome']) for r in records]}")
        print(
            f"network: {line.loss:.0%} of the packets lost, {line.delay * 1000:.0f} ms ({line.carried} carried, {line.lost} lost), two partitions of 8 s, sender and device "
            f"restarted: {pushes} pushes applied once each, {sorted(times)[len(times) // 2]:.1f} s in the middle, {max(times):.1f} s at most; {taken} frames taken once, "
            f"{lost} lost and all of them counted; frames again after " + ", ".join(f"{what} in {seconds:.1f} s" for what, seconds in back.items()))
    finally:
        if feed:
            feed.kill()
        if device.process:
            device.process.kill()
            device.process.wait()
        line.stop()


def main():
    if sys.argv[1:2] == ["--feeder"]:
        return feeder(sys.argv[2], float(sys.argv[3]), sys.argv[4])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs")
    parser.add_argument("--pushes", type=int, default=10_000)
    parser.add_argument("--restarts", type=int, default=100)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="pushes,restarts,trials,kills,refusals,crowd,client,network")
    arguments = parser.parse_args()
    parts, isFine = {
        "pushes": pushes, "restarts": restarts, "trials": trials, "kills": kills, "refusals": refusals, "crowd": crowd, "client": client,
        "network": network}, True
    for name in arguments.only.split(","):
        root = tempfile.mkdtemp(prefix="stint-remote-")
        context = zmq.Context()
        try:
            parts[name](arguments, root, context)
        except Failed as why:
            isFine = False
            print(f"{name}: FAILED: {why}")
        finally:
            context.destroy(linger=0)
            shutil.rmtree(root, ignore_errors=True)
        sys.stdout.flush()
    sys.exit(0 if isFine else 1)


if __name__ == "__main__":
    main()
