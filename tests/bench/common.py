# SPDX-License-Identifier: GPL-2.0-or-later
"""What the parts of the bench share: figures, programs, a device in QEMU."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("SVCGATE_BUILD") or os.environ.get("B") or
                        os.path.join(TOP, "build"))
KERNELS = os.environ.get("KERNELS", "6.1 6.12").split()
SCRIPTS = os.path.join(TOP, "scripts")
DEVICE_ID = "5c9abe" + "0" * 25 + "1"


def figure(name, unit, ours, beside=None, aim=None, note=None, more=False):
    """One figure; the ratio is to the first of those beside it that has a number.

    What stands beside may be a sentence, why there is no number. More is better
    where that is said, else less.
    """
    beside = beside or {}
    numbers = {name: None if isinstance(value, str) else value
               for name, value in beside.items()}
    first = next((value for value in numbers.values() if value), None)
    entry = {"name": name, "unit": unit, "ours": ours, "beside": numbers,
             "ratio": ours / first if ours is not None and first else None, "aim": aim,
             "better": "more" if more else "less"}
    missing = {name: value for name, value in beside.items() if isinstance(value, str)}
    if missing:
        entry["missing"] = missing
    if note:
        entry["note"] = note
    return entry


def run(*words, check=True, **environment):
    """Output of a program; its failure ends the bench with what it said."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, env={**os.environ, **environment})
    if check and done.returncode:
        sys.exit(f"bench: {' '.join(words)}: exit code {done.returncode}\n"
                 f"{done.stdout}{done.stderr}")
    return done.stdout


class Issuer:
    """A maker with the development keys, and more of them."""

    def __init__(self, directory):
        self.dir = os.path.join(directory, "issuer")
        roots = os.environ.get("SVCGATE_ROOTS",
                               os.path.join(TOP, "keys/development/root.der"))
        self.run("init", "--keys", os.path.dirname(roots.split()[0]))
        with open(os.path.join(self.dir, "audience"), encoding="ascii") as text:
            self.audience = text.read().strip()
        self.run("device", "register", DEVICE_ID)

    def run(self, *words):
        return run(os.path.join(BUILD, "svcgate-issuer"), *words, "--dir", self.dir)

    def key(self, name):
        return os.path.join(self.dir, "keys", name)

    def make_key(self, name, *options):
        run("openssl", "genpkey", "-out", self.key(name + ".key"), *options)
        run("openssl", "req", "-new", "-x509", "-sha256", "-days", "36500", "-subj",
            "/CN=svcgate bench " + name, "-key", self.key(name + ".key"), "-outform",
            "DER", "-out", self.key(name + ".der"))

    def issue(self, path, key="capability"):
        self.run("capability", "issue", "--device", DEVICE_ID, "--capability",
                 "fieldServicing", "--key", key, "--output-file", path)
        return path


class Device:
    """A device that runs, finalized if nothing else is said, and the host tool on its port."""

    def __init__(self, kernel, further_keys=(), state="DeviceComplete", options=()):
        self.state = state
        self.options = options
        self.path = tempfile.mkdtemp(prefix="svcgate-bench.")
        self.dir = os.path.join(self.path, "device")
        self.issuer = Issuer(self.path)
        self.kernel = kernel
        self.further_keys = further_keys
        self.port = None
        self.environment = {
            "SVCGATE_BUILD": BUILD, "LC_ALL": "C.UTF-8",
            "XDG_STATE_HOME": os.path.join(self.path, "state"),
            "XDG_CONFIG_HOME": os.path.join(self.path, "config"),
        }

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        self.script("device-vm", "remove", "--dir", self.dir, check=False)
        shutil.rmtree(self.path)

    def start(self):
        keys = []
        for name, *options in self.further_keys:
            self.issuer.make_key(name, *options)
            keys += ["--key", f"capability:{self.issuer.key(name)}.der"]
        for name in ("capability", "image-production:production-image",
                     "image-sdk:sdk-image"):
            purpose, _, file = name.partition(":")
            keys += ["--key", f"{purpose}:{self.issuer.key(file or purpose)}.der"]
        keystore = self.file("keystore")
        self.issuer.run("keystore", "build", *keys, "--output-file", keystore)
        out = self.script("device-vm", "start", "--dir", self.dir, "--kernel", self.kernel,
                          "--state", self.state, "--device-id", DEVICE_ID,
                          "--audience", self.issuer.audience, "--keystore", keystore,
                          *self.options)
        self.port = next(line[5:] for line in out.splitlines() if line.startswith("PORT="))
        self.use(self.port)

    def use(self, port):
        """The tool's port from now on: the device's, or the other end of a line to it."""
        self.environment["SVCGATE_PORT"] = port

    def file(self, name):
        return os.path.join(self.path, name)

    def script(self, name, *words, check=True):
        return run(os.path.join(SCRIPTS, name), *words, check=check, **self.environment)

    def inside(self, command):
        """Run a shell command in the device, as root."""
        return self.script("device-vm", "run", "--dir", self.dir, command)

    def tool(self, *words, check=True):
        return run(os.path.join(BUILD, "svcgate"), *words, check=check, **self.environment)

    def timed(self, *words):
        """Seconds of a command of the tool, or None and the first line that it says."""
        begin = time.monotonic()
        done = subprocess.run([os.path.join(BUILD, "svcgate"), *words],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, env={**os.environ, **self.environment})
        took = time.monotonic() - begin
        return (took, "") if not done.returncode else (None, done.stderr.split("\n")[0])

    def select(self, path):
        self.tool("device", "capability", "select", "--capability-file", path)
