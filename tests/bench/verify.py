# SPDX-License-Identifier: GPL-2.0-or-later
"""Verification of a capability in the kernel: the first time, and repeated.

The function graph tracer times svcgate_device_cached(), which looks the file up
by its digest, svcgate_device_verify() when it was not there, and inside of that
the kernel's bare verify_signature(). Ours is the sum of the first two: all that
stands between a received file and a verdict about its content.
"""
import re
import statistics
import sys
import time

from common import Device, figure

RUNS = 11
KEYS = (
    ("rsa-2048", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    ("rsa-3072", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"),
    ("rsa-4096", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"),
    ("p-256", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    ("p-384", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
)
FUNCTIONS = ("svcgate_device_cached", "svcgate_cache_digest", "svcgate_device_verify",
             "verify_signature")
DEADLINE_S = 60

BEGIN = """cd /sys/kernel/tracing && echo 0 >tracing_on && echo nop >current_tracer &&
	echo %s >set_ftrace_filter && echo 1 >options/funcgraph-tail &&
	echo function_graph >current_tracer && echo >trace && echo 1 >tracing_on"""
TAKE = "cd /sys/kernel/tracing && grep -E '[0-9] us' trace; echo >trace"


def calls(text):
    """Name and microseconds of each call, in the order in which they ended."""
    found = re.findall(r"([0-9.]+) us +\|.*?(?:/\* |)(" + "|".join(FUNCTIONS) + r")\b", text)
    return [(name, float(time)) for time, name in found]


def explain(device, path):
    """Have the device look at a file; over the signature bucket, again."""
    end = time.monotonic() + DEADLINE_S
    while True:
        out = device.tool("device", "capability", "explain", path, "--port",
                          device.environment["SVCGATE_PORT"], "--output", "json", check=False)
        if '"accepted": true' in out or '"reason": "algorithm"' in out:
            return '"accepted": true' in out
        if '"busy"' not in out or time.monotonic() > end:
            sys.exit(f"bench: the device does not accept {path}:\n{out}")


def first_times(found):
    """Of each verification: all of it, and the signature. A look-up before it that
    led to nothing was over the signature bucket."""
    all_of_it, bare, lookup = [], [], 0
    for name, time in found:
        if name == "svcgate_device_cached":
            lookup = time
        elif name == "verify_signature":
            bare.append(time)
        elif name == "svcgate_device_verify":
            all_of_it.append(lookup + time)
    return all_of_it, bare


def measure(device, key):
    """Medians of one algorithm, or None where the kernel cannot verify it."""
    paths = [device.issuer.issue(device.file(f"{key}-{n}.cap"), key)
             for n in range(RUNS + 1)]
    device.inside(TAKE)
    for path in paths:
        if not explain(device, path):
            return None
    once = calls(device.inside(TAKE))
    for path in paths:
        explain(device, path)
    twice = calls(device.inside(TAKE))
    first, bare = first_times(once)
    again, digest = ([time for name, time in twice if name == which]
                     for which in ("svcgate_device_cached", "svcgate_cache_digest"))
    others = [name for name, _ in twice if "verify" in name]
    if others or {len(times) for times in (first, bare, again, digest)} != {len(paths)}:
        sys.exit(f"bench: unexpected calls:\n{once}\n{twice}")
    # The first of each had its code and data in no cache yet.
    return [statistics.median(times[1:]) for times in (first, bare, again, digest)]


def figures(kernel):
    result = []
    with Device(kernel, KEYS) as device:
        device.inside(BEGIN % " ".join(FUNCTIONS))
        for key, *_ in KEYS:
            names = [f"capability by {key}, {when}, {kernel}" for when in ("first", "repeated")]
            medians = measure(device, key)
            if medians is None:
                result += [figure(name, "us", None, note="this kernel has no such algorithm")
                           for name in names]
                continue
            first, bare, again, digest = medians
            result += [
                figure(names[0], "us", first, {"verify_signature()": bare}),
                figure(names[1], "us", again, {"verify_signature()": bare,
                                               "SHA-256 of the file": digest}),
            ]
    return result
