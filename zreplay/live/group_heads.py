"""What stands at the head of a group of the capture, so that it can be read by itself.

Rule 1: the first READER of a connection, and the first OVERLAP of one, get the byte where their
        group begins.
Rule 2: each later group with a message of that connection begins with its READER; each later
        group begins with every OVERLAP that has not ended.
Rule 3: a connection has no READER behind its DISCONNECTED; an overlap lasts until its end is
        written, which is later: what the one brought last, the other may still bring.
Rule 4: a LOST stands at the head of each later group until its GAP, behind the OVERLAPs, which a
        reader looks for first. So the last group tells what
        was missing when it was written, whatever was killed then.
"""

from collections.abc import Iterable
from typing import Self

from zreplay.live.capture_records import BEGAN, Captured, RecordKind

_MESSAGE = RecordKind.MESSAGE


class GroupHeads:
    """Which READER, OVERLAP and LOST are in force, from group to group."""

    def __init__(self, lost: Iterable[Captured] = ()) -> None:
        self._readers: dict[int, Captured] = {}
        self._overlaps: dict[int, Captured] = {}
        self._lost = {record.connection: record for record in lost}

    def copy(self) -> Self:
        """Return the same, to add a group that may not get written."""
        other = type(self)(self._lost.values())
        other._readers, other._overlaps = dict(self._readers), dict(self._overlaps)
        return other

    def add(self, records: Iterable[Captured], offset: int) -> list[Captured]:
        """Return the records of the group that begins at this byte, with its head."""
        records = list(records)
        is_in_force = self._readers or self._overlaps or self._lost
        if not is_in_force and all(r.kind <= _MESSAGE for r in records):
            return records
        began = BEGAN.pack(offset)
        heads = [*self._overlaps.values(), *self._lost.values()]
        heads += self._readers_of({r.connection for r in records if r.kind == _MESSAGE})
        body = []
        for record in records:
            number = record.connection
            if record.kind == RecordKind.READER:
                record = record._replace(payload=began + record.payload)
                self._readers[number] = record
            elif record.kind == RecordKind.OVERLAP:
                record = record._replace(payload=began + record.payload)
                self._overlaps[number] = record
            elif record.kind == RecordKind.OVERLAP_END:
                self._overlaps.pop(number, None)
            elif record.kind == RecordKind.DISCONNECTED:
                self._readers.pop(number, None)
            elif record.kind == RecordKind.LOST:
                self._lost[number] = record
            elif record.kind == RecordKind.GAP:
                self._lost.pop(number, None)
            body.append(record)
        return heads + body

    def _readers_of(self, numbers: set[int]) -> list[Captured]:
        return [self._readers[number] for number in sorted(numbers & self._readers.keys())]
