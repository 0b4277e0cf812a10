# SPDX-License-Identifier: GPL-2.0-or-later
"""Signed files and store records, written from PROTOCOL.md alone.

A reader answers with (reason name, detail); "done" when there is nothing to
refuse. The writers write anything, also what no reader takes.
"""
import hashlib
import struct
import unicodedata

CAPABILITY, KEYSTORE, MANIFEST, DELEGATION = 1, 2, 3, 4
CONTENT_MAX = {1: 1024, 2: 26624, 3: 1024, 4: 13312}
SIGNATURE_MAX = 5120
CRITICAL = 0x8000

# Number: (shortest, longest, how often, mandatory, critical)
FIELDS = {
    CAPABILITY: {
        1: (16, 16, 1, True, True), 2: (8, 64, 1, True, True),
        3: (8, 8, 1, True, True), 4: (4, 4, 1, True, True),
        5: (4, 4, 1, True, True), 6: (4, 4, 1, False, True),
        7: (1, 1, 1, False, True), 8: (32, 32, 1, False, True),
        9: (4, 4, 1, False, True), 10: (32, 32, 1, False, True),
        11: (8, 8, 1, False, True), 12: (8, 8, 1, False, True),
        13: (1, 64, 1, False, False),
    },
    KEYSTORE: {
        1: (4, 4, 1, True, True), 2: (16, 16, 1, True, True),
        3: (4, 4, 1, True, True), 4: (10, 9 + 8192, 16, True, True),
        5: (16, 16, 256, False, True), 6: (24, 24, 64, False, True),
    },
    MANIFEST: {
        1: (2, 2, 1, True, True), 2: (16, 16, 1, True, True),
        3: (16, 16, 1, True, True), 4: (1, 64, 1, True, True),
        5: (8, 8, 1, True, True), 6: (4, 4, 1, True, True),
        7: (8, 8, 1, True, True), 8: (32, 32, 1, True, True),
    },
    DELEGATION: {
        1: (1, 8192, 1, True, True), 2: (8, 8, 1, True, True),
        3: (8, 64, 64, True, True), 4: (4, 4, 1, True, True),
        5: (4, 4, 1, True, True), 6: (4, 4, 1, True, True),
    },
}


def u8(value):
    return struct.pack("<B", value)


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def number(value):
    return int.from_bytes(value, "little")


def field(kind_type, value):
    return u16(kind_type) + u16(len(value)) + value


def content(fields):
    """From a list of (type with critical bit, value)."""
    return b"".join(field(t, v) for t, v in fields)


def envelope(kind, signer, data, version=1, zero=0, magic=b"SVCG", length=None):
    """Sign; any part may be wrong, the signature then fits the wrong part."""
    head = magic + u8(version) + u8(kind) + u16(zero) + signer.key_id
    signed = head + u32(len(data) if length is None else length) + data
    signature = signer.sign(signed)
    return signed + u32(len(signature)) + signature


def split_envelope(file, kind):
    """((reason, detail), parts): parts are there when the reason is done."""
    if len(file) < 44 or file[:4] != b"SVCG":
        return ("envelope", 0), None
    if file[4] != 1:
        return ("envelope-version", file[4]), None
    if file[5] != kind:
        return ("kind", file[5]), None
    length = number(file[40:44])
    if file[6:8] != b"\0\0" or not 0 < length <= CONTENT_MAX[kind]:
        return ("envelope", 0), None
    rest = file[44 + length:]
    if len(file) < 44 + length or len(rest) < 4:
        return ("envelope", 0), None
    if not 0 < number(rest[:4]) <= SIGNATURE_MAX or number(rest[:4]) != len(rest) - 4:
        return ("envelope", 0), None
    return ("done", 0), {
        "key_id": file[8:40],
        "content": file[44:44 + length],
        "signed": file[:44 + length],
        "signature": rest[4:],
    }


def read_fields(kind, data):
    """((reason, detail), {number: [values]})."""
    known = FIELDS[kind]
    seen = {}
    last = 0
    while data:
        if len(data) < 4:
            return ("content", last), None
        typ, length = struct.unpack_from("<HH", data)
        num = typ & ~CRITICAL
        value = data[4:4 + length]
        data = data[4 + length:]
        if len(value) < length:
            return ("content", num), None
        if num < last or not num or (num == last and num not in known):
            return ("field-order", num), None
        if num not in known:
            if typ & CRITICAL:
                return ("field-unknown", num), None
            last = num
            continue
        shortest, longest, most, _, critical = known[num]
        if bool(typ & CRITICAL) != critical or not shortest <= length <= longest:
            return ("field-value", num), None
        values = seen.setdefault(num, [])
        if len(values) >= most:
            return ("field-value" if most > 1 else "field-order", num), None
        values.append(value)
        last = num
    for num, rule in known.items():
        if rule[3] and num not in seen:
            return ("field-missing", num), None
    return ("done", 0), seen


def is_text(value):
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(unicodedata.category(c) == "Cc" for c in text)


def rising(values):
    return all(a < b for a, b in zip(values, values[1:]))


