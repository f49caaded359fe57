#!/usr/bin/env python3
"""What takes too long for `make test`: pushes by the thousand under load, kills at every moment, crowds of strangers, bad networks.

    test-remote.py FOLDER_OF_PROGRAMS [--pushes 10000] [--kills 200] [--connections 10000] [--only pushes,kills,crowd,network]

Prints one line of figures for each part; exit 1 when one of them does not hold. Needs pyzmq; `network` needs root, ip and tc.
"""
import argparse
import hashlib
import json
import math
import os
import random
import shutil
import signal
import socket
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
probation = "{probation}"
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

    def __init__(self, programs, root, name, feed, control=None, security=""):
        self.programs, self.folder = programs, os.path.join(root, name)
        os.makedirs(self.folder)
        self.feed, self.name, self.security = feed, name, security
        self.bind = control or f"ipc://{self.folder}/ctl"
        self.config = os.path.join(self.folder, "c.toml")
        with open(self.config, "w") as file:
            file.write(self.text() + security)
        self.process = None

    def text(self, more="", probation="100 ms"):
        return TOML.format(id=self.name, input=self.feed, folder=self.folder, control=self.bind, more=more, probation=probation)

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
    def __init__(self, context, endpoint):
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.number = 0

    def ask(self, method, seconds=20, **params):
        """The reply; None when there is none in time."""
        self.number += 1
        self.socket.send(json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}).encode())
        end = time.monotonic() + seconds
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

    def __init__(self, context, endpoint, rate=400, most=None):
        super().__init__(daemon=True)
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
        status = client.ask("status")["result"]
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
        kind = dice.choices(["hot", "heads", "back", "syntax", "value", "budget", "own", "old"], [2, 2, 1, 25, 25, 15, 15, 15])[0]
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
    print(
        f"pushes: {arguments.pushes} in {time.monotonic() - started:.0f} s: {counts}; {feed.sent} frames, 0 lost, {count} lines of the untouched head "
        f"equal to the twin's; longest step {status['step_us']['max'] / 1000:.1f} ms")
    for daemon in (device, twin):
        daemon.kill()


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


def network(arguments, root, context):
    """A push from another network namespace over a line that loses 20 % and delays, that is cut for a while, and a device that restarts."""
    if os.geteuid() != 0 or not shutil.which("tc") or not shutil.which("ip"):
        print("network: skipped: needs root, ip and tc")
        return
    space, run = f"stint{os.getpid()}", lambda *words: subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder, feed_at = os.path.join(root, "net-keys"), f"ipc://{root}/in-net"
    os.makedirs(folder)
    keys(arguments, folder, "device", "friend")
    shutil.copy(os.path.join(folder, "friend.public"), os.path.join(folder, "allow.keys"))
    run("ip", "netns", "add", space)
    try:
        run("ip", "link", "add", f"{space}a", "type", "veth", "peer", "name", f"{space}b", "netns", space)
        run("ip", "addr", "add", "10.213.0.1/24", "dev", f"{space}a")
        run("ip", "link", "set", f"{space}a", "up")
        run("ip", "-n", space, "addr", "add", "10.213.0.2/24", "dev", f"{space}b")
        run("ip", "-n", space, "link", "set", f"{space}b", "up")
        run("ip", "-n", space, "link", "set", "lo", "up")
        sign = [os.path.join(arguments.programs, "stint"), "keys", "make", "anna", "--signing", "--folder", folder]
        trusted = subprocess.run(sign, check=True, capture_output=True, text=True).stdout
        open(os.path.join(folder, "trusted.keys"), "w").write(trusted)
        os.chmod(os.path.join(folder, "trusted.keys"), 0o644)
        security = (f'[security]\nsecret_key = "{folder}/device.secret"\nallow = "{folder}/allow.keys"\ntrusted = "{folder}/trusted.keys"\n')
        device = Daemon(arguments.programs, root, "net", feed_at, control="tcp://10.213.0.2:5557", security=security)
        device.start(wrap=("ip", "netns", "exec", space))
        try:
            line = "20 % loss and 50 ms"
            try:
                run("tc", "qdisc", "add", "dev", f"{space}a", "root", "netem", "loss", "20%", "delay", "50ms", "20ms")
            except subprocess.CalledProcessError:
                line = "a good line, since this kernel has no netem"
            tool = [os.path.join(arguments.programs, "stint")]
            options = ["--control", "tcp://10.213.0.2:5557", "--key", f"{folder}/friend.secret", "--server-key", f"{folder}/device.public"]
            pushed, times = os.path.join(folder, "p.toml"), []

            def push(number):
                open(pushed, "w").write(device.text(probation=f"{100 + number} ms"))
                began = time.monotonic()
                # Whoever gets no answer says it again.
                for _ in range(10):
                    done = subprocess.run([*tool, "push", pushed, "--sign", f"{folder}/anna.signing", *options], capture_output=True, text=True)
                    if done.returncode != 3:
                        break
                must(done.returncode == 0, f"push {number} over a bad line: {done.returncode} {done.stderr}")
                times.append(time.monotonic() - began)

            for number in range(5):
                push(number)
            run("ip", "link", "set", f"{space}a", "down")
            threading.Timer(4, lambda: run("ip", "link", "set", f"{space}a", "up")).start()
            push(5)
            device.kill()
            threading.Timer(2, lambda: device.start(wrap=("ip", "netns", "exec", space))).start()
            push(6)
            for _ in range(10):
                told = subprocess.run([*tool, "history", "--json", *options], capture_output=True, text=True)
                if told.returncode == 0:
                    break
            records = json.loads(told.stdout)["records"]
            applied = [record["hash"] for record in records if record["outcome"] == "applied"]
            must(len(applied) == len(set(applied)) == 7, f"7 pushes, and the history says {[(r['revision'], r['outcome']) for r in records]}")
            print(
                f"network: 7 pushes over {line}, a cut of 4 s and a restart: each applied once; {max(times):.1f} s at most, "
                f"{sorted(times)[len(times) // 2]:.1f} s in the middle")
        finally:
            device.process.kill()
            subprocess.run(["ip", "netns", "exec", space, "true"])
    finally:
        subprocess.run(["ip", "netns", "del", space], stderr=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs")
    parser.add_argument("--pushes", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="pushes,kills,crowd,network")
    arguments = parser.parse_args()
    parts, isFine = {"pushes": pushes, "kills": kills, "crowd": crowd, "network": network}, True
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
