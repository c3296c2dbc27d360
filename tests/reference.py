"""What both logs must contain, computed the slow and plain way: the judge of everything else.

One process, one row at a time, the whole input in memory, nothing shared with the programs
it judges. Written from the design's account of the input and the output alone.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1)
DAY_NS = 86_400 * 10**9
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
LONGEST_LINE_BYTES, LONGEST_TICKER_CHARS = 64 * 1024, 256
ZONE = r"Z|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?"
TIME = re.compile(
    rf"(\d{{4}}-\d\d-\d\d)[ TD](\d\d:\d\d:\d\d)(?:\.(\d{{1,9}}))?(?:{ZONE})?", re.ASCII
)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class Logs(NamedTuple):
    """The bytes of mid_prices.log and errors.log, and how many rows were refused."""

    mids: bytes
    errors: bytes
    rejected: int


class Quote(NamedTuple):
    timestamp_ns: int
    latency_ms: float
    arrival_ns: int
    bid_price: float
    ask_price: float
    ticker: str


class BadRow(Exception):
    """This row is no quote."""


def reference_logs(
    paths: Iterable[Path], threshold_ms: float = 20.0, stamp: str = "exchange"
) -> Logs:
    """Return what a historical run of these files must write, byte for byte."""
    quotes, rejected = ordered_quotes(paths)
    mids: list[str] = []
    errors: list[str] = []
    for quote in quotes:
        is_error, line = historical_line(quote, threshold_ms, stamp)
        (errors if is_error else mids).append(line)
    return Logs("".join(mids).encode(), "".join(errors).encode(), rejected)


def ordered_quotes(paths: Iterable[Path], max_jump_ns: int = DAY_NS) -> tuple[list[Quote], int]:
    """Return the quotes of these files in replay order, and how many rows were refused."""
    rows: list[tuple[int, int, int, Quote]] = []
    rejected = 0
    for file_number, path in enumerate(paths):
        for offset, quote in without_strays(quotes_of(path.read_bytes()), max_jump_ns):
            if quote is None:
                rejected += 1
            else:
                rows.append((quote.arrival_ns, file_number, offset, quote))
    # No two rows share file and offset, so the quotes themselves are never compared.
    rows.sort()
    return [quote for *_, quote in rows], rejected


def historical_line(
    quote: Quote, threshold_ms: float = 20.0, stamp: str = "exchange"
) -> tuple[bool, str]:
    """Return the line of a quote, and whether it belongs into errors.log; a blank one has none."""
    if math.isnan(quote.bid_price + quote.ask_price):
        return False, ""
    if quote.latency_ms > threshold_ms:
        return True, (
            f"No mid price at {time_text(quote.timestamp_ns)} as latency "
            f"{plain(quote.latency_ms)}ms is bigger than {plain(threshold_ms)}ms\n"
        )
    time_ns = quote.arrival_ns if stamp == "arrival" else quote.timestamp_ns
    return False, mid_line(time_ns, quote.bid_price, quote.ask_price)


def controlled_logs(
    historical: Sequence[Quote],
    live: Sequence[str],
    commands: Sequence[tuple[int, str, str]],
    passes: int | None = 1,
    line_of: Callable[[Quote], tuple[bool, str]] | None = None,
) -> Logs:
    """Return what a run must write whose commands were accepted at these records.

    `line_of` gives the line of a quote, and whether it is an error: by default, that of the logs.

    `historical` is in replay order, `live` holds mid lines in the order received. A command
    (record, verb, value) comes before the quote of that number: the mode; `loop` on, off or
    N passes; `seek` to an arrival in ns or to `start`.
    """
    texts: tuple[list[str], list[str]] = ([], [])
    waiting = list(commands)
    mode, row, live_row, passed, record = "historical", 0, 0, 0, 0
    while True:
        while waiting and waiting[0][0] == record:
            _, verb, value = waiting.pop(0)
            if verb == "mode":
                mode = value
            elif verb == "loop":
                in_all = 1 if value == "off" else int(value.split()[0]) if value != "on" else None
                passes = None if in_all is None else max(in_all, passed + 1)
            elif value == "start":
                row = 0
            else:
                row = sum(quote.arrival_ns < int(value) for quote in historical)
        assert not waiting or waiting[0][0] > record, f"{waiting[0]} comes behind {record}"
        if mode == "live":
            if live_row == len(live):
                break
            texts[0].append(live[live_row])
            live_row += 1
        else:
            if row == len(historical):
                assert waiting or passes is not None, "it never ends"
                if passes is not None and passed + 1 >= passes:
                    break
                row, passed = 0, passed + 1
            is_error, line = (line_of or historical_line)(historical[row])
            texts[is_error].append(line)
            row += 1
        record += 1
    assert not waiting, f"{waiting} was never reached, the run ended at {record}"
    return Logs("".join(texts[0]).encode(), "".join(texts[1]).encode(), 0)


def live_lines(quotes: Iterable[Mapping[str, object]]) -> bytes:
    """Return the mid lines of live quotes, given as JSON objects in the order received."""
    return "".join(
        mid_line(
            parse_time(str(quote["timestamp"])),
            float(str(quote["bid_price"])),
            float(str(quote["ask_price"])),
        )
        for quote in quotes
    ).encode()


def mid_line(time_ns: int, bid_price: float, ask_price: float) -> str:
    return f"{time_text(time_ns)}, {mid_text(bid_price, ask_price)}\n"


def mid_text(bid_price: float, ask_price: float) -> str:
    """Return 0.5 * (bid + ask) to 15 significant digits, in plain notation."""
    both = bid_price + ask_price
    mid = 0.5 * both if math.isfinite(both) else 0.5 * bid_price + 0.5 * ask_price
    return _trimmed(Decimal(f"{mid:.15g}"))


def plain(number: float) -> str:
    """Return the shortest text that reads back the same float, in plain notation."""
    return _trimmed(Decimal(repr(float(number))))


def _trimmed(number: Decimal) -> str:
    if not number:
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=65536)
def time_text(time_ns: int) -> str:
    """Return UTC time with 3 digits of fraction, or 6 or 9 where they are needed."""
    seconds, fraction_ns = divmod(time_ns, 10**9)
    days, second_of_day = divmod(seconds, 86400)
    date = datetime.fromordinal(EPOCH.toordinal() + days).date()
    minutes, second = divmod(second_of_day, 60)
    hour, minute = divmod(minutes, 60)
    digits = f"{fraction_ns:09d}"
    if digits.endswith("000000"):
        digits = digits[:3]
    elif digits.endswith("000"):
        digits = digits[:6]
    return f"{date} {hour:02d}:{minute:02d}:{second:02d}.{digits}"


@lru_cache(maxsize=65536)
def parse_time(text: str) -> int:
    """Return nanoseconds since 1970, or raise BadRow."""
    match = TIME.fullmatch(text)
    if match is None:
        raise BadRow(f"no time: {text}")
    date, time, fraction, sign, hours, minutes = match.groups()
    ahead = (int(hours or 0) * 60 + int(minutes or 0)) * 60
    try:
        since = datetime.fromisoformat(f"{date} {time}") - EPOCH
    except ValueError as error:
        raise BadRow(f"no time: {text}") from error
    seconds = since.days * 86400 + since.seconds - (-ahead if sign == "-" else ahead)
    return _int64(seconds * 10**9 + int((fraction or "0").ljust(9, "0")))


def quotes_of(
    content: bytes, called: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[int, Quote | None]]:
    """Yield the byte offset and the quote, or None if it is none, of each row of a CSV.

    `called` says what a column of ours is called in the header.
    """
    offset = 0
    columns: dict[str, int] | None = None
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        start, offset = offset, offset + len(line) + 1
        if not line.rstrip(b"\r"):
            continue
        try:
            fields = _fields(line)
            if columns is None:
                columns = {name.decode().strip().lower(): i for i, name in enumerate(fields)}
                columns |= {ours: columns[theirs.lower()] for ours, theirs in called.items()}
                width = len(fields)
                continue
            if len(fields) != width:
                raise BadRow(f"{len(fields)} fields")
            yield start, _quote(_Texts({name: fields[i] for name, i in columns.items()}))
        except BadRow:
            yield start, None


def without_strays(
    rows: Iterable[tuple[int, Quote | None]], max_jump_ns: int = DAY_NS
) -> list[tuple[int, Quote | None]]:
    """Return the rows of a file with None for each whose timestamp is a stray."""
    kept = list(rows)
    times_ns = [(at, quote.timestamp_ns) for at, (_, quote) in enumerate(kept) if quote]
    accepted: list[int] = []
    for number, (at, time_ns) in enumerate(times_ns):
        followers = [other_ns for _, other_ns in times_ns[number + 1 : number + 17]]
        passed = [other_ns for other_ns in followers if time_ns - other_ns > max_jump_ns]
        is_jump = not accepted or time_ns - max(accepted) > max_jump_ns
        if max_jump_ns and is_jump and len(passed) > len(followers) / 2:
            kept[at] = (kept[at][0], None)
        else:
            accepted = [max([time_ns, *accepted])]
    return kept


def _fields(line: bytes) -> list[bytes]:
    if len(line) > LONGEST_LINE_BYTES:
        raise BadRow("too long")
    fields = []
    rest = line.rstrip(b"\r") + b","
    while rest:
        quoted = b""
        if rest.startswith(b'"'):
            quoted, rest = _quoted(rest[1:])
        unquoted, _, rest = rest.partition(b",")
        fields.append(quoted + unquoted)
    return fields


def _quoted(rest: bytes) -> tuple[bytes, bytes]:
    """Return what stands before the quote that ends a field, and what stands behind it."""
    field = b""
    while True:
        text, quote, rest = rest.partition(b'"')
        if not quote:
            raise BadRow("a row is one line, also where a quote is still open")
        field += text
        if not rest.startswith(b'"'):
            return field, rest
        field, rest = field + b'"', rest[1:]


class _Texts(dict[str, bytes]):
    """The fields of a row by the names of their columns; only what is asked for must be text."""

    def __getitem__(self, name: str) -> str:
        try:
            text = super().__getitem__(name).decode()
        except UnicodeDecodeError as error:
            raise BadRow(str(error)) from error
        if "\r" in text:
            raise BadRow("a carriage return in a text")
        return text


def _quote(row: _Texts) -> Quote:
    if "index" in row and row["index"].strip():
        _integer(row["index"])
    for name in ("ask_amount", "bid_amount"):
        if row[name].strip().lower() not in ("", "nan"):
            _finite(row[name])
    if "local_timestamp" in row:  # Tardis: both times are in microseconds
        timestamp_us = _integer(row["timestamp"])
        timestamp_ns = _int64(timestamp_us * 1000)
        latency_ms = (_integer(row["local_timestamp"]) - timestamp_us) / 1000
        ticker = f"{row['symbol']}@{row['exchange']}".upper()
    else:
        timestamp_ns = parse_time(row["timestamp"])
        latency_ms = _finite(row["latency" if "latency" in row else "latency_ms"])
        ticker = row["ticker"]
    if len(ticker) > LONGEST_TICKER_CHARS:
        raise BadRow("the ticker is too long")
    if not math.isfinite(latency_ms * 1e6):
        raise BadRow("latency is out of range")
    arrival_ns = _int64(timestamp_ns + round(latency_ms * 1e6))
    texts = [row[name] for name in ("bid_price", "ask_price")]
    prices = [_finite(text) if text.strip(" \t") else math.nan for text in texts]
    if any(price < 0 for price in prices):
        raise BadRow("a price is negative")
    return Quote(timestamp_ns, latency_ms, arrival_ns, prices[0], prices[1], ticker)


def _finite(text: str) -> float:
    if not NUMBER.fullmatch(text.strip()) or not math.isfinite(float(text)):
        raise BadRow(f"no finite number: {text!r}")
    return float(text)


def _integer(text: str) -> int:
    """Return a whole number of 64 bits, which `7.0` is as well."""
    if not NUMBER.fullmatch(text.strip()):
        raise BadRow(f"no number: {text!r}")
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise BadRow(f"no integer: {text!r}") from error
    if not INT64_MIN <= number <= INT64_MAX or number != number.to_integral_value():
        raise BadRow(f"no integer: {text!r}")
    return int(number)


def _int64(number: int) -> int:
    if not INT64_MIN <= number <= INT64_MAX:
        raise BadRow(f"{number} is out of range")
    return number
