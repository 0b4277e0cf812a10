# SPDX-License-Identifier: GPL-2.0-or-later
"""Vectors of envelopes and what they contain.

Expected of a file are the stage that refuses it (envelope, signature, content
or none), the reason and its detail.
"""
import hashlib

import files
from files import content, u16, u32, u64
from signer import Fixed

C = files.CRITICAL
SERIAL = bytes.fromhex("00112233445566778899aabbccddeeff")
DEVICE = bytes.fromhex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
AUDIENCE = bytes.fromhex("0f0e0d0c0b0a09080706050403020100")
COMPONENT = bytes.fromhex("11111111222233334444555555555555")
IMAGE = bytes.fromhex("66666666777748889999aaaaaaaaaaaa")
APP, RF, FIELD = 1 << 11, 1 << 12, 1 << 13

NAMES = {files.CAPABILITY: "capability", files.KEYSTORE: "keystore",
         files.MANIFEST: "manifest", files.DELEGATION: "delegation"}


class Maker:
    """Makes cases of one kind of file."""

    def __init__(self, kind, base, rsa, ec):
        self.kind = kind
        self.base = base
        self.rsa = rsa
        self.ec = ec

    def file(self, name, description, data, stage="none", reason="done", detail=0,
             kind=None):
        expected = {"file_kind": kind or self.kind, "stage": stage, "reason": reason,
                    "detail": detail}
        return ("%s-%s" % (NAMES[self.kind], name), "file", description, data, expected)

    def good(self, name, description, fields, signer=None):
        return self.file(name, description,
                         files.envelope(self.kind, signer or self.ec, content(fields)))

    def raw(self, name, description, data, reason, detail):
        """Content that is signed and yet wrong."""
        return self.file(name, description, files.envelope(self.kind, self.ec, data),
                         "content", reason, detail)

    def bad(self, name, description, fields, reason, detail):
        return self.raw(name, description, content(fields), reason, detail)

    def but(self, number, value, typ=None):
        """The base with another value of one field, which it may not have."""
        fields = [f for f in self.base if f[0] & ~C != number]
        fields.append((typ if typ is not None else number | C, value))
        return sorted(fields, key=lambda f: f[0] & ~C)

    def bad_value(self, number, name, description, value):
        return self.bad("%s-%s" % (self.field_name(number), name), description,
                        self.but(number, value), "field-value", number)

    def field_name(self, number):
        return FIELD_NAMES[self.kind][number - 1]

    def lengths(self):
        """Every field one byte too short and one byte too long."""
        for number, rule in files.FIELDS[self.kind].items():
            shortest, longest, _, mandatory, critical = rule
            typ = number | (C if critical else 0)
            name = self.field_name(number)
            yield self.bad(name + "-short", "%s one byte too short" % name,
                           self.but(number, b"\1" * (shortest - 1), typ),
                           "field-value", number)
            if longest <= 64:
                yield self.bad(name + "-long", "%s one byte too long" % name,
                               self.but(number, b"\1" * (longest + 1), typ),
                               "field-value", number)
            if mandatory:
                yield self.bad(name + "-missing", "%s is not there" % name,
                               [f for f in self.base if f[0] & ~C != number],
                               "field-missing", number)

    def structure(self):
        """What is wrong with fields whatever they mean."""
        data = content(self.base)
        first, last = self.base[0], self.base[-1]
        end = last[0] & ~C
        yield self.bad("twice", "the first field twice", [first] + self.base,
                       "field-order", 1)
        yield self.bad("order", "the first two fields change places",
                       [self.base[1], first] + self.base[2:], "field-order", 1)
        yield self.bad("field-0", "a field with number 0", [(C, b"")] + self.base,
                       "field-order", 0)
        yield self.bad("not-critical", "a known field without its critical bit",
                       [(1, first[1])] + self.base[1:], "field-value", 1)
        yield self.bad("unknown-critical", "an unknown critical field",
                       self.base + [(0x8064, b"?")], "field-unknown", 100)
        yield self.good("unknown-ignored", "an unknown field that is not critical",
                        self.base + [(0x0064, b"anything")])
        yield self.bad("unknown-twice", "an unknown field twice",
                       self.base + [(0x0064, b""), (0x0064, b"")], "field-order", 100)
        yield self.raw("trailing", "one byte behind the last field", data + b"\0",
                       "content", end)
        yield self.raw("cut-value", "the last value is cut off", data[:-1], "content", end)
        yield self.raw("cut-header", "only a piece of a field's header", data + b"\x64\0\0",
                       "content", end)
        yield self.raw("overflow", "a length beyond the end", data + u16(0x8064) +
                       u16(0xffff) + b"x", "content", 100)


