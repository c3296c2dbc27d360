"""What a capture of OKX holds, as slowly and plainly as it can be written: its quotes and its gaps.

Written from what the format and the rules say, with nothing of what reads captures: the bytes of
the segments, the frames by `json`, an overlap by counting, a gap by who was there.
"""

import json
import struct
from collections import Counter
from pathlib import Path
from typing import Any, Final, NamedTuple

MESSAGE, CONNECTED, DISCONNECTED, READER, OVERLAP, OVERLAP_END, LOST = 1, 2, 3, 4, 7, 8, 9
HEAD_BYTES: Final = 52
KILLED: Final = "the replayer was killed"
REPLACED: Final = "replaced"
CLEAN_END: Final = "the replayer ended"


class PlainRecord(NamedTuple):
    """A record, and the number of the group in which it stands."""

    kind: int
    recv_ns: int
    payload: bytes
    connection: int
    group: int


class PlainQuote(NamedTuple):
    """A quote that counts: its symbol, Unix ms, bid, ask, update id, and when it came."""

    symbol: str
    time_ms: int
    bid: float
    ask: float
    update_id: int | None
    recv_ns: int


class PlainGap(NamedTuple):
    """A time without anything of the feed, Unix ns, and why."""

    from_ns: int
    to_ns: int
    reason: str


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
    return records


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


def quotes_in(record: PlainRecord) -> list[PlainQuote]:
    """Return the quotes of a message of OKX; what is anything else has none."""
    if record.kind != MESSAGE:
        return []
    try:
        message: Any = json.loads(record.payload)
        if message["arg"]["channel"] != "bbo-tbt":
            return []
        return [
            PlainQuote(
                message["arg"]["instId"],
                int(row["ts"]),
                float(row["bids"][0][0]),
                float(row["asks"][0][0]),
                row.get("seqId"),
                record.recv_ns,
            )
            for row in message["data"]
        ]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return []


def once(records: list[PlainRecord]) -> list[PlainQuote]:
    """Return every captured quote that is not a duplicate in an overlap, in order."""
    kept: list[PlainQuote] = []
    overlaps: dict[int, tuple[set[int], _Brought]] = {}
    group, said = 0, set[int]()
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
        for quote in quotes_in(record):
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


def gaps_of(records: list[PlainRecord]) -> list[PlainGap]:
    """Return every time without quotes of the one feed of a capture, but that before its first."""
    found: list[PlainGap] = []
    missing: tuple[int, str] | None = None
    last_ns: dict[int, int] = {}
    heirs: dict[int, int] = {}
    counting, newest_ns = 0, 0
    heads: set[tuple[object, ...]] = set()
    ends = {r.connection: r.payload.decode() for r in records if r.kind == DISCONNECTED}
    for record in records:
        number, now_ns = record.connection, record.recv_ns
        if record.kind in (OVERLAP, LOST, READER):
            if record[:4] in heads:
                continue
            heads.add(record[:4])
        if record.kind == LOST:
            lost = json.loads(record.payload)
            if lost["reason"] == KILLED:
                missing = missing or (newest_ns, KILLED)
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
            if missing is not None and number == counting and quotes_in(record):
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
        newest_ns = now_ns
    return found


def holes_in(quotes: list[PlainQuote], gaps: list[PlainGap]) -> list[int]:
    """Return the ms that a server counted and that never came, unless a gap ends behind them."""
    came = {quote.time_ms for quote in quotes}
    ended = {gap.to_ns for gap in gaps}
    holes: list[int] = []
    newest = quotes[0].time_ms
    for quote in quotes:
        if quote.recv_ns not in ended:
            holes += [ms for ms in range(newest + 1, quote.time_ms) if ms not in came]
        newest = max(newest, quote.time_ms)
    return holes
