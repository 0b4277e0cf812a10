# SPDX-License-Identifier: GPL-2.0-or-later
"""What a received byte costs in the kernel, in instructions of the whole machine: see received.c.

Beside it the raw N_TTY that reads the same line without looking at it, and what else makes frames of
bytes: PPP and SLIP, up to their network interface.
"""
import os
import re
import sys

from common import BUILD, SCRIPTS, TOP, figure, run

NAMES = {"n_tty": "raw n_tty", "ppp_async": "ppp_async", "slip": "slip"}
MODULES = ["slip/slhc", "slip/slip", "ppp/ppp_generic", "ppp/ppp_async"]


def modules(kernel):
    """Those that the kernel has; received says which it misses."""
    root = run(os.path.join(SCRIPTS, "vm"), "modules-dir", kernel).strip()
    for module in MODULES:
        path = os.path.join(root, "kernel/drivers/net", module + ".ko")
        if os.path.exists(path):
            yield from ("--add", f"{path}:/lib/modules/{os.path.basename(path)}")


def figures(kernel):
    run("make", "-s", "-C", os.path.join(TOP, "tests/bench"), "B=" + BUILD)
    out = run(os.path.join(SCRIPTS, "vm"), "test", "--icount", "--kernel", kernel,
              "--ko", os.path.join(BUILD, "kmod", kernel, "svcgate.ko"), *modules(kernel),
              os.path.join(BUILD, "tests/bench/received"))
    found = {name: int(ns) / int(count) for name, ns, count in
             re.findall(r"^figure (\w+) (\d+) (\d+)", out, re.MULTILINE)}
    found |= dict(re.findall(r"^figure (\w+) cannot (.*)", out, re.MULTILINE))
    if set(found) != {"svcgate", *NAMES}:
        sys.exit("bench: the VM has not measured everything:\n" + out)
    return [figure(f"a received byte in frames of 1500, {kernel}", "instructions",
                   found["svcgate"], {text: found[name] for name, text in NAMES.items()},
                   found["n_tty"])]
