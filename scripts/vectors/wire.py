# SPDX-License-Identifier: GPL-2.0-or-later
"""Frames and messages, written from PROTOCOL.md alone.

This is a second implementation: it shares no code with kmod/ and
userspace/lib, so that a vector is right only when two readings of the
protocol agree.
"""
import struct
import zlib

FRAME_MAX = 16 + 8192 + 16
HELLO, WELCOME, DATA, ACK, CLOSE = 1, 2, 3, 4, 5
FROM_KERNEL, LAST, TAGGED = 1, 2, 4

FRAME = struct.Struct("<BBHIQ")
HELLO_DATA = struct.Struct("<BBH")
WELCOME_DATA = struct.Struct("<BBHIHHIQ32s")
CLOSE_DATA = struct.Struct("<HHI")
RANGE = struct.Struct("<II")
REQUEST = struct.Struct("<HHIHHHH16s")
RESPONSE = struct.Struct("<HHI")


def header(kind, flags=0, transaction=0, offset=0, session=0, version=1):
    return FRAME.pack(version << 4 | kind, flags, transaction, offset, session)


def crc(body):
    return struct.pack("<I", zlib.crc32(body))


def cobs(data):
    """Consistent Overhead Byte Stuffing, no zero at the end."""
    out = bytearray()
    run = bytearray()
    for byte in data:
        if byte:
            run.append(byte)
        if not byte or len(run) == 254:
            out.append(len(run) + 1)
            out += run
            full = len(run) == 254 and byte
            run.clear()
            ended_full = bool(full)
        else:
            ended_full = False
    if not data or not ended_full:
        out.append(len(run) + 1)
        out += run
    return bytes(out)


def uncobs(line):
    """The bytes, or None when a code byte points beyond the end."""
    out = bytearray()
    at = 0
    while at < len(line):
        code = line[at]
        if not code or at + code > len(line):
            return None
        out += line[at + 1:at + code]
        at += code
        if code != 255 and at < len(line):
            out.append(0)
    return bytes(out)


def line(body, check=None):
    return b"\0" + cobs(body + (crc(body) if check is None else check)) + b"\0"


def receive(data, room=FRAME_MAX + 4):
    """What a receiver makes of a line: ("frame", body), ("bad-crc", None), ...

    Bytes before the first zero do not count.
    """
    events = []
    for part in data.split(b"\0")[1:-1]:
        if not part:
            continue
        raw = uncobs(part)
        if raw is not None and len(raw) > room:
            events.append(("overlong", None))
        elif raw is None or len(raw) < 4 or crc(raw[:-4]) != raw[-4:]:
            events.append(("bad-crc", None))
        else:
            events.append(("frame", raw[:-4]))
    return events


def describe_frame(body):
    """Fields of a frame's body for the .json."""
    if len(body) < FRAME.size:
        return {}
    first, flags, transaction, offset, session = FRAME.unpack_from(body)
    data = body[FRAME.size:]
    told = {
        "wire_version": first >> 4,
        "frame_kind": first & 15,
        "flags": flags,
        "transaction": transaction,
        "offset": offset,
        "session": "%016x" % session,
        "data_length": len(data),
    }
    kind = first & 15
    if kind == HELLO and len(data) == HELLO_DATA.size:
        names = ("hello_lowest", "hello_highest", "hello_frame_max")
        told.update(zip(names, HELLO_DATA.unpack(data)))
    elif kind == WELCOME and len(data) == WELCOME_DATA.size:
        told.update(describe_welcome(data))
    elif kind == CLOSE and len(data) == CLOSE_DATA.size:
        reason, _, total = CLOSE_DATA.unpack(data)
        told.update(close_reason=reason, close_total=total)
    elif kind == ACK and len(data) in range(4, 4 + 8 * 4 + 1, 8):
        window = int.from_bytes(data[:4], "little")
        told.update(ack_window=window & 0x7fffffff, ack_complete=bool(window >> 31),
                    range_count=len(data) // RANGE.size)
        for i, (start, end) in enumerate(RANGE.iter_unpack(data[4:])):
            told["range%d_start" % i] = start
            told["range%d_end" % i] = end
    return told


def describe_welcome(data):
    names = ("welcome_version", "welcome_flags", "welcome_transactions_max",
             "welcome_message_max", "welcome_frame_max", "welcome_silence_ms",
             "welcome_output_bound", "welcome_session", "welcome_nonce")
    told = dict(zip(names, WELCOME_DATA.unpack(data)))
    told["welcome_session"] = "%016x" % told["welcome_session"]
    told["welcome_nonce"] = told["welcome_nonce"].hex()
    return told


def request(op, flags=0, delegation=b"", credential=b"", proof=b"", payload=b"",
            zero=0, obj=bytes(16)):
    return REQUEST.pack(op, flags, len(payload), len(delegation), len(credential),
                        len(proof), zero, obj) + delegation + credential + proof + payload


def describe_request(message):
    """(reason name, fields): only what the message alone can be refused for."""
    if len(message) < REQUEST.size:
        return "message", {}
    op, flags, payload, delegation, credential, proof, zero, obj = \
        REQUEST.unpack_from(message)
    told = {
        "op": op,
        "request_flags": flags,
        "payload_length": payload,
        "delegation_length": delegation,
        "credential_length": credential,
        "proof_length": proof,
        "object": obj.hex(),
    }
    total = REQUEST.size + payload + delegation + credential + proof
    if (flags & ~3 or zero or total > 32768 or delegation > 14336 or proof > 14336 or
            credential > 44 + 1024 + 4 + 5120 or total != len(message)):
        return "message", told
    return "done", told


def response(reason, detail=0, payload=b""):
    return RESPONSE.pack(reason, detail, len(payload)) + payload


def describe_response(message):
    if len(message) < RESPONSE.size:
        return False, {}
    reason, detail, length = RESPONSE.unpack_from(message)
    told = {
        "response_reason": reason,
        "response_detail": detail,
        "payload_length": length,
        "payload": message[RESPONSE.size:].hex(),
    }
    return length <= 1024 and RESPONSE.size + length == len(message), told
