# SPDX-License-Identifier: GPL-2.0-or-later
"""For the stories without a device: the line's other end, a user, files.

The other end is a thread that answers as it is told to; it stands in for a
device, not for the kernel.
"""
import json
import os
import re
import select
import struct
import subprocess
import tempfile
import threading
import time
import tty
import zlib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SVCGATE_BUILD", os.path.join(TOP, "build"))
TOOL = os.path.join(BUILD, "svcgate")
HEADER = open(os.path.join(TOP, "uapi/linux/svcgate.h"), encoding="utf-8").read()

REASON = {name: int(value, 16) for name, value in
          re.findall(r"SVCGATE_REASON_(\w+) = (0x[0-9a-f]+)", HEADER)}
OP = {name: int(value, 16) for name, value in
      re.findall(r"SVCGATE_OP_(\w+) = (0x[0-9a-f]+)", HEADER)}
APP, RF, FIELD = 1 << 11, 1 << 12, 1 << 13
ID = bytes(range(0xa0, 0xb0))
HELLO, WELCOME, DATA, ACK, CLOSE = 1, 2, 3, 4, 5
FROM_KERNEL, LAST = 1, 2
AT_WORK = "at work"


def enframe(body):
    body += struct.pack("<I", zlib.crc32(body))
    out = b""
    while True:
        run = body[:254]
        zero = run.find(0)
        if zero >= 0:
            out += bytes([zero + 1]) + run[:zero]
            body = body[zero + 1:]
            continue
        if len(run) < 254:
            return b"\0" + out + bytes([len(run) + 1]) + run + b"\0"
        out += b"\xff" + run
        body = body[254:]
        if not body:
            return b"\0" + out + b"\0"


def deframe(line):
    out = b""
    while line:
        code = line[0]
        out += line[1:code]
        line = line[code:]
        if line and code != 255:
            out += b"\0"
    if len(out) < 20 or struct.pack("<I", zlib.crc32(out[:-4])) != out[-4:]:
        return None
    return out[:-4]


class Device:
    """Answers each op with (reason, detail, payload), or a list of them in turn.

    An answer can be a function of device and payload that makes one; None is an
    answer that is lost together with the session, AT_WORK one that never comes.
    """

    def __init__(self, answers=None, device_id=ID):
        self.answers = {OP["IDENTIFY"]: (0, 0, device_id)}
        for name, answer in (answers or {}).items():
            self.answers[OP[name]] = answer
        self.requests = []
        self.flags = []
        self.mute = False
        self.sessions = 0
        self.configured = True
        self.on_restart = None
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self.slave = slave
        self.stop, self.stop_write = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        os.close(self.stop_write)
        self.thread.join()
        for fd in (self.stop, self.master, self.slave):
            os.close(fd)

    def send(self, kind, flags, transaction, offset, session, data=b""):
        os.write(self.master, enframe(struct.pack("<BBHIQ", 0x10 | kind, flags,
                                                  transaction, offset, session) + data))

    def run(self):
        pending = b""
        while True:
            ready, _, _ = select.select([self.master, self.stop], [], [])
            if self.stop in ready:
                return
            data = os.read(self.master, 65536)
            if not data:
                select.select([self.stop], [], [])
                return
            pending += data
            *lines, pending = pending.split(b"\0")
            for line in lines:
                frame = deframe(line)
                if frame and not self.mute:
                    self.take(frame)

    def take(self, frame):
        kind, _, transaction, offset, session = struct.unpack("<BBHIQ", frame[:16])
        data = frame[16:]
        if kind & 15 == HELLO:
            self.sessions += 1
            self.message = b""
            self.send(WELCOME, FROM_KERNEL, 0, 0, session, struct.pack(
                "<BBHIHHIQ32s", 1, 2 | self.configured, 4, 32768, 8224, 3000, 16384,
                self.sessions, b""))
        elif session != self.sessions:
            self.send(CLOSE, FROM_KERNEL, 0, 0, session,
                      struct.pack("<HHI", REASON["NO_SESSION"], 0, 0))
        elif kind & 15 == CLOSE:
            self.send(CLOSE, FROM_KERNEL, 0, 0, session,
                      struct.pack("<HHI", REASON["END_HOST"], 0, 0))
        elif kind & 15 == ACK:
            self.send(ACK, FROM_KERNEL, transaction, 0, session)
        else:
            self.take_data(transaction, offset, session, data)

    def take_data(self, transaction, offset, session, data):
        self.message = self.message[:offset] + data
        op, flags, payload, delegation, credential, proof = struct.unpack(
            "<HHIHHH", self.message[:14])
        if len(self.message) < 32 + payload + delegation + credential + proof:
            self.send(ACK, FROM_KERNEL, transaction, len(self.message), session)
            return
        self.requests.append((op, self.message[32:32 + credential],
                              self.message[32 + credential:]))
        self.flags.append(flags)
        answer = self.answers.get(op, (REASON["FORBIDDEN"], 13, b""))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(self, self.message[32 + credential:])
        if answer is None:
            self.sessions += 1
            return
        if answer == AT_WORK:
            self.send(ACK, FROM_KERNEL, transaction, len(self.message), session)
            return
        reason, detail, payload = answer
        self.send(DATA, FROM_KERNEL | LAST, transaction, 0, session,
                  struct.pack("<HHI", reason, detail, len(payload)) + payload)
        if op == OP["RESTART"] and self.on_restart:
            self.on_restart(self)


