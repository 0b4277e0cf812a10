# SPDX-License-Identifier: GPL-2.0-or-later
"""Goodput of an upload of random bytes, as a share of what the line carries.

1 MiB (SIZE) with 1 ms of latency, from the start of the process to its end, log-in and all.
Ours once into the emulated device (a 16550 at 115200, a virtconsole above), once with the
library's streams alone at both ends of the line, where no emulation is in the way. Beside
them ZMODEM (the best of six settings, see zmodem.py), scp over pppd (ppp.py) and scp on the
bare line (ssh.py), which has nothing that repairs an error. The best of these comes first.
"""
import functools
import hashlib
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import line
import lines
import ppp
import ssh
import zmodem
from common import BUILD, TOP, Device, figure, run

PATIENCE_S = 300
AIMS = {(115200, 0): 0.99, (921600, 0): 0.985, (3000000, 0): 0.98,
        (115200, 1e-5): 0.90, (115200, 1e-4): 0.70}
CASES = list(AIMS)
AT_ONCE = 6
OP_SINK = "0x8001"


def on_line(case, upload):
    """The share that an upload reaches on a line of its own, or why it did not."""
    with line.Line(*case) as wire:
        took = upload(wire)
        return lines.share(wire, took) if took else f"not finished in {PATIENCE_S} s"


def streams(wire, path):
    done = subprocess.run([os.path.join(BUILD, "tests/bench/stream_ends"), wire.host,
                           wire.device, str(wire.baud), path], capture_output=True,
                          text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def jobs(case, path, keys):
    """What runs on this machine itself: name and work."""
    yield "streams", lambda wire: streams(wire, path)
    if not lines.missing("sz", "rz"):
        for settings in zmodem.SETTINGS:
            yield ("ZMODEM", " ".join(settings)), functools.partial(
                zmodem.upload, path=path, settings=settings, patience=PATIENCE_S)
    if case[1] == 0 and not lines.missing("scp", "sshd", "socat"):
        yield "scp, bare", lambda wire: ssh.upload(wire, keys, path, PATIENCE_S)


@functools.cache
def native():
    """Share or reason by case and name. Slow lines at once, fast ones one by one."""
    found = {case: {} for case in CASES}
    with tempfile.TemporaryDirectory() as directory, ssh.Keys() as keys:
        path = lines.make_file(directory)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = [(case, name, pool.submit(on_line, case, work)) for case in CASES
                       if case[0] == lines.BAUDS[0] for name, work in jobs(case, path, keys)]
            for case, name, future in waiting:
                found[case][name] = future.result()
        for case in CASES:
            if case[0] != lines.BAUDS[0]:
                found[case].update((name, on_line(case, work))
                                   for name, work in jobs(case, path, keys))
    return found


def best_zmodem(shares):
    """Name with the settings, and share; or why there is none."""
    tried = {name[1]: share for name, share in shares.items() if name[0] == "ZMODEM"}
    if not tried:
        return "ZMODEM", lines.missing("sz", "rz")
    numbers = {name: share for name, share in tried.items() if not isinstance(share, str)}
    if not numbers:
        return "ZMODEM", next(iter(tried.values())) + ", whatever the settings"
    name = max(numbers, key=numbers.get)
    return f"ZMODEM {name}".rstrip(), numbers[name]


def others(case):
    shares = native()[case]
    bare = shares.get("scp, bare", lines.missing("scp", "sshd", "socat") or
                      "cannot run: nothing repairs the line")
    beside = dict([best_zmodem(shares), ("scp over pppd, emulated", ppp.uploads()[case]),
                   ("scp, bare", bare)])
    return dict(sorted(beside.items(), key=lambda item: isinstance(item[1], str) or -item[1]))


def described(case):
    baud, ber = case
    return f"{baud}" + (f", bit errors {ber:.0e}" if ber else "")


def request_file(directory, number, path):
    """Arguments of the sink (tests/ops/link.h): a name, and the digest that the device checks."""
    name = f"bench{number}"
    with open(path, "rb") as data:
        digest = hashlib.sha256(data.read()).digest()
    request = os.path.join(directory, name)
    with open(request, "wb") as out:
        out.write(b"\xa2\x01" + bytes([0x60 + len(name)]) + name.encode() +
                  b"\x03\x58\x20" + digest)
    return request


def into_device(kernel, port, cases, path):
    """Share by case, through an emulated device."""
    ops = os.path.join(BUILD, "test-ops")
    options = ["--port", port, "--add", f"{ops}/ops.d:/etc/svcgate/ops.d",
               "--add", f"{ops}/link:/usr/libexec/maker/link"]
    found = {}
    with Device(kernel, options=options) as device:
        device.select(device.issuer.issue(device.file("field.cap")))
        for number, case in enumerate(cases):
            request = request_file(device.path, number, path)
            with line.Line(*case, end_b=device.port) as wire:
                device.use(wire.host)
                took, answer = device.timed("device", "op", "run", OP_SINK, "--payload-file",
                                            request, "--input-file", path)
                found[case] = lines.share(wire, took) if took else "cannot run: " + answer
    return found


def ours(kernel):
    slow = [case for case in CASES if case[0] == lines.BAUDS[0]]
    with tempfile.TemporaryDirectory() as directory:
        path = lines.make_file(directory)
        return {**into_device(kernel, "ttyS1", slow, path),
                **into_device(kernel, "hvc0", [c for c in CASES if c not in slow], path)}


@functools.cache
def alone():
    """The streams alone, once for all kernels."""
    return [figure(f"goodput at {described(case)}, streams alone", "of the line",
                   native()[case]["streams"], others(case), AIMS[case], more=True)
            for case in CASES]


def figures(kernel):
    line.build()
    for part in ("bench", "ops"):
        run("make", "-s", "-C", os.path.join(TOP, "tests", part), "B=" + BUILD)
    shares = ours(kernel)
    found = []
    for case in CASES:
        share = shares[case]
        why = share if isinstance(share, str) else None
        found.append(figure(f"goodput at {described(case)}, {kernel}", "of the line",
                            None if why else share, others(case), AIMS[case], note=why,
                            more=True))
    return found + alone()
