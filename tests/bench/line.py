# SPDX-License-Identifier: GPL-2.0-or-later
"""A serial line for one measurement: tests/line/linesim between two ttys.

Every line has one millisecond of latency, as a USB adapter set up well has, and a
seed, printed, so that the same bits flip again.
"""
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import tty

from common import BUILD, TOP, run

SIMULATOR = os.path.join(BUILD, "tests/line/linesim")
SEED = int(os.environ.get("SEED", "4"))
BITS_PER_BYTE = 10


def build():
    run("make", "-s", "-C", os.path.join(TOP, "tests/line"), "B=" + BUILD)


class Line:
    """The line while it is there: end a is the host's, end b the device's.

    An end is a new pty unless a tty is named, such as that of an emulated UART.
    """

    def __init__(self, baud=115200, ber=0, end_b="pty", end_a="pty"):
        self.baud = baud
        self.path = tempfile.mkdtemp(prefix="svcgate-line.")
        self.control = os.path.join(self.path, "control")
        self.settings = f"baud={baud} latency=1000 ber={ber:g} seed={SEED}"
        # Pylint: it lives as long as the line.
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [SIMULATOR, "--end-a", end_a, "--end-b", end_b, "--line", self.settings,
             "--control", self.control], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True)
        self.ends = {}
        for text in self.process.stdout:
            if text == "ready\n":
                break
            name, path, *_ = text.split()
            self.ends[name] = path
        else:
            sys.exit("bench: linesim did not come up")
        print(f"# line: {self.settings}", file=sys.stderr, flush=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.path)

    @property
    def host(self):
        return self.ends["a"]

    @property
    def device(self):
        return self.ends["b"]

    @property
    def bytes_per_second(self):
        return self.baud / BITS_PER_BYTE

    def sent(self):
        """Bytes that the two ends have put on the line so far."""
        out = run(SIMULATOR, "--tell", self.control, "stats")
        return sum(int(count) for count in re.findall(r"\bsent=(\d+)", out))

    def set(self, *settings):
        run(SIMULATOR, "--tell", self.control, "set", *settings)


class Waiting:
    """A program at a tty, started when the first byte comes, as inetd would."""

    def __init__(self, path, words, **options):
        self.tty = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.tty, termios.TCSANOW)
        self.words = words
        self.options = options
        self.process = None

    def serve(self, patience):
        """Wait for the first byte and start; false when none comes."""
        if not select.select([self.tty], [], [], patience)[0]:
            return False
        # Pylint: it goes on while others work.
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            self.words, stdin=self.tty, stdout=self.tty, **self.options)
        return True

    def end(self, patience=None):
        """Its exit code; None when the patience ends first, and the program with it."""
        code = None
        if self.process:
            try:
                code = self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        os.close(self.tty)
        return code
