"""What a capture of venues holds, as slowly and plainly as it can be written: quotes and gaps.

Written from what the format and the rules say, with nothing of what reads captures: the bytes of
the segments, the frames by `json`, an overlap by counting, a gap by who was there.
"""

import json
import struct
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

MESSAGE, CONNECTED, DISCONNECTED, READER = 1, 2, 3, 4
OVERLAP, OVERLAP_END, LOST, GAP = 7, 8, 9, 10
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
    """A quote that counts: its symbol, number, bid, ask, update id, time, venue, when it came.

    Its number is its time in ms, or for a venue without times its id; a side may be missing.
    """

    symbol: str
    number: int
    bid: float | None
    ask: float | None
    update_id: int | None
    time_ns: int
    venue: str
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


class PlainReader:
    """Reads the messages of all connections, in order: of some venues one says what changed."""

    def __init__(self) -> None:
        self._sides: dict[tuple[int, str], list[float | None]] = {}

    def quotes_in(self, record: PlainRecord) -> list[PlainQuote]:
        """Return the quotes of a message; what is anything else has none."""
        if record.kind == CONNECTED:
            self._sides = {k: v for k, v in self._sides.items() if k[0] != record.connection}
        if record.kind != MESSAGE:
            return []
        try:
            message: Any = json.loads(record.payload)
            if message.get("type") == "ticker":
                return [_of_coinbase(message, record.recv_ns)]
            if "stream" in message:
                return [_of_binance(message["data"], record.recv_ns)]
            if message.get("topic", "").startswith("orderbook.1."):
                return [self._of_bybit(message, record)]
            return _of_okx(message, record.recv_ns)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            return []

    def _of_bybit(self, message: Any, record: PlainRecord) -> PlainQuote:
        data, time_ms = message["data"], message["cts"]
        sides = self._sides.setdefault((record.connection, data["s"]), [None, None])
        for at, side in enumerate("ba"):
            if data[side]:
                sides[at] = float(data[side][0][0])
            elif message["type"] == "snapshot":
                sides[at] = None
        return _timed("bybit", data["s"], time_ms, sides, data["u"], record.recv_ns)


def _of_okx(message: Any, recv_ns: int) -> list[PlainQuote]:
    if message["arg"]["channel"] != "bbo-tbt":
        return []
    return [
        _timed(
            *("okx", message["arg"]["instId"], int(row["ts"])),
            *([float(row["bids"][0][0]), float(row["asks"][0][0])], row.get("seqId"), recv_ns),
        )
        for row in message["data"]
    ]


def _of_binance(data: Any, recv_ns: int) -> PlainQuote:
    bid, ask, number = float(data["b"]), float(data["a"]), data["u"]
    return PlainQuote(data["s"], number, bid, ask, number, recv_ns, "binance", recv_ns)


def _of_coinbase(message: Any, recv_ns: int) -> PlainQuote:
    sides: list[float | None] = [float(message["best_bid"]), float(message["best_ask"])]
    time_ms = round(datetime.fromisoformat(message["time"]).timestamp() * 1000)
    symbol, update_id = message["product_id"], message.get("sequence")
    return _timed("coinbase", symbol, time_ms, sides, update_id, recv_ns)


def _timed(
    venue: str,
    symbol: str,
    time_ms: int,
    sides: list[float | None],
    update_id: int | None,
    recv_ns: int,
) -> PlainQuote:
    time_ns = time_ms * 1_000_000
    return PlainQuote(symbol, time_ms, *sides, update_id, time_ns, venue, recv_ns)


def venues_of(records: list[PlainRecord]) -> dict[int, str]:
    """Return the venue of each number of a connection."""
    venues: dict[int, str] = {}
    for record in records:
        if record.kind == READER:
            venues[record.connection] = record.payload[8:].decode().partition("\n")[0]
        elif record.kind == LOST:
            venues[record.connection] = json.loads(record.payload)["venue"]
        elif record.kind == OVERLAP:
            venues[record.connection] = venues[struct.unpack("<QI", record.payload)[1]]
    return venues


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


def gaps_of(records: list[PlainRecord], feed: set[int]) -> list[PlainGap]:
    """Return every time without quotes of a feed with these connections, but before its first."""
    found: list[PlainGap] = []
    missing: tuple[int, str] | None = None
    last_ns: dict[int, int] = {}
    heirs: dict[int, int] = {}
    counting, reader = 0, PlainReader()
    records = _each_once(records)
    ends = {r.connection: r.payload.decode() for r in records if r.kind == DISCONNECTED}
    for at, record in enumerate(records):
        number, now_ns = record.connection, record.recv_ns
        if number not in feed:
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
    before = {record.connection for record in records[: end + 1]}
    behind = {r.connection for r in records[end + 1 : at] if r.connection and r.kind != GAP}
    return end >= 0 and not before & behind


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
