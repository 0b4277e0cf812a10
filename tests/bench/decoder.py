# SPDX-License-Identifier: GPL-2.0-or-later
"""The frame decoder alone, as the kernel compiles it, on this machine: see decoder.c.

Beside the CRC-32 that it contains, alone over as many bytes (slice-by-8), and a decoder that takes
byte by byte; random bytes, and zeros, the worst that COBS can get.
"""
import functools
import json
import os

from common import BUILD, TOP, figure, run

AIM_OF_CRC = 0.8


@functools.cache
def measured():
    run("make", "-s", "-C", os.path.join(TOP, "tests/bench"), "B=" + BUILD)
    out = run(os.path.join(BUILD, "tests/bench/decoder"))
    return [json.loads(line) for line in out.splitlines()]


def figures(_kernel):
    return [figure(f"frame decoder, {found['data']}", "MB/s", found["decoder"],
                   {"CRC-32 alone": found["crc"], "bytewise": found["bytewise"]},
                   AIM_OF_CRC * found["crc"], more=True)
            for found in measured()]
