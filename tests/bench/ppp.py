# SPDX-License-Identifier: GPL-2.0-or-later
"""scp and ssh over pppd.

In an emulated machine with two UARTs and a network at each, so that it runs where the
kernel has no PPP; the line between the two is ours. pppd compresses TCP's headers (VJ) and
nothing else, and escapes no control characters; MTU 1500, and 576 where bits flip. Measured is
one command on a link that is up, by the clock in the machine.
"""
import functools
import os
import re
import shutil
import statistics
import tempfile

import line
import lines
import ssh
from common import SCRIPTS, TOP, run

VM = os.path.join(TOP, "tests/bench/ppp-vm")
PATIENCE_S = 270
MTU, MTU_ERRORS = 1500, 576
RUNS = 3


class Machine:
    """The machine and the line between its UARTs."""

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="svcgate-ppp.")
        self.keys = ssh.Keys("root")
        self.use_in_machine()
        lines.make_file(self.keys.dir)
        out = run(VM, "start", self.dir, self.keys.dir)
        ends = dict(re.findall(r"(\w+)=(\S+)", out))
        self.wire = line.Line(end_a=ends["HOST"], end_b=ends["DEVICE"])
        return self

    def __exit__(self, *unused):
        self.wire.__exit__()
        run(VM, "stop", self.dir)
        shutil.rmtree(self.dir)
        self.keys.__exit__()

    def use_in_machine(self):
        """In there the keys are in /keys."""
        with open(self.keys.file("sshd_config"), encoding="ascii") as config:
            text = config.read().replace(self.keys.dir, "/keys")
        with open(self.keys.file("sshd_config"), "w", encoding="ascii") as out:
            out.write(text + "ListenAddress 10.9.0.2\n")

    def inside(self, command, check=True):
        return run(os.path.join(SCRIPTS, "device-vm"), "run", "--dir", self.dir, command,
                   check=check)

    def connect(self, mtu):
        self.wire.set("ber=0")
        self.inside(f"connect {mtu}")

    def timed(self, *words, patience=PATIENCE_S):
        """Seconds of a command of ssh or scp; None when it does not finish.

        Nor does one whose machine does not answer any more: that is the competitor's figure,
        and no reason to go without ours.
        """
        options = " ".join(self.keys.options("/keys"))
        out = self.inside(f"timed {patience} {words[0]} {options} {' '.join(words[1:])}",
                          check=False)
        took = re.search(r"^took (\d+) (\S+) (\S+)", out, re.MULTILINE)
        if not took:
            return None
        code, begin, end = took.groups()
        return float(end) - float(begin) if code == "0" else None

    def upload(self, baud, ber, mtu):
        """Share of the line rate, or a word why there is none."""
        self.connect(mtu)
        self.wire.set(f"baud={baud}", f"ber={ber:g}")
        took = self.timed("scp", "/keys/random", "root@10.9.0.2:/tmp/copy")
        self.wire.set("ber=0")
        if took is None:
            return f"not finished in {PATIENCE_S} s"
        self.inside("cmp /keys/random /tmp/copy; rm /tmp/copy")
        return lines.SIZE / took / (baud / line.BITS_PER_BYTE)


def unavailable():
    return lines.missing("pppd", "ssh", "scp", "sshd")


@functools.cache
def uploads():
    """Goodput by (baud, bit-error rate)."""
    cases = [(baud, 0, MTU) for baud in lines.BAUDS]
    cases += [(lines.BAUDS[0], ber, MTU_ERRORS) for ber in lines.ERROR_RATES]
    why = unavailable()
    if why:
        return {(baud, ber): why for baud, ber, _ in cases}
    with Machine() as machine:
        return {(baud, ber): machine.upload(baud, ber, mtu) for baud, ber, mtu in cases}


@functools.cache
def first():
    """Milliseconds and bytes of an ssh command at 115200, or why not."""
    why = unavailable()
    if why:
        return why
    times, counts = [], []
    with Machine() as machine:
        machine.connect(MTU)
        for _ in range(RUNS):
            before = machine.wire.sent()
            took = machine.timed("ssh", "root@10.9.0.2", "cat", "/etc/passwd", patience=60)
            if took is None:
                return "cannot run: ssh did not get an answer"
            times.append(took * 1000)
            counts.append(machine.wire.sent() - before)
    return statistics.median(times), statistics.median(counts)
