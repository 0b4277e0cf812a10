# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes of trust over the UART: until they are done, and what the disk takes."""
import re
import statistics
import sys
import time

from common import Device, figure

TRACE = "/sys/kernel/tracing"
STORE = "/var/lib/svcgate/store"
CALLS = ("openat", "write", "pwrite64", "fsync", "unlinkat", "renameat")
LINE = re.compile(r"\s(\d+\.\d+): sys_(\w+?)(\(| -> )")
# A port makes four changes in one go.
ROUNDS = 2


def watch(device):
    """Trace the system calls of the process that stores changes."""
    device.inside(
        f"cd {TRACE} && ps -o pid,comm | sed -n 's/^ *\\([0-9]*\\) svcgated-door.*/\\1/p' "
        ">set_event_pid && for c in " + " ".join(CALLS) + "; do "
        "echo 1 >events/syscalls/sys_enter_$c/enable && "
        "echo 1 >events/syscalls/sys_exit_$c/enable || exit; done")


def sectors(device):
    return int(device.inside("sync; cat /sys/block/vda/stat").split()[6])


class Change:
    """One change: its time at the host, the store's part, what was written."""

    def __init__(self, device, words, record):
        device.inside(f"echo >{TRACE}/trace")
        before = sectors(device)
        begin = time.monotonic()
        device.tool(*words)
        self.total = (time.monotonic() - begin) * 1000
        self.sectors = sectors(device) - before
        calls = [(float(m[1]), m[2], m[3] == "(")
                 for m in LINE.finditer(device.inside(f"cat {TRACE}/trace"))]
        # From the first name that goes to the last sync.
        begins = [at for at, call, enters in calls if call == "unlinkat" and enters]
        ends = [at for at, call, enters in calls if call == "fsync" and not enters]
        if not begins or not ends:
            sys.exit("bench: the trace shows no change")
        self.store = (ends[-1] - begins[0]) * 1000
        self.renames = sum(call == "renameat" and enters for _, call, enters in calls)
        self.syncs = sum(call == "fsync" and enters for _, call, enters in calls)
        size = int(device.inside(f"wc -c <{STORE}/{record}.0"))
        before = sectors(device)
        device.inside(f"dd if=/dev/urandom of={STORE}/../bare bs={size} count=1 "
                      "conv=fsync 2>/dev/null")
        self.bare = sectors(device) - before


def described(kind, kernel, changes, identify):
    def median(name):
        return statistics.median(getattr(change, name) for change in changes)

    return [
        figure(f"{kind} update until done, {kernel}", "ms", median("total"),
               {"of it storing": median("store"), "show-attached": identify}),
        figure(f"sectors written by a {kind} update, {kernel}", "512 B", median("sectors"),
               {"a file of that size": median("bare"), "files renamed": median("renames"),
                "syncs": median("syncs")}),
    ]


def identify_ms(device):
    begin = time.monotonic()
    device.tool("device", "show-attached")
    return (time.monotonic() - begin) * 1000


def figures(kernel):
    found = []
    with Device(kernel) as device:
        watch(device)
        identify = identify_ms(device)
        changes = []
        for n in range(ROUNDS):
            path = device.issuer.issue(device.file(f"{n}.cap"))
            changes.append(Change(device, ("device", "capability", "update",
                                           "--capability-file", path), "capability"))
        found += described("capability", kernel, changes, identify)
        changes = []
        for n in range(ROUNDS):
            path = device.file(f"keystore-{n}")
            device.issuer.run("keystore", "build", "--output-file", path)
            changes.append(Change(device, ("device", "sideload", "deploy",
                                           "--image-package", path), "keystore"))
        found += described("keystore", kernel, changes, identify)
    with Device(kernel, state="Blank") as device:
        watch(device)
        changes = [Change(device, ("device", "manufacturing-state", "update", "--yes",
                                   "--state", state), "state")
                   for state in ("Module1Complete", "DeviceComplete")]
        found += described("state", kernel, changes, identify_ms(device))
    return found
