# SPDX-License-Identifier: GPL-2.0-or-later
"""Vectors of frames, requests and responses.

Each case is (name, kind, description, bytes, expected), where expected is what
the author says the reader must find; evaluate.py reads the bytes and must agree.
"""
import struct
import wire

SESSION = 0x0123456789abcdef
COOKIE = 0x00ff00ff11223344
NONCE = bytes(range(32))
COMPONENT = bytes.fromhex("11111111222233334444555555555555")


def data_frame(data, flags=0, transaction=7, offset=0):
    return wire.header(wire.DATA, flags, transaction, offset, SESSION) + data


def good(name, description, body):
    return ("frame-" + name, "frame", description, wire.line(body), {"event": "frame"})


def bad(name, event, description, line):
    return ("frame-" + name, "frame", description, line, {"event": event})


def with_crc_zeros(count):
    """A data frame whose CRC contains so many zero bytes."""
    for n in range(1 << 24):
        body = data_frame(struct.pack("<I", n))
        if wire.crc(body).count(0) == count:
            return body
    raise AssertionError


def runs():
    """Runs of nonzero bytes around COBS's 254: the header ends in a run too."""
    zero_header = wire.header(wire.DATA, 0, 7, 0, 0)
    for length in (1, 253, 254, 255, 508, 509):
        body = zero_header + bytes(1 + i % 255 for i in range(length))
        yield good("run-%d" % length,
                   "%d bytes without a zero behind a header that ends in a zero"
                   % length, body)
    for length in (253, 254, 255):
        body = zero_header + b"\x55" * length + b"\0" + b"\xaa" * 5
        yield good("run-%d-zero" % length, "%d bytes without a zero, then one" % length,
                   body)


def run_at_end():
    """A frame, CRC included, that ends with a full run of 254."""
    for n in range(1 << 16):
        data = b"\0" + struct.pack("<H", n + 0x0101) + b"\x33" * 248
        body = data_frame(data)
        tail = (data[1:] + wire.crc(body))
        if len(tail) == 254 and 0 not in tail:
            return body
    raise AssertionError


def kinds():
    hello = wire.HELLO_DATA.pack(1, 1, 8224)
    welcome = wire.WELCOME_DATA.pack(1, 3, 4, 32768, 8224, 3000, 16384, SESSION, NONCE)
    yield good("hello", "host asks for a session",
               wire.header(wire.HELLO, session=COOKIE) + hello)
    yield good("welcome", "kernel answers: configured, random ready",
               wire.header(wire.WELCOME, wire.FROM_KERNEL, session=COOKIE) + welcome)
    yield good("data-first", "first frame of a request",
               data_frame(wire.request(0x0001), wire.LAST, 1))
    yield good("data-response", "a whole response from the kernel",
               data_frame(wire.response(0x0201, 11), wire.FROM_KERNEL | wire.LAST, 1))
    yield good("data-offset", "data in the middle of a stream",
               data_frame(b"middle", 0, 65535, 0xfffffff0))
    yield good("data-empty-last", "end of a stream without more bytes",
               data_frame(b"", wire.LAST, 3, 100))
    yield good("ack", "kernel has 1000 bytes",
               wire.header(wire.ACK, wire.FROM_KERNEL, 7, 1000, SESSION))
    yield good("ack-window", "a receiver that takes 65536 bytes from 1000 on",
               wire.header(wire.ACK, 0, 7, 1000, SESSION) + struct.pack("<I", 65536))
    yield good("ack-ranges", "a window, and four ranges beyond the next byte expected",
               wire.header(wire.ACK, 0, 7, 1000, SESSION) + struct.pack("<I", 65536) +
               b"".join(wire.RANGE.pack(2000 * i, 2000 * i + 500) for i in range(1, 5)))
    yield good("ack-complete", "the stream has arrived whole, its end included",
               wire.header(wire.ACK, 0, 7, 1000, SESSION) + struct.pack("<I", 1 << 31))
    yield good("ack-keep-alive", "nothing new, no transaction open",
               wire.header(wire.ACK, 0, 0, 0, SESSION))
    yield good("close", "host gives a transaction up",
               wire.header(wire.CLOSE, 0, 7, 0, SESSION) +
               wire.CLOSE_DATA.pack(0x0187, 0, 4096))
    yield good("close-no-session", "kernel does not know the session",
               wire.header(wire.CLOSE, wire.FROM_KERNEL, 0, 0, SESSION) +
               wire.CLOSE_DATA.pack(0x0101, 0, 0))
    yield good("tagged", "bound session: 16 bytes of tag at the end",
               data_frame(b"data" + bytes(range(0x80, 0x90)), wire.TAGGED))


