# SPDX-License-Identifier: GPL-2.0-or-later
"""What the measurements on serial lines share: rates, a file, what is installed."""
import os
import random
import shutil

from line import SEED

BAUDS = (115200, 921600, 3000000)
ERROR_RATES = (1e-5, 1e-4)
SIZE = int(os.environ.get("SIZE", 1 << 20))


def missing(*programs):
    """A sentence when one of the programs is not installed, else None."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    gone = [name for name in programs if not shutil.which(name, path=path)]
    if gone:
        return f"cannot run: {', '.join(gone)} is missing; run scripts/setup --bench"
    return None


def make_file(directory):
    """A file of random bytes, the same for everybody."""
    path = os.path.join(directory, "random")
    with open(path, "wb") as out:
        out.write(random.Random(SEED).randbytes(SIZE))
    return path


def share(line, seconds):
    """Goodput as a part of what the line carries."""
    return SIZE / seconds / line.bytes_per_second
