"""The records of a capture, from the bytes of its segments, as slowly and plainly as can be."""

import json
import struct
from pathlib import Path
from typing import Final, NamedTuple

MESSAGE, CONNECTED, DISCONNECTED, READER = 1, 2, 3, 4
OVERLAP, OVERLAP_END, LOST, GAP = 7, 8, 9, 10
HEAD_BYTES: Final = 52


class PlainRecord(NamedTuple):
    """A record, the number of the group in which it stands, and the venue of its connection."""

    kind: int
    recv_ns: int
    payload: bytes
    connection: int
    group: int
    venue: str = ""


def records_of(folder: Path) -> list[PlainRecord]:
    """Return the whole groups of all segments."""
    records: list[PlainRecord] = []
    group = 0
    for path in sorted(folder.glob("*.capture")):
        data, at = path.read_bytes(), HEAD_BYTES
        while at + 8 <= len(data):
            (length,) = struct.unpack_from("<I", data, at)
            end = at + 8 + length + 4
            if end > len(data):
                break
            group += 1
            records += _records(data[at + 8 : end - 4], group)
            at = end
    return _with_venues(records)


def _records(body: bytes, group: int) -> list[PlainRecord]:
    records, at = [], 0
    while at < len(body):
        kind, recv_ns, length = struct.unpack_from("<BqI", body, at)
        at += 13
        connection = 0
        if kind >= 128:
            (connection,) = struct.unpack_from("<I", body, at)
            at, kind = at + 4, kind - 128
        records.append(PlainRecord(kind, recv_ns, body[at : at + length], connection, group))
        at += length
    return records


def _with_venues(records: list[PlainRecord]) -> list[PlainRecord]:
    """Tell of each record its venue: after a kill a number may be used again for another one."""
    found: list[PlainRecord] = []
    venues: dict[int, str] = {}
    for record in records:
        number, payload = record.connection, record.payload
        if record.kind == LOST:
            venues[number] = json.loads(payload)["venue"]
        elif record.kind == READER:
            venues[number] = payload[8:].decode().partition("\n")[0]
        elif record.kind == OVERLAP:
            venues[number] = venues[struct.unpack("<QI", payload)[1]]
        elif record.kind == CONNECTED:  # its READER is in the same group, behind it
            readers = (
                r for r in records[len(found) :] if (r.kind, r.connection) == (READER, number)
            )
            venues[number] = next(readers).payload[8:].decode().partition("\n")[0]
        found.append(record._replace(venue=venues.get(number, "")))
    return found