def ignored():
    """Frames that are read, and then ignored: the device stays silent."""
    yield good("version-2", "another wire version; ignored",
               wire.header(wire.DATA, 0, 7, 0, SESSION, version=2) + b"data")
    yield good("kind-0", "no such kind; ignored", wire.header(0, 0, 7, 0, SESSION))
    yield good("kind-15", "no such kind; ignored", wire.header(15, 0, 7, 0, SESSION))
    yield good("ack-no-window", "a range without a window; ignored",
               wire.header(wire.ACK, 0, 7, 1000, SESSION) + wire.RANGE.pack(2000, 2500))
    yield good("flags-reserved", "a reserved flag; ignored", data_frame(b"data", 0x80))
    yield good("short", "body shorter than a header; ignored", b"\x13" * 15)
    yield good("empty-body", "no body at all, only a CRC; ignored", b"")
    yield good("hello-versions", "hello of a host that does not speak version 1; ignored",
               wire.header(wire.HELLO, session=COOKIE) +
               wire.HELLO_DATA.pack(2, 3, 8224))
    yield good("hello-small", "hello with frame_max below 1280; ignored",
               wire.header(wire.HELLO, session=COOKIE) +
               wire.HELLO_DATA.pack(1, 1, 1279))
    yield good("hello-short", "hello without its last byte; ignored",
               wire.header(wire.HELLO, session=COOKIE) + b"\1\1\x20")


