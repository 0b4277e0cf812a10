# SPDX-License-Identifier: GPL-2.0-or-later
"""scp and ssh over a bare serial line: no PPP, and no repair of what the line does.

sshd runs on this machine, started by the first byte that comes, as inetd would; ssh's
proxy command carries its bytes to the tty. Settings are OpenSSH's own, but for a user
certificate as the one way in, so that both sides are as far as a capability file is.
"""
import getpass
import os
import subprocess
import sys
import tempfile
import time

from common import run
from line import Waiting

SSHD = "/usr/sbin/sshd"

SERVER = """HostKey {dir}/host
TrustedUserCAKeys {dir}/ca.pub
AuthorizedKeysFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
Subsystem sftp internal-sftp
LogLevel ERROR
"""


class Keys:
    """A host key, a certificate authority and a user that it certifies."""

    def __init__(self, user=None):
        self.user = user or getpass.getuser()
        self.temporary = tempfile.TemporaryDirectory(prefix="svcgate-ssh.")
        self.dir = self.temporary.name
        for name in ("host", "ca", "user"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.file(name))
        run("ssh-keygen", "-q", "-s", self.file("ca"), "-I", "bench", "-n", self.user,
            self.file("user.pub"))
        with open(self.file("host.pub"), encoding="ascii") as key:
            known = "device " + key.read()
        for name, text in (("known_hosts", known), ("sshd_config", SERVER.format(dir=self.dir))):
            with open(self.file(name), "w", encoding="ascii") as out:
                out.write(text)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.temporary.cleanup()

    def file(self, name):
        return os.path.join(self.dir, name)

    def options(self, directory=None):
        """Of ssh and scp; the directory is where the files are for them."""
        directory = directory or self.dir
        return ["-F", "none", "-q", "-i", f"{directory}/user", "-o", "IdentitiesOnly=yes",
                "-o", "BatchMode=yes", "-o", "HostKeyAlias=device",
                "-o", f"UserKnownHostsFile={directory}/known_hosts"]


def over(line, keys, words, patience):
    """Seconds that one command of ssh or scp takes, None when it does not get there."""
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    server = Waiting(line.device, [SSHD, "-i", "-e", "-f", keys.file("sshd_config")],
                     stderr=subprocess.DEVNULL)
    proxy = f"ProxyCommand=socat - FILE:{line.host},rawer"
    begin = time.monotonic()
    with subprocess.Popen([words[0], *keys.options(), "-o", proxy, *words[1:]],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=sys.stderr) as client:
        try:
            server.serve(patience)
            code = client.wait(max(begin + patience - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            client.kill()
            code = None
    took = time.monotonic() - begin
    server.end(0 if code else 5)
    return None if code else took


def upload(line, keys, path, patience):
    with tempfile.TemporaryDirectory(prefix="svcgate-scp.") as directory:
        copy = os.path.join(directory, "copy")
        took = over(line, keys, ["scp", path, f"{keys.user}@device:{copy}"], patience)
        if took is None or run("cmp", path, copy):
            return None
        return took


def command(line, keys, patience):
    """The shortest useful thing: the version of the system, as show-os-version tells."""
    return over(line, keys, ["ssh", f"{keys.user}@device", "cat", "/etc/os-release"], patience)
