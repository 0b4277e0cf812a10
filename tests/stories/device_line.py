# SPDX-License-Identifier: GPL-2.0-or-later
"""A program at the port that is not the host tool.

    device_line.py PORT noise COUNT   send COUNT bytes of noise, then a hello;
                                      print what was answered before the welcome
    device_line.py PORT silent        open a session, print "session", and keep
                                      quiet until stdin ends
    device_line.py PORT listen        take what comes until stdin ends, then send a
                                      hello; print how many bytes came before the
                                      welcome

It takes no lock on the port, as a cable to another computer takes none.
"""
import os
import random
import select
import struct
import sys
import tty
import zlib

HELLO, WELCOME = 0x11, 0x12
FRAME_MAX = 8224


def cobs(data):
    out = b""
    for part in (data + b"\0").split(b"\0")[:-1]:
        while len(part) >= 254:
            out += b"\xff" + part[:254]
            part = part[254:]
        out += bytes([len(part) + 1]) + part
    return out


def uncobs(line):
    out = b""
    while line:
        code = line[0]
        out += line[1:code]
        line = line[code:]
        if line and code != 255:
            out += b"\0"
    return out


def hello():
    body = struct.pack("<BBHIQ", HELLO, 0, 0, 0, 0) + struct.pack("<BBH", 1, 1, FRAME_MAX)
    return b"\0" + cobs(body + struct.pack("<I", zlib.crc32(body))) + b"\0"


def write_all(fd, data):
    """Write, and collect what comes meanwhile."""
    came = b""
    while data:
        ready, room, _ = select.select([fd], [fd], [])
        if ready:
            came += os.read(fd, 65536)
        if room:
            data = data[os.write(fd, data[:512]):]
    return came


def until_stdin_ends(fd):
    """What comes meanwhile."""
    came = b""
    while True:
        ready = select.select([fd, sys.stdin], [], [])[0]
        if fd in ready:
            came += os.read(fd, 65536)
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 1):
            return came


def until_welcome(fd, came):
    """What was answered up to the welcome; the deadline is only for a dead device."""
    before = b""
    while True:
        while b"\0" in came:
            line, came = came.split(b"\0", 1)
            if not line:
                continue
            if uncobs(line)[:1] == bytes([WELCOME]):
                return before
            before += line
        if not select.select([fd], [], [], 60)[0]:
            sys.exit("no welcome")
        came += os.read(fd, 65536)


def main():
    fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    if sys.argv[2] == "noise":
        noise = random.Random(29).randbytes(int(sys.argv[3]))
        print(until_welcome(fd, write_all(fd, noise + hello())).hex())
        return
    if sys.argv[2] == "listen":
        print("listening", flush=True)
        came = until_stdin_ends(fd)
        print(len(came) + len(until_welcome(fd, write_all(fd, hello()))))
        return
    until_welcome(fd, write_all(fd, hello()))
    print("session", flush=True)
    sys.stdin.read()


main()