def damaged():
    body = data_frame(b"payload")
    line = wire.line(body)
    flipped = bytearray(line)
    flipped[len(line) // 2] ^= 0x01
    yield bad("bad-crc", "bad-crc", "one bit of the CRC differs",
              wire.line(body, bytes([wire.crc(body)[0] ^ 1]) + wire.crc(body)[1:]))
    yield bad("bad-bit", "bad-crc", "one bit of the body differs", bytes(flipped))
    yield bad("bad-code", "bad-crc", "the last code byte points beyond the delimiter",
              b"\0" + wire.cobs(body + wire.crc(body))[:-1] + b"\0")
    yield bad("only-code", "bad-crc", "a code byte and nothing else", b"\0\x01\0")
    yield bad("three-bytes", "bad-crc", "shorter than a CRC", b"\0\x04abc\0")
    yield bad("overlong", "overlong", "one byte longer than the longest frame",
              wire.line(b"\x11" * (wire.FRAME_MAX + 1)))
    yield bad("overlong-zeros", "overlong", "too long, all zeros",
              wire.line(bytes(wire.FRAME_MAX + 1)))


def lines():
    """More than one frame, or bytes around them."""
    body = data_frame(b"payload")
    yield good("empty-frames", "empty frames around one are ignored", body)[:3] + \
        (b"\0\0\0" + wire.line(body) + b"\0\0", {"event": "frame"})
    yield ("frame-before-delimiter", "frame",
           "bytes before the first delimiter do not count",
           b"garbage" + wire.line(body), {"event": "frame"})
    yield ("frame-run-254-code-1", "frame",
           "a full run at the end, then a code byte 01 that says nothing: not how "
           "it is sent, read all the same",
           wire.line(run_at_end())[:-1] + b"\x01\0", {"event": "frame"})


def frames():
    yield from runs()
    yield good("run-254-end", "body and CRC end with a full run: no code follows",
               run_at_end())
    for count in (1, 2):
        yield good("crc-zeros-%d" % count, "%d zero bytes in the CRC" % count,
                   with_crc_zeros(count))
    yield good("no-data", "a header and nothing behind it", data_frame(b""))
    yield good("all-zeros", "64 zero bytes of data", data_frame(bytes(64)))
    yield good("all-ff", "64 bytes ff", data_frame(b"\xff" * 64))
    yield good("maximum", "the longest frame",
               data_frame(bytes(i * 7 & 255 for i in range(8192)) + bytes(range(16)),
                          wire.TAGGED))
    yield good("maximum-zeros", "the longest frame, data all zero",
               data_frame(bytes(8192 + 16), wire.TAGGED))
    yield good("maximum-no-zeros", "the longest frame, data without a zero",
               data_frame(b"\xa5" * (8192 + 16), wire.TAGGED))
    yield from kinds()
    yield from ignored()
    yield from damaged()
    yield from lines()


def request(name, description, message, reason="done"):
    return ("request-" + name, "request", description, message, {"reason": reason})


def requests():
    yield request("identify", "who are you", wire.request(0x0001))
    yield request("can", "may I install this component",
                  wire.request(0x0002, payload=struct.pack("<H", 0x0030) + COMPONENT))
    yield request("state-update", "to DeviceComplete, keep the capability",
                  wire.request(0x0015, 2, payload=b"\2\1"))
    yield request("object", "start a component", wire.request(0x0040, obj=COMPONENT))
    yield request("dry-run", "would it be admitted", wire.request(0x0021, 1))
    yield request("sections", "all four sections",
                  wire.request(0x0020, 0, b"D" * 10, b"C" * 20, b"P" * 30, b"payload"))
    yield request("maker", "a maker's operation", wire.request(0x8001, payload=b"\xa0"))
    yield request("maximum", "the longest message",
                  wire.request(0x0050, payload=bytes(32768 - 32)))
    yield request("flags", "a reserved flag", wire.request(0x0001, 4), "message")
    yield request("zero", "the reserved field is not zero",
                  wire.request(0x0001, zero=1), "message")
    yield request("short", "header cut off", wire.request(0x0001)[:31], "message")
    yield request("empty", "no byte at all", b"", "message")
    yield request("trailing", "one byte more than the lengths say",
                  wire.request(0x0001) + b"x", "message")
    yield request("missing", "one byte less than the lengths say",
                  wire.request(0x0001, payload=b"12")[:-1], "message")
    yield request("too-long", "one byte above the longest message",
                  wire.request(0x0050, payload=bytes(32768 - 31)), "message")
    yield request("overflow", "a payload length that wraps around",
                  wire.REQUEST.pack(1, 0, 0xffffffff, 0, 0, 0, 0, bytes(16)), "message")
    yield request("long-credential", "a credential longer than any capability file",
                  wire.request(0x0020, credential=bytes(6193)), "message")
    yield request("long-delegation", "a delegation longer than its section",
                  wire.request(0x0020, delegation=bytes(14337)), "message")
    yield request("long-proof", "a proof longer than its section",
                  wire.request(0x0020, proof=bytes(14337)), "message")


def responses():
    def response(name, description, message, whole=True):
        return ("response-" + name, "response", description, message, {"whole": whole})

    yield response("identify", "a device ID",
                   wire.response(0, 0, bytes.fromhex("00112233445566778899aabbccddeeff")))
    yield response("forbidden", "appDevelopment would do", wire.response(0x0201, 11))
    yield response("can", "no: fieldServicing or appDevelopment would do",
                   wire.response(0, 0, struct.pack("<BBHHHQQ", 0, 0, 0x0201, 11, 0,
                                                   1 << 11 | 1 << 13, 0)))
    yield response("state-show", "DeviceComplete", wire.response(0, 0, b"\2"))
    yield response("maximum", "the longest payload", wire.response(0, 0, bytes(1024)))
    yield response("too-long", "one byte above it", wire.response(0, 0, bytes(1025)),
                   False)
    yield response("short", "header cut off", wire.response(0)[:7], False)
    yield response("missing", "one byte less than the length says",
                   wire.response(0, 0, b"12")[:-1], False)
    yield response("trailing", "one byte more than the length says",
                   wire.response(0) + b"x", False)


def cases():
    yield from frames()
    yield from requests()
    yield from responses()