FIELD_NAMES = {
    files.CAPABILITY: ("serial", "device", "mask", "generation", "epoch", "flags",
                       "states", "challenge", "lease", "holder", "not-before",
                       "not-after", "label"),
    files.KEYSTORE: ("version", "audience", "epoch", "key", "revoked", "floor"),
    files.MANIFEST: ("type", "component", "image", "name", "version", "flags", "size",
                     "sha256"),
    files.DELEGATION: ("certificate", "mask", "device", "lease", "generation", "epoch"),
}


def capability_base(mask=APP):
    return [(C | 1, SERIAL), (C | 2, DEVICE), (C | 3, u64(mask)), (C | 4, u32(1)),
            (C | 5, u32(1))]


def capabilities(rsa, ec):
    base = capability_base()
    make = Maker(files.CAPABILITY, base, rsa, ec)
    sideload = (C | 6, u32(1))
    challenge = (C | 8, hashlib.sha256(b"challenge").digest())
    yield make.good("minimal", "appDevelopment, RSA-2048", base, rsa)
    yield make.good("minimal-p-256", "appDevelopment, P-256", base)
    yield make.good("blank", "no capability at all; generation 2",
                    capability_base(0)[:3] + [(C | 4, u32(2)), (C | 5, u32(1))], rsa)
    yield make.good("all-fields", "every field", base + [
        sideload, (C | 7, b"\4"), challenge, (C | 9, u32(3600)),
        (C | 10, ec.key_id), (C | 11, u64(1577836800)), (C | 12, u64(1609459200)),
        (13, "Prüfplatz 7".encode())], rsa)
    yield make.good("device-8", "the shortest device ID", make.but(2, DEVICE[:8]))
    yield make.good("device-64", "the longest device ID", make.but(2, DEVICE * 4))
    yield make.good("every-id", "every bit of the mask", make.but(3, b"\xff" * 8))
    yield make.good("states", "only in Blank and Module1Complete", make.but(7, b"\3"))
    yield make.good("no-sideload", "may be passed, not stored", base + [sideload])
    yield make.good("label-64", "the longest label", base + [(13, b"x" * 64)])
    yield make.good("holder", "with the holder's key only",
                    base + [sideload, (C | 10, ec.key_id)])
    yield make.good("content-1024", "the longest content",
                    base + [(0x0064, bytes(1024 - len(content(base)) - 4))])
    yield make.file("content-1025", "one byte above the longest content",
                    files.envelope(files.CAPABILITY, ec, content(
                        base + [(0x0064, bytes(1025 - len(content(base)) - 4))])),
                    "envelope", "envelope")
    yield make.bad_value(6, "reserved", "a reserved flag", u32(2))
    yield make.bad_value(7, "none", "in no state at all", b"\0")
    yield make.bad_value(7, "reserved", "in a state that does not exist", b"\x08")
    yield make.bad("challenge-sideload", "a challenge without the no-sideload flag",
                   base + [challenge], "field-value", 8)
    yield make.bad("lease-0", "a lease of no seconds",
                   base + [sideload, challenge, (C | 9, u32(0))], "field-value", 9)
    yield make.bad("lease-alone", "a lease without a challenge",
                   base + [sideload, (C | 9, u32(60))], "field-value", 9)
    yield make.bad("holder-sideload", "a holder without the no-sideload flag",
                   base + [(C | 10, ec.key_id)], "field-value", 10)
    yield make.bad("not-after-first", "not-after is not above not-before",
                   base + [(C | 11, u64(5)), (C | 12, u64(5))], "field-value", 12)
    yield make.bad("not-after-0", "not-after alone, zero", base + [(C | 12, u64(0))],
                   "field-value", 12)
    for name, value in (("newline", b"a\nb"), ("delete", b"\x7f"), ("c1", b"\xc2\x85"),
                        ("overlong", b"\xc0\xaf"), ("surrogate", b"\xed\xa0\x80"),
                        ("cut", b"ab\xe2\x82"), ("latin-1", b"Pr\xfcf")):
        yield make.bad("label-" + name, "a label that is not printable UTF-8: " + name,
                       base + [(13, value)], "field-value", 13)
    yield make.bad("label-critical", "a label with the critical bit",
                   base + [(C | 13, b"x")], "field-value", 13)
    yield from make.lengths()
    yield from make.structure()


def key(purpose, mask, certificate):
    return (C | 4, bytes([purpose]) + u64(mask) + certificate)


