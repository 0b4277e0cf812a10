# SPDX-License-Identifier: GPL-2.0-or-later
"""What the second implementation reads in a vector's bytes."""
import hashlib

import files
import wire
from signer import verify


def reasons(header):
    """Names and numbers of enum svcgate_reason, from the contract itself."""
    found = {}
    with open(header, encoding="ascii") as file:
        for row in file:
            words = row.replace(",", "").split()
            if len(words) == 3 and words[0].startswith("SVCGATE_REASON_"):
                name = words[0][len("SVCGATE_REASON_"):].lower().replace("_", "-")
                found[name] = int(words[2], 0)
    return found


class Evaluator:
    def __init__(self, header, certificates):
        self.reasons = reasons(header)
        self.certificates = {hashlib.sha256(c).digest(): (name, c)
                             for name, c in certificates.items()}

    def told_reason(self, name, detail=None):
        told = {"reason": name, "reason_number": self.reasons[name]}
        if detail is not None:
            told["detail"] = detail
        return told

    def frame(self, data, _):
        events = wire.receive(data)
        assert len(events) == 1, events
        event, body = events[0]
        told = {"event": event}
        if event == "frame":
            told["canonical"] = data == wire.line(body)
            told["body"] = body.hex()
            told.update(wire.describe_frame(body))
        return told

    def request(self, data, _):
        reason, fields = wire.describe_request(data)
        return {**self.told_reason(reason), **fields}

    def response(self, data, _):
        whole, fields = wire.describe_response(data)
        return {"whole": whole, **fields}

    def certificate(self, data, _):
        return {"key_id": hashlib.sha256(data).hexdigest()}

    def file(self, data, expected):
        kind = expected["file_kind"]
        told = {"file_kind": kind}
        (reason, detail), parts = files.split_envelope(data, kind)
        if not parts:
            return {**told, "stage": "envelope", **self.told_reason(reason, detail)}
        name, certificate = self.certificates[parts["key_id"]]
        told["signer"] = name
        told["signed_length"] = len(parts["signed"])
        told["signature_length"] = len(parts["signature"])
        if not verify(certificate, parts["signed"], parts["signature"]):
            return {**told, "stage": "signature", **self.told_reason("signature", 0)}
        (reason, detail), seen = files.read_content(kind, parts["content"])
        told["stage"] = "none" if seen else "content"
        told.update(self.told_reason(reason, detail))
        if seen:
            told.update(files.DESCRIBERS[kind](seen))
        return told

    def package(self, data, _):
        length = 44 + files.number(data[40:44])
        length += 4 + files.number(data[length:length + 4])
        told = self.file(data[:length], {"file_kind": files.MANIFEST})
        payload = data[length:]
        fits = (int(told["size"], 16) == len(payload) and
                told["sha256"] == hashlib.sha256(payload).hexdigest())
        told["manifest_length"] = length
        told["payload"] = "good" if fits else "bad"
        return told

    def record(self, data, expected):
        result, fields = files.read_record(data, expected["record_kind"])
        return {"record_kind": expected["record_kind"], "result": result, **fields}

    def evaluate(self, kind, data, expected):
        return getattr(self, kind)(data, expected)
