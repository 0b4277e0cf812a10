# SPDX-License-Identifier: GPL-2.0-or-later
"""For the stories without a device: tests by name, and what they expect."""
import sys

from host_device import Home

TESTS = []


def test(name):
    def add(function):
        TESTS.append((name, function))
        return function
    return add


def equal(got, wanted):
    assert got == wanted, f"{got!r}, not {wanted!r}"


def has(text, *parts):
    for part in parts:
        assert part in text, f"no {part!r} in {text!r}"


def lacks(text, *parts):
    for part in parts:
        assert part not in text, f"{part!r} in {text!r}"


def play(story):
    """Run the tests, or those with a word of the command line in their names."""
    wanted = [pair for pair in TESTS
              if not sys.argv[1:] or any(word in pair[0] for word in sys.argv[1:])]
    failed = 0
    print(f"TAP version 13\n1..{len(wanted)}")
    for number, (name, function) in enumerate(wanted, 1):
        try:
            with Home() as home:
                function(home)
            print(f"ok {number} {story}: {name}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} {story}: {name}")
            print("# " + f"{type(error).__name__}: {error}".replace("\n", "\n# "),
                  flush=True)
    return 1 if failed else 0