def keystores(rsa, ec):
    keys = [key(1, APP | RF | FIELD, rsa.certificate), key(2, 0, rsa.certificate),
            key(3, 0, ec.certificate)]
    small = key(1, APP, b"not read before a key is made of it")
    base = [(C | 1, u32(1)), (C | 2, AUDIENCE), (C | 3, u32(1)), small]
    make = Maker(files.KEYSTORE, base, rsa, ec)
    serials = [(C | 5, bytes([i]) + SERIAL[1:]) for i in range(256)]
    floors = [(C | 6, bytes([i]) + COMPONENT[1:] + u64(i)) for i in range(64)]
    yield make.good("minimal", "three purposes, RSA-2048", base[:3] + keys, rsa)
    yield make.good("all-fields", "four purposes, revoked serials, floors",
                    base[:3] + keys + [key(4, 0, ec.certificate)] + serials[:3] +
                    floors[:2], rsa)
    yield make.good("most-keys", "16 keys", base[:3] + [small] * 16)
    yield make.good("most-revoked", "256 revoked serials", base + serials)
    yield make.good("most-floors", "64 component floors", base + floors)
    yield make.good("long-certificate", "a certificate of 8 KiB",
                    base[:3] + [key(1, APP, bytes(8192))])
    full = base[:3] + [key(1, APP, bytes(8192))] * 2
    rest = 26624 - len(content(full)) - 4 - 9
    yield make.file("content-26624", "the longest content",
                    files.envelope(files.KEYSTORE, ec, content(
                        full + [key(1, APP, bytes(8192)),
                                key(1, APP, bytes(rest - 8192 - 13))])))
    yield make.file("content-26625", "one byte above the longest content",
                    files.envelope(files.KEYSTORE, ec, content(
                        full + [key(1, APP, bytes(8192)),
                                key(1, APP, bytes(rest - 8192 - 12))])),
                    "envelope", "envelope")
    yield make.bad("certificate-8193", "a certificate above 8 KiB",
                   base[:3] + [key(1, APP, bytes(8193))], "field-value", 4)
    yield make.bad_value(1, "0", "version 0", u32(0))
    yield make.bad("keys-17", "17 keys", base[:3] + [small] * 17, "field-value", 4)
    yield make.bad("purpose-0", "no such purpose", base[:3] + [key(0, 0, b"x")],
                   "field-value", 4)
    yield make.bad("purpose-5", "no such purpose", base[:3] + [key(5, 0, b"x")],
                   "field-value", 4)
    yield make.bad("mask-image", "an image key with a mask",
                   base + [key(2, APP, b"x")], "field-value", 4)
    yield make.bad("revoked-257", "257 revoked serials",
                   base + serials + [(C | 5, b"\xff" * 16)], "field-value", 5)
    yield make.bad("revoked-order", "revoked serials that fall",
                   base + serials[1::-1], "field-value", 5)
    yield make.bad("revoked-twice", "a revoked serial twice",
                   base + serials[:1] * 2, "field-value", 5)
    yield make.bad("floors-65", "65 component floors",
                   base + floors + [(C | 6, b"\xff" * 24)], "field-value", 6)
    yield make.bad("floor-order", "component floors that fall", base + floors[1::-1],
                   "field-value", 6)
    yield make.bad("floor-twice", "a component twice, another version",
                   base + [floors[0], (C | 6, floors[0][1][:16] + u64(99))],
                   "field-value", 6)
    yield from make.lengths()
    yield from make.structure()


PAYLOAD = b"an application's image\n" * 8


def manifest_base(flags=0, payload=PAYLOAD):
    return [(C | 1, u16(1)), (C | 2, COMPONENT), (C | 3, IMAGE), (C | 4, b"sample"),
            (C | 5, u64(0x0001000200000003)), (C | 6, u32(flags)),
            (C | 7, u64(len(payload))), (C | 8, hashlib.sha256(payload).digest())]


def manifests(rsa, ec):
    base = manifest_base()
    make = Maker(files.MANIFEST, base, rsa, ec)
    yield make.good("minimal", "an application, RSA-2048", base, rsa)
    yield make.good("all-flags", "temporary, removed at boot", manifest_base(3))
    yield make.good("system", "a system image", make.but(1, u16(2)))
    yield make.good("name-64", "the longest name", make.but(4, b"n" * 64))
    yield make.good("size-0", "an empty payload", manifest_base(0, b""))
    yield make.good("largest", "largest version and size",
                    make.but(5, b"\xff" * 8)[:6] + [(C | 7, b"\xff" * 8), base[7]])
    yield make.bad_value(1, "0", "no such type", u16(0))
    yield make.bad_value(1, "3", "no such type", u16(3))
    yield make.bad_value(4, "control", "a control character in the name", b"a\x1b[2J")
    yield make.bad_value(6, "reserved", "a reserved flag", u32(4))
    yield from make.lengths()
    yield from make.structure()


