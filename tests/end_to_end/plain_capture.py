"""What a capture of venues holds, as slowly and plainly as it can be written: quotes and gaps.

Written from what the format and the rules say, with nothing of what reads captures: the bytes of
the segments (plain_records.py), the frames (plain_quotes.py), an overlap by counting, a gap by who
was there.
"""

import json
import struct
from collections import Counter
from typing import Final, NamedTuple

from tests.end_to_end.plain_quotes import PlainQuote, PlainReader
from tests.end_to_end.plain_records import (
    CONNECTED,
    DISCONNECTED,
    LOST,
    MESSAGE,
    OVERLAP,
    OVERLAP_END,
    READER,
    PlainRecord,
)

KILLED: Final = "the replayer was killed"
REPLACED: Final = "replaced"
CLEAN_END: Final = "the replayer ended"


class PlainGap(NamedTuple):
    """A time without anything of the feed, Unix ns, and why."""

    from_ns: int
    to_ns: int
    reason: str


def once(records: list[PlainRecord]) -> list[PlainQuote]:
    """Return every captured quote that is not a duplicate in an overlap, in order."""
    kept: list[PlainQuote] = []
    overlaps: dict[int, tuple[set[int], _Brought]] = {}
    group, said, reader = 0, set[int](), PlainReader()
    for record in records:
        if record.group != group:
            group, said = record.group, set()
        if record.kind == OVERLAP:
            said.add(record.connection)
            if record.connection not in overlaps:
                _, replaced = struct.unpack("<QI", record.payload)
                for both, _ in overlaps.values():
                    both |= {record.connection} if replaced in both else set()
                overlaps[record.connection] = {record.connection, replaced}, _Brought()
            continue
        overlaps = {new: each for new, each in overlaps.items() if new in said}
        if record.kind == OVERLAP_END:
            overlaps.pop(record.connection, None)
        for quote in reader.quotes_in(record):
            copies = [
                brought.is_copy(quote, record.connection)
                for both, brought in overlaps.values()
                if record.connection in both
            ]
            if not any(copies):
                kept.append(quote)
    return kept


class _Brought:
    """What each connection of an overlap brought of each quote, and who brought it first."""

    def __init__(self) -> None:
        self._counts: dict[object, Counter[int]] = {}
        self._first: dict[object, int] = {}

    def is_copy(self, quote: PlainQuote, connection: int) -> bool:
        key = (quote.symbol, quote.update_id) if quote.update_id else quote[:4]
        first = self._first.setdefault(key, connection)
        counts = self._counts.setdefault(key, Counter())
        counts[connection] += 1
        if quote.update_id:
            return first != connection
        return counts[connection] <= max(
            (n for c, n in counts.items() if c != connection), default=0
        )


def gaps_of(records: list[PlainRecord], venue: str) -> list[PlainGap]:
    """Return every time without quotes of the feed of a venue, but that before its first."""
    found: list[PlainGap] = []
    missing: tuple[int, str] | None = None
    last_ns: dict[int, int] = {}
    heirs: dict[int, int] = {}
    counting, reader = 0, PlainReader()
    records = _each_once(records)
    ours = (record for record in records if record.venue == venue)
    ends = {r.connection: r.payload.decode() for r in ours if r.kind == DISCONNECTED}
    for at, record in enumerate(records):
        number, now_ns = record.connection, record.recv_ns
        if record.venue != venue:
            continue
        if record.kind == LOST:
            lost = json.loads(record.payload)
            if lost["reason"] == KILLED:
                is_end = _is_end_of_process(records, at, lost["from_ns"])
                missing = missing or (lost["from_ns"] if is_end else 0, KILLED)
                last_ns, heirs, counting = {}, {}, 0
            elif lost["reason"] == CLEAN_END and missing is not None and missing[1] != CLEAN_END:
                found.append(PlainGap(missing[0], lost["from_ns"], missing[1]))
                missing = lost["from_ns"], CLEAN_END
        elif record.kind == OVERLAP:
            _, heirs[number] = struct.unpack("<QI", record.payload)
            if heirs[number] in heirs:  # whom somebody is to replace is not an heir any more
                counting = heirs[number]
        elif record.kind == CONNECTED:
            if number not in heirs or number in last_ns:
                counting = number
            last_ns[number] = now_ns
        elif record.kind == MESSAGE:
            last_ns[number] = now_ns
            quotes = reader.quotes_in(record)
            if missing is not None and number == counting and quotes:
                found.append(PlainGap(missing[0], now_ns, missing[1]))
                missing = None
        elif record.kind == DISCONNECTED and number:
            reason, since_ns = record.payload.decode(), last_ns.pop(number, now_ns)
            is_heir_that_counts = ends.get(heirs.get(number, 0)) == REPLACED
            if number == counting and reason == REPLACED:
                counting = next(new for new, old in heirs.items() if old == number)
            elif number == counting or (is_heir_that_counts and heirs[number] == counting):
                since_ns = now_ns if reason == CLEAN_END else since_ns
                missing = missing or (since_ns, reason)
                counting = 0
    return found


def _each_once(records: list[PlainRecord]) -> list[PlainRecord]:
    """Return the records without those that a later group repeats at its head."""
    heads: set[tuple[object, ...]] = set()
    found: list[PlainRecord] = []
    for record in records:
        if record.kind in (OVERLAP, LOST, READER):
            if record[:4] in heads:
                continue
            heads.add(record[:4])
        found.append(record)
    return found


def _is_end_of_process(records: list[PlainRecord], at: int, from_ns: int) -> bool:
    """Tell whether all connections between a time and `at`, of whatever feed, are new ones."""
    end = max((i for i in range(at) if records[i].recv_ns == from_ns), default=-1)
    connected = set[int]()
    for record in records[end + 1 : at]:
        connected |= {record.connection} if record.kind == CONNECTED else set()
        if record.kind in (MESSAGE, DISCONNECTED) and record.connection not in connected:
            return False
    return end >= 0


def holes_in(quotes: list[PlainQuote], gaps: list[PlainGap]) -> list[int]:
    """Return the numbers that never came of one venue, unless a gap ends behind them."""
    came = {quote.number for quote in quotes}
    ended = {gap.to_ns for gap in gaps}
    holes: list[int] = []
    newest = quotes[0].number
    for quote in quotes:
        if quote.recv_ns not in ended:
            holes += [number for number in range(newest + 1, quote.number) if number not in came]
        newest = max(newest, quote.number)
    return holes
