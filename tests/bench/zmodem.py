# SPDX-License-Identifier: GPL-2.0-or-later
"""An upload by ZMODEM: lrzsz's sz at the host, rz at the device."""
import filecmp
import os
import subprocess
import tempfile
import time

from line import Waiting

PACKAGE = "lrzsz"
NAME = "ZMODEM"

# Six settings of the sender: a window keeps it from being far ahead when it is told of a flipped
# bit, and short frames lose less to one.
SETTINGS = ((), ("-8",), ("-L", "128", "-l", "2048"), ("-w", "4096"), ("-w", "2048"),
            ("-w", "512", "-L", "64"))


def upload(line, path, settings, patience):
    """Seconds until sz has rz's word that the file is whole, None when they do not get there.

    What rz does after that is not counted: it often waits 10 s for two last letters.
    """
    with tempfile.TemporaryDirectory(prefix="svcgate-rz.") as directory:
        receiver = Waiting(line.device, ["rz", "--binary", "--quiet", "--overwrite"],
                           cwd=directory, stderr=subprocess.DEVNULL)
        begin = time.monotonic()
        with open(line.host, "r+b", buffering=0) as host, \
                subprocess.Popen(["sz", "--binary", "--quiet", *settings, path], stdin=host,
                                 stdout=host, stderr=subprocess.DEVNULL) as sender:
            try:
                receiver.serve(patience)
                code = sender.wait(max(begin + patience - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                sender.kill()
                code = None
        took = time.monotonic() - begin
        receiver.end(0)
        copy = os.path.join(directory, os.path.basename(path))
        if code != 0 or not filecmp.cmp(path, copy, shallow=False):
            return None
        return took
