# SPDX-License-Identifier: GPL-2.0-or-later
"""Anonymous memory of the helper's two processes, after they have served."""
import sys

from common import Device, figure

AIM_KIB = 1024
SERVED = 5


def figures(kernel):
    with Device(kernel) as device:
        device.select(device.issuer.issue(device.file("field.cap")))
        for _ in range(SERVED):
            device.tool("device", "show-os-version")
        out = device.inside("for d in /proc/[0-9]*; do echo "
                            "$(sed -n '/^Name:/s/.*\t//p; /^RssAnon:/s/[^0-9]//gp' $d/status); "
                            "done 2>/dev/null")
    anonymous = dict(line.split() for line in out.splitlines() if len(line.split()) == 2)
    if not {"svcgated", "svcgated-door", "init"} <= set(anonymous):
        sys.exit("bench: not all processes are there:\n" + out)
    return [figure(f"RssAnon of {name}, {kernel}", "KiB", int(anonymous[name]),
                   {"busybox init": int(anonymous["init"])}, AIM_KIB)
            for name in ("svcgated", "svcgated-door")]
