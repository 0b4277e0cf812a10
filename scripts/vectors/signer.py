# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys of the vectors: private halves live outside the repository.

Signatures and digests of certificates come from the openssl command.
"""
import functools
import hashlib
import os
import subprocess
import tempfile

CONFIG = """[req]
distinguished_name = name
x509_extensions = extensions
[name]
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
"""

ALGORITHMS = {
    "rsa-2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "p-256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
}


def openssl(*arguments, data=None):
    return subprocess.run(("openssl",) + arguments, input=data, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


class Signer:
    """A private key in a directory, made when it is not there."""

    def __init__(self, name, directory):
        self.name = name
        self.key = os.path.join(directory, name + ".key")
        certificate = os.path.join(directory, name + ".der")
        if not os.path.exists(certificate):
            self.make(certificate, directory)
        with open(certificate, "rb") as file:
            self.certificate = file.read()
        self.key_id = hashlib.sha256(self.certificate).digest()

    def make(self, certificate, directory):
        openssl("genpkey", *ALGORITHMS[self.name], "-out", self.key)
        os.chmod(self.key, 0o600)
        config = os.path.join(directory, "openssl.cnf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG)
        openssl("req", "-new", "-x509", "-sha256", "-config", config, "-days", "36500",
                "-subj", "/CN=svcgate test vectors " + self.name, "-key", self.key,
                "-outform", "DER", "-out", certificate)

    def sign(self, data):
        return openssl("dgst", "-sha256", "-sign", self.key, data=data)


class Fixed:
    """Stands where a signature shall be these bytes."""

    def __init__(self, signer, signature):
        self.key_id = signer.key_id
        self.signature = signature

    def sign(self, _):
        return self.signature


@functools.lru_cache(maxsize=None)
def public_key(certificate):
    return openssl("x509", "-inform", "DER", "-pubkey", "-noout", data=certificate)


def verify(certificate, data, signature):
    """Does the signature fit?"""
    with tempfile.TemporaryDirectory() as work:
        key = os.path.join(work, "key.pem")
        sig = os.path.join(work, "signature")
        with open(key, "wb") as file:
            file.write(public_key(certificate))
        with open(sig, "wb") as file:
            file.write(signature)
        try:
            openssl("dgst", "-sha256", "-verify", key, "-signature", sig, data=data)
        except subprocess.CalledProcessError:
            return False
    return True