class Result:
    def __init__(self, done, seconds):
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8")
        self.err = done.stderr.decode("utf-8")
        self.seconds = seconds

    def json(self):
        return json.loads(self.out)


class Home:
    """A user of one's own: state and configuration in an empty directory."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="svcgate-host-")
        self.path = self.directory.name
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": self.path, "LC_ALL": "C.UTF-8",
            "XDG_STATE_HOME": self.path + "/state",
            "XDG_CONFIG_HOME": self.path + "/config",
            "XDG_RUNTIME_DIR": self.path,
        }

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.directory.cleanup()

    def file(self, name, data):
        path = os.path.join(self.path, name)
        with open(path, "wb") as out:
            out.write(data)
        return path

    def run_at_terminal(self, typed, *words):
        """With somebody at a terminal who has typed something; stderr is there, too."""
        master, slave = os.openpty()
        os.write(master, typed.encode())
        begin = time.monotonic()
        with subprocess.Popen([TOOL, *words], stdin=slave, stdout=subprocess.PIPE,
                              stderr=slave, env=self.environment) as process:
            out, _ = process.communicate(timeout=60)
        os.close(slave)
        seen = b""
        while select.select([master], [], [], 0)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:
                break
        os.close(master)
        return Result(subprocess.CompletedProcess(words, process.returncode, out, seen),
                      time.monotonic() - begin)

    def run(self, *words, **environment):
        begin = time.monotonic()
        done = subprocess.run([TOOL, *words], capture_output=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False,
                              env={**self.environment, **environment})
        return Result(done, time.monotonic() - begin)


def field(number, value):
    return struct.pack("<HH", number, len(value)) + value


def envelope(kind, content):
    return (b"SVCG" + struct.pack("<BBH", 1, kind, 0) + b"\x11" * 32 +
            struct.pack("<I", len(content)) + content + struct.pack("<I", 4) + b"sign")


def keystore(version=7, key=b"0\0", more=b""):
    return envelope(2, field(0x8001, struct.pack("<I", version)) + field(0x8002, b"\5" * 16) +
                    field(0x8003, struct.pack("<I", 2)) +
                    field(0x8004, struct.pack("<BQ", 1, FIELD) + key) + more)


def capability(mask=FIELD, device=ID, more=b"", serial=b"\x22" * 16):
    return envelope(1, field(0x8001, serial) + field(0x8002, device) +
                    field(0x8003, struct.pack("<Q", mask)) +
                    field(0x8004, struct.pack("<I", 3)) +
                    field(0x8005, struct.pack("<I", 2)) + more)