def delegations(rsa, ec):
    def devices(*ids):
        return [(C | 3, i) for i in ids]

    def with_devices(*ids):
        return base[:2] + devices(*ids) + base[3:]

    base = [(C | 1, ec.certificate), (C | 2, u64(FIELD)), (C | 3, DEVICE),
            (C | 4, u32(86400)), (C | 5, u32(1)), (C | 6, u32(1))]
    make = Maker(files.DELEGATION, base, rsa, ec)
    small = base[:]
    small[0] = (C | 1, b"not read before a key is made of it")
    make.base = small
    yield make.good("minimal", "one device, RSA-2048", base, rsa)
    yield make.good("two-devices", "a shorter ID comes before a longer one that begins "
                    "with it", with_devices(DEVICE[:8], DEVICE), rsa)
    yield make.good("most-devices", "64 devices",
                    small[:2] + devices(*(bytes([i]) * 8 for i in range(1, 65))) +
                    small[3:])
    yield make.bad("devices-65", "65 devices",
                   small[:2] + devices(*(bytes([i]) * 8 for i in range(1, 66))) +
                   small[3:], "field-value", 3)
    yield make.bad("device-order", "devices that fall",
                   small[:2] + devices(DEVICE, DEVICE[:8]) + small[3:],
                   "field-value", 3)
    yield make.bad("device-twice", "a device twice",
                   small[:2] + devices(DEVICE, DEVICE) + small[3:], "field-value", 3)
    yield make.bad_value(4, "0", "a lease of no seconds", u32(0))
    yield from make.lengths()
    yield from make.structure()


def envelopes(rsa, ec):
    """The envelope itself; the content is a good capability in all of them."""
    make = Maker(files.CAPABILITY, capability_base(), rsa, ec)
    data = content(make.base)
    good = files.envelope(files.CAPABILITY, rsa, data)

    def bad(name, description, file, reason="envelope", detail=0, stage="envelope"):
        case = make.file(name, description, file, stage, reason, detail)
        return ("envelope-" + name,) + case[1:]

    def made(**wrong):
        return files.envelope(files.CAPABILITY, ec, data, **wrong)

    at = 44 + len(data)
    yield bad("empty", "no byte at all", b"")
    yield bad("one-byte", "one byte", b"S")
    yield bad("header-cut", "the last byte of the fixed fields is missing", good[:43])
    yield bad("magic", "another magic", made(magic=b"SVCH"))
    yield bad("version-0", "version 0", made(version=0), "envelope-version", 0)
    yield bad("version-2", "a later version", made(version=2), "envelope-version", 2)
    yield bad("kind-manifest", "a manifest where a capability is wanted",
              files.envelope(files.MANIFEST, ec, data), "kind", 3)
    yield bad("kind-0", "no such kind", files.envelope(0, ec, data), "kind", 0)
    yield bad("zero", "the reserved field is not zero", made(zero=0x0100))
    yield bad("content-0", "no content",
              files.envelope(files.CAPABILITY, ec, b""))
    yield bad("content-longer", "a content length beyond the end",
              made(length=len(data) + 400))
    yield bad("content-overflow", "a content length that wraps around",
              made(length=0xffffffff))
    yield bad("content-shorter", "a content length that ends too early",
              made(length=len(data) - 1))
    yield bad("no-signature-length", "cut off behind the content", good[:at])
    yield bad("signature-length-cut", "half a signature length", good[:at + 2])
    yield bad("signature-0", "no signature",
              files.envelope(files.CAPABILITY, Fixed(ec, b""), data))
    yield bad("signature-cut", "the signature's last byte is missing", good[:-1])
    yield bad("signature-5121", "a signature above the longest",
              files.envelope(files.CAPABILITY, Fixed(ec, bytes(5121)), data))
    yield bad("signature-overflow", "a signature length that wraps around",
              good[:at] + u32(0xffffffff) + good[at + 4:])
    yield bad("trailing", "one byte behind the signature", good + b"\0")

    flipped = bytearray(good)
    flipped[44 + 4] ^= 1
    yield bad("altered", "one bit of the serial differs", bytes(flipped), "signature",
              stage="signature")
    yield bad("signature-altered", "one bit of the signature differs",
              good[:-1] + bytes([good[-1] ^ 1]), "signature", stage="signature")
    yield bad("signature-other", "an RSA signature under the id of a P-256 key",
              files.envelope(files.CAPABILITY, Fixed(ec, rsa.sign(made()[:at])), data),
              "signature", stage="signature")
    yield bad("signature-zeros", "256 zero bytes as signature",
              files.envelope(files.CAPABILITY, Fixed(rsa, bytes(256)), data),
              "signature", stage="signature")
    as_manifest = bytearray(good)
    as_manifest[5] = files.KEYSTORE
    case = bad("kind-altered", "a capability that calls itself keystore",
               bytes(as_manifest), "signature", stage="signature")
    case[4]["file_kind"] = files.KEYSTORE
    yield case


