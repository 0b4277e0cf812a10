# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory that a port takes in the kernel: see ports.c and allocations.c.

Counted at the allocator, so rounding up is in it; what was asked for is printed
beside it, and so is a line under N_TTY, the discipline that every tty has.
"""
import os
import re
import sys

from common import BUILD, SCRIPTS, TOP, figure, run

AIM_KIB = 96


def figures(kernel):
    run("make", "-s", "-C", os.path.join(TOP, "tests/bench"), "B=" + BUILD)
    out = run(os.path.join(SCRIPTS, "vm"), "test", "--kernel", kernel, "--ko",
              os.path.join(BUILD, "kmod", kernel, "svcgate.ko"),
              os.path.join(BUILD, "tests/bench/ports"))
    kib = {name: (int(taken) / 1024, int(requested) / 1024) for name, taken, requested in
           re.findall(r"^figure (\w+) (\d+) (\d+)", out, re.MULTILINE)}
    if set(kib) != {"n_tty", "port", "request"}:
        sys.exit("bench: the VM has not measured everything:\n" + out)
    line = {"N_TTY": kib["n_tty"][0]}
    both = [kib["port"][i] + kib["request"][i] for i in (0, 1)]
    return [
        figure(f"a port with the longest request in it, {kernel}", "KiB", both[0],
               {**line, "asked for": both[1]}, AIM_KIB),
        figure(f"a port without requests, {kernel}", "KiB", kib["port"][0],
               {**line, "asked for": kib["port"][1]}),
    ]
