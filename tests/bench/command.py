# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole command of the host tool with a selected file, over the UART."""
import statistics
import time

from common import Device, figure

RUNS = 10


def median_ms(device, *words):
    times = []
    for _ in range(RUNS):
        begin = time.monotonic()
        device.tool(*words)
        times.append((time.monotonic() - begin) * 1000)
    return statistics.median(times)


def figures(kernel):
    with Device(kernel) as device:
        device.select(device.issuer.issue(device.file("field.cap")))
        device.tool("device", "show-os-version")
        ours = median_ms(device, "device", "show-os-version")
        identify = median_ms(device, "device", "show-attached")
        nothing = median_ms(device, "--version")
    return [figure(f"svcgate device show-os-version with a file, {kernel}", "ms", ours,
                   {"show-attached": identify, "svcgate --version": nothing})]