def judge_capability(seen):
    flags = number(seen[6][0]) if 6 in seen else 0
    if flags & ~1:
        return 6
    if 7 in seen and not 0 < seen[7][0][0] < 8:
        return 7
    if 8 in seen and not flags & 1:
        return 8
    if 9 in seen and (not number(seen[9][0]) or 8 not in seen):
        return 9
    if 10 in seen and not flags & 1:
        return 10
    if 12 in seen and number(seen[12][0]) <= number(seen.get(11, [b"\0"])[0]):
        return 12
    if 13 in seen and not is_text(seen[13][0]):
        return 13
    return 0


def judge_keystore(seen):
    if not number(seen[1][0]):
        return 1
    for value in seen[4]:
        if not 1 <= value[0] <= 4 or (value[0] != 1 and number(value[1:9])):
            return 4
    if not rising(seen.get(5, [])):
        return 5
    if not rising([v[:16] for v in seen.get(6, [])]):
        return 6
    return 0


def judge_manifest(seen):
    if number(seen[1][0]) not in (1, 2):
        return 1
    if not is_text(seen[4][0]):
        return 4
    return 6 if number(seen[6][0]) & ~3 else 0


def judge_delegation(seen):
    if not rising(seen[3]):
        return 3
    return 0 if number(seen[4][0]) else 4


JUDGES = {
    CAPABILITY: judge_capability, KEYSTORE: judge_keystore,
    MANIFEST: judge_manifest, DELEGATION: judge_delegation,
}


def read_content(kind, data):
    reason, seen = read_fields(kind, data)
    if reason[0] != "done":
        return reason, None
    bad = JUDGES[kind](seen)
    return (("field-value", bad), None) if bad else (reason, seen)


def hex64(value):
    return "%016x" % number(value)


def describe_capability(seen):
    told = {
        "serial": seen[1][0].hex(), "device": seen[2][0].hex(),
        "mask": hex64(seen[3][0]), "generation": number(seen[4][0]),
        "epoch": number(seen[5][0]),
    }
    for num, name in ((6, "capability_flags"), (7, "states"), (9, "lease")):
        if num in seen:
            told[name] = number(seen[num][0])
    for num, name in ((8, "challenge"), (10, "holder"), (13, "label")):
        if num in seen:
            told[name] = seen[num][0].hex()
    for num, name in ((11, "not_before"), (12, "not_after")):
        if num in seen:
            told[name] = hex64(seen[num][0])
    return told


def describe_keystore(seen):
    told = {
        "version": number(seen[1][0]), "audience": seen[2][0].hex(),
        "epoch": number(seen[3][0]), "key_count": len(seen[4]),
        "revoked_count": len(seen.get(5, [])), "floor_count": len(seen.get(6, [])),
    }
    for i, value in enumerate(seen[4]):
        told["key%d_purpose" % i] = value[0]
        told["key%d_mask" % i] = hex64(value[1:9])
        told["key%d_id" % i] = hashlib.sha256(value[9:]).hexdigest()
    if 5 in seen:
        told["revoked_first"] = seen[5][0].hex()
        told["revoked_last"] = seen[5][-1].hex()
    for i, value in enumerate(seen.get(6, [])[:2]):
        told["floor%d_component" % i] = value[:16].hex()
        told["floor%d_version" % i] = hex64(value[16:])
    return told


def describe_manifest(seen):
    return {
        "image_type": number(seen[1][0]), "component": seen[2][0].hex(),
        "image": seen[3][0].hex(), "name": seen[4][0].hex(),
        "version": hex64(seen[5][0]), "manifest_flags": number(seen[6][0]),
        "size": hex64(seen[7][0]), "sha256": seen[8][0].hex(),
    }


def describe_delegation(seen):
    told = {
        "certificate_id": hashlib.sha256(seen[1][0]).hexdigest(),
        "mask": hex64(seen[2][0]), "device_count": len(seen[3]),
        "lease": number(seen[4][0]), "generation": number(seen[5][0]),
        "epoch": number(seen[6][0]),
    }
    for i, value in enumerate(seen[3][:2]):
        told["device%d" % i] = value.hex()
    return told


DESCRIBERS = {
    CAPABILITY: describe_capability, KEYSTORE: describe_keystore,
    MANIFEST: describe_manifest, DELEGATION: describe_delegation,
}

RECORD_MAX = {1: 1, 2: 4 + 14336 + 44 + 1024 + 4 + 5120, 3: 2 * (44 + 26624 + 4 + 5120)}


def record(kind, num, data, version=1, zero=0, magic=b"SVCR", length=None):
    head = magic + u8(version) + u8(kind) + u16(zero) + u64(num)
    body = head + u32(len(data) if length is None else length) + data
    return body + hashlib.sha256(body).digest()


def read_record(data, kind):
    """("good" | "damaged" | "later-version", fields)."""
    if len(data) < 52 or data[:4] != b"SVCR":
        return "damaged", {}
    if data[4] != 1:
        return "later-version", {}
    length = number(data[16:20])
    if (data[5] != kind or data[6:8] != b"\0\0" or
            not 0 < length <= RECORD_MAX.get(kind, 0) or len(data) != 52 + length or
            hashlib.sha256(data[:-32]).digest() != data[-32:]):
        return "damaged", {}
    body = data[20:-32]
    if kind == 1 and body[0] > 2:
        return "damaged", {}
    told = {"number": hex64(data[8:16]), "content_length": length}
    if kind == 1:
        told["state"] = body[0]
    elif kind == 2:
        told["delegation_length"] = number(body[:2])
    return "good", told
