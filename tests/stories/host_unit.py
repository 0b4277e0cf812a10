# SPDX-License-Identifier: GPL-2.0-or-later
"""For the stories of changes: a device with a state and a stored file."""
import struct

from host_device import APP, FIELD, ID, OP, REASON, RF, Device

BLANK, MODULE, COMPLETE = 0, 1, 2
UNKNOWN, PENDING, DONE, NOT_DONE = 0, 1, 2, 3
OK = (0, 0, b"")
LOST = None
FORBIDDEN = (REASON["FORBIDDEN"], 13, b"")
UPDATE = ["device", "manufacturing-state", "update", "--state"]


def refuse(name, detail=0):
    return (REASON[name], detail, b"")


def listed(by_state, sideloaded=0, reason=0, passed=0):
    return (0, 0, struct.pack("<QQQ16s16sIIHH", by_state, sideloaded, passed,
                              b"\x22" * 16 if sideloaded else b"", b"", 3, 0, reason, 0))


def outcome(state, name=None, detail=0):
    return (0, 0, struct.pack("<BBHH", state, 0, REASON[name] if name else 0, detail))


class Unit(Device):
    """A device with a state and a stored file; what it is told to answer comes first."""

    def __init__(self, state=MODULE, stored=0, told=None, device_id=ID):
        self.state, self.stored, self.stored_reason = state, stored, 0
        answers = {"STATE_SHOW": Unit.show, "CAPABILITY_LIST": Unit.list,
                   "STATE_UPDATE": Unit.state_update,
                   "CAPABILITY_UPDATE": Unit.capability_update, "KEYSTORE_UPDATE": OK}
        super().__init__({**answers, **(told or {})}, device_id)

    def by_state(self):
        return {BLANK: RF | FIELD, MODULE: FIELD, COMPLETE: 0}[self.state]

    def is_open(self):
        return (self.by_state() | self.stored) & (FIELD | APP)

    def show(self, _):
        return (0, 0, bytes([self.state])) if self.is_open() else FORBIDDEN

    def list(self, _):
        if not self.is_open():
            return FORBIDDEN
        return listed(self.by_state(), self.stored, self.stored_reason)

    def state_update(self, payload):
        self.state = payload[0]
        return OK

    def capability_update(self, payload):
        self.stored = struct.unpack("<Q", payload.split(struct.pack("<HH", 0x8003, 8))[1][:8])[0]
        return OK

    def lost_update(self, payload):
        self.state = payload[0]
        return LOST

    def sent(self, name):
        return [request for request in self.requests if request[0] == OP[name]]


def update(home, device, state, *more):
    return home.run(*UPDATE, state, "--port", device.port, *more)


def error(result):
    return result.json()["error"]["name"]


def capability_update(home, device, data, *more):
    path = home.file("file.cap", data)
    return home.run("device", "capability", "update", "--capability-file", path, "--port",
                    device.port, *more)


def deploy(home, device, data, *more):
    path = home.file("package", data)
    return home.run("device", "sideload", "deploy", "--image-package", path, "--port",
                    device.port, *more)