def packages(rsa, ec):
    def package(name, description, data, payload):
        return ("package-" + name, "package", description, data, {"payload": payload})

    manifest = files.envelope(files.MANIFEST, rsa, content(manifest_base()))
    yield package("good", "a manifest and its payload", manifest + PAYLOAD, "good")
    yield package("altered", "one byte of the payload differs",
                  manifest + b"A" + PAYLOAD[1:], "bad")
    yield package("cut", "the payload's last byte is missing", manifest + PAYLOAD[:-1],
                  "bad")
    yield package("trailing", "one byte behind the payload", manifest + PAYLOAD + b"\n",
                  "bad")


def records(rsa, ec):
    def record(name, kind, description, data, result="good"):
        return ("record-" + name, "record", description, data,
                {"record_kind": kind, "result": result})

    def damaged(name, description, data, kind=1):
        return record(name, kind, description, data, "damaged")

    capability = files.envelope(files.CAPABILITY, rsa, content(capability_base()))
    keystore = files.envelope(files.KEYSTORE, rsa, content([
        (C | 1, u32(1)), (C | 2, AUDIENCE), (C | 3, u32(1)),
        key(1, APP, rsa.certificate)]))
    delegation = files.envelope(files.DELEGATION, rsa, content([
        (C | 1, ec.certificate), (C | 2, u64(FIELD)), (C | 3, DEVICE),
        (C | 4, u32(60)), (C | 5, u32(1)), (C | 6, u32(1))]))
    delegated = files.envelope(files.CAPABILITY, ec, content(capability_base(FIELD)))
    state = files.record(1, 3, b"\2")
    for name, byte in (("blank", 0), ("module1-complete", 1), ("device-complete", 2)):
        yield record("state-" + name, 1, "a state record", files.record(1, byte + 1,
                                                                        bytes([byte])))
    yield record("capability", 2, "a sideloaded capability file",
                 files.record(2, 1, bytes(4) + capability))
    yield record("capability-delegated", 2, "with the delegation that it needs",
                 files.record(2, 0xffffffffffffffff, u16(len(delegation)) + u16(0) +
                              delegation + delegated))
    yield record("keystore", 3, "a keystore", files.record(3, 7, keystore))
    yield record("version-2", 1, "written by a later version",
                 files.record(1, 3, b"\2", version=2), "later-version")
    yield damaged("empty", "no byte at all", b"")
    yield damaged("cut", "the last byte is missing", state[:-1])
    yield damaged("trailing", "one byte behind the digest", state + b"\0")
    yield damaged("altered", "one bit of the content differs",
                  state[:20] + b"\0" + state[21:])
    yield damaged("digest-altered", "one bit of the digest differs",
                  state[:-1] + bytes([state[-1] ^ 1]))
    yield damaged("magic", "another magic", files.record(1, 3, b"\2", magic=b"SVCG"))
    yield damaged("zero", "the reserved field is not zero",
                  files.record(1, 3, b"\2", zero=1))
    yield damaged("kind", "a keystore record where a state is wanted",
                  files.record(3, 3, b"\2"))
    yield damaged("state-3", "no such state", files.record(1, 3, b"\3"))
    yield damaged("content-0", "no content", files.record(1, 3, b""))
    yield damaged("content-2", "a state of two bytes", files.record(1, 3, b"\2\2"))
    yield damaged("length-overflow", "a length that wraps around",
                  files.record(1, 3, b"\2", length=0xffffffff))
    yield damaged("zeros", "an erased block of zeros", bytes(53))
    yield damaged("ones", "an erased block of flash", b"\xff" * 53)


def cases(rsa, ec):
    for signer in (rsa, ec):
        yield ("certificate-" + signer.name, "certificate",
               "signer of other vectors", signer.certificate, {})
    yield from envelopes(rsa, ec)
    yield from capabilities(rsa, ec)
    yield from keystores(rsa, ec)
    yield from manifests(rsa, ec)
    yield from delegations(rsa, ec)
    yield from packages(rsa, ec)
    yield from records(rsa, ec)
