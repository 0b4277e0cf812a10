# SPDX-License-Identifier: GPL-2.0-or-later
"""What a request costs as more ports are open, and more transactions: see requests.c.

Answered by the kernel itself, over ptys, so no line and no helper is in it: instructions of the
whole machine, counted, so that nothing else on this one is in it either. Beside each the cost with
one port and with one open transaction. A port has four transactions at most,
so sixteen are two on each of eight ports.
"""
import os
import re
import sys

from common import BUILD, SCRIPTS, TOP, figure, run

COUNTS = {"ports": [1, 2, 4, 8, 16, 32], "transactions": [1, 2, 4, 8, 16]}


def figures(kernel):
    run("make", "-s", "-C", os.path.join(TOP, "tests/bench"), "B=" + BUILD)
    out = run(os.path.join(SCRIPTS, "vm"), "test", "--icount", "--kernel", kernel,
              "--ko", os.path.join(BUILD, "kmod", kernel, "svcgate.ko"),
              os.path.join(BUILD, "tests/bench/requests"))
    found = {(what, int(count)): int(ns) for what, count, ns in
             re.findall(r"^figure (\w+) (\d+) (\d+)", out, re.MULTILINE)}
    if set(found) != {(what, count) for what in COUNTS for count in COUNTS[what]}:
        sys.exit("bench: the VM has not measured everything:\n" + out)
    return [figure(f"a request with {count} open {what}, {kernel}", "instructions",
                   found[what, count], {"with 1": found[what, 1]})
            for what, counts in COUNTS.items() for count in counts[1:]]
