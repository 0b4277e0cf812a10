# SPDX-License-Identifier: GPL-2.0-or-later
"""Size of the module, beside another line discipline of the same kernel.

"text and data" are code, constants and variables: .text* .static_call.text
.exit.text .rodata* .data* .ref.data .bss.  "loaded" is everything that stays in
memory: each section with SHF_ALLOC but .init* (freed), __versions and .modinfo
(the loader drops them); what is more than text and data are tables of the kernel's
own for unwinding, tracing and patching, which depend on its configuration.
"""
import glob
import lzma
import os
import re
import tempfile

from common import BUILD, SCRIPTS, figure, run

TEXT_AND_DATA = re.compile(
    r"\.(text|static_call\.text|exit\.text|rodata|data|ref\.data|bss)(\..*)?$")
DROPPED = re.compile(r"\.init\b|__versions$|\.modinfo$")
AIM_KIB = 48


def sections(path):
    """Name and size of each section with SHF_ALLOC."""
    for line in run("readelf", "-SW", path).splitlines():
        found = re.match(r" *\[ *\d+\] (\S+) +\S+ +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) "
                         r"[0-9a-f]+ +(\S*A\S*) ", line)
        if found:
            yield found[1], int(found[2], 16)


def sizes(path):
    """KiB of text and data, KiB of what is loaded."""
    alloc = list(sections(path))
    text = sum(size for name, size in alloc if TEXT_AND_DATA.match(name))
    loaded = sum(size for name, size in alloc if not DROPPED.match(name))
    return text / 1024, loaded / 1024


def other(kernel):
    """n_hdlc, the line discipline that Debian's kernels have as a module."""
    found = glob.glob(os.path.join(run(os.path.join(SCRIPTS, "vm"), "modules-dir",
                                       kernel).strip(), "kernel/drivers/tty/n_hdlc.ko*"))
    if not found:
        return None
    if not found[0].endswith(".xz"):
        return sizes(found[0])
    with tempfile.NamedTemporaryFile(suffix=".ko") as plain:
        with lzma.open(found[0]) as packed:
            plain.write(packed.read())
        plain.flush()
        return sizes(plain.name)


def figures(kernel):
    ours = sizes(os.path.join(BUILD, "kmod", kernel, "svcgate.ko"))
    beside = other(kernel)
    return [figure(f"module {what}, {kernel}", "KiB", ours[i],
                   {"n_hdlc.ko": beside[i]} if beside else {}, aim)
            for i, (what, aim) in enumerate((("text and data", AIM_KIB),
                                             ("loaded", None)))]
