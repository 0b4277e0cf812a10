# SPDX-License-Identifier: GPL-2.0-or-later
"""From the start of the process to the answer of the first permitted operation.

svcgate device show-os-version with a file that the device has never seen, at 115200,
beside ssh with a user certificate that prints /etc/os-release: on the same line, bare,
with sshd native on this machine, and over PPP, where both run in one emulated machine.
The device is emulated, its verification of the file too: that part is measured apart.
Bytes on the wire are what both ends put on the line, counted by it.
"""
import functools
import statistics
import time

import line
import lines
import ppp
import ssh
import verify
from common import Device, figure

RUNS = 4  # the device verifies so many new files in one go
AIMS_MS = {"rsa-2048": 110, "p-256": 80}
AIM_BYTES = 800
PATIENCE_S = 60
KEYS = [key for key in verify.KEYS if key[0] in AIMS_MS]


@functools.cache
def bare():
    """Milliseconds and bytes of ssh on the bare line, or why not."""
    why = lines.missing("ssh", "sshd", "socat")
    if why:
        return why
    times, counts = [], []
    with ssh.Keys() as keys:
        for _ in range(RUNS):
            with line.Line() as wire:
                took = ssh.command(wire, keys, PATIENCE_S)
                if took is None:
                    return "cannot run: ssh did not get an answer"
                times.append(took * 1000)
                counts.append(wire.sent())
    return statistics.median(times), statistics.median(counts)


def others(which):
    """What stands beside ours: 0 for the times, 1 for the bytes."""
    found = {"ssh, bare": bare(), "ssh over PPP, emulated": ppp.first()}
    return {name: value if isinstance(value, str) else value[which]
            for name, value in found.items()}


def ours(device, wire, key):
    """Milliseconds of each new file, and bytes on the line; None without the algorithm."""
    times, counts = [], []
    for n in range(RUNS):
        path = device.issuer.issue(device.file(f"first-{key}-{n}.cap"), key)
        device.select(path)
        before, begin = wire.sent(), time.monotonic()
        device.tool("device", "show-os-version")
        times.append((time.monotonic() - begin) * 1000)
        counts.append(wire.sent() - before)
    return statistics.median(times), statistics.median(counts)


def figures(kernel):
    line.build()
    found = []
    with Device(kernel, KEYS) as device, line.Line(end_b=device.port) as wire:
        device.use(wire.host)
        device.inside(verify.BEGIN % " ".join(verify.FUNCTIONS))
        for key, *_ in KEYS:
            verified = verify.measure(device, key)
            names = [f"first permitted operation, {key}, {kernel}",
                     f"bytes on the wire for it, {key}, {kernel}"]
            if verified is None:
                found += [figure(name, unit, None, note="this kernel has no such algorithm")
                          for name, unit in zip(names, ("ms", "bytes"))]
                continue
            device.inside("echo nop >/sys/kernel/tracing/current_tracer")
            times, counts = ours(device, wire, key)
            device.inside(verify.BEGIN % " ".join(verify.FUNCTIONS))
            found += [figure(names[0], "ms", times,
                             {**others(0), "of ours, emulated verification":
                              verified[0] / 1000}, AIMS_MS[key]),
                      figure(names[1], "bytes", counts, others(1), AIM_BYTES)]
    return found
