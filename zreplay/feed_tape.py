"""A recording as the messages that an exchange would send, each with its time.

CSV, header by name as in the README; latency and other columns are ignored. Streaming: one
strip of rows at a time. A row that is no quote is left out and counted.
"""

import csv
import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import batched
from math import isfinite, isnan
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from protocol.errors import InputError
from zreplay.timestamp_text import timestamp_ns

STRIP_ROWS: Final = 1024
NUMBERS: Final = ("ask_amount", "ask_price", "bid_price", "bid_amount")
NEEDED: Final = ("timestamp", "ticker", *NUMBERS)
_CACHED_TEXTS: Final = 16_384

_cached_timestamp_ns = lru_cache(_CACHED_TEXTS)(timestamp_ns)
_json_text = lru_cache(_CACHED_TEXTS)(json.dumps)


class Strip(NamedTuple):
    """Messages in the order of the file, and the exchange time of each."""

    times_ns: list[int]
    messages: list[bytes]
    skipped: int


class FeedTape:
    """Reads a recording strip by strip, from its beginning each time.

    Raises:
        InputError: the file cannot be read or lacks a column.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as file:
            header = next(csv.reader(file), None)
        if header is None:
            raise InputError(f"{path} is empty", fix="give a recording with a header")
        names = [name.strip().lower() for name in header]
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise InputError(
                f"{path} has no column {', '.join(missing)}; its header is {','.join(header)}",
                fix=f"the columns needed are {', '.join(NEEDED)}",
            )
        self._width = len(names)
        self._places = [names.index(name) for name in NEEDED]
        self._index_place = names.index("index") if "index" in names else None

    def strips(self) -> Iterator[Strip]:
        """Yield the whole recording, STRIP_ROWS rows at a time."""
        with self._open() as file:
            reader = csv.reader(file)
            next(reader)
            for rows in batched(_rows(reader), STRIP_ROWS):
                yield self._strip(rows)

    def _strip(self, rows: tuple[list[str], ...]) -> Strip:
        times_ns: list[int] = []
        messages: list[bytes] = []
        for row in rows:
            timed = self._timed_message(row)
            if timed is not None:
                times_ns.append(timed[0])
                messages.append(timed[1])
        return Strip(times_ns, messages, len(rows) - len(messages))

    def _timed_message(self, row: list[str]) -> tuple[int, bytes] | None:
        """Return time and JSON of a row, None if it is no quote."""
        if len(row) != self._width:
            return None
        timestamp, ticker, ask_amount, ask_price, bid_price, bid_amount = [
            row[place] for place in self._places
        ]
        time_ns = _cached_timestamp_ns(timestamp)
        if time_ns is None or not ticker:
            return None
        try:
            asks, bids = float(ask_price), float(bid_price)
            ask_size, bid_size = _amount_text(ask_amount), _amount_text(bid_amount)
            index = "" if self._index_place is None else _index_text(row[self._index_place])
        except ValueError:
            return None
        if not (isfinite(asks) and isfinite(bids)):
            return None
        text = (
            f'{{{index}"timestamp":"{timestamp}","ticker":{_json_text(ticker)},'
            f'"ask_amount":{ask_size},"ask_price":{asks!r},'
            f'"bid_price":{bids!r},"bid_amount":{bid_size}}}'
        )
        return time_ns, text.encode()

    def _open(self) -> TextIO:
        try:
            return self._path.open(newline="", encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise InputError(
                f"cannot read {self._path}: {error.strerror}", fix="check the name of the file"
            ) from error


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Yield the rows, an empty one for what the csv module cannot read; no blank lines."""
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            yield []
            continue
        if row is None:
            return
        if row:
            yield row


def _amount_text(text: str) -> str:
    """Return a number as JSON; an empty amount is null.

    Raises:
        ValueError: it is none.
    """
    if not text:
        return "null"
    amount = float(text)
    if isnan(amount):
        return "null"
    if not isfinite(amount):
        raise ValueError(text)
    return repr(amount)


def _index_text(text: str) -> str:
    return f'"index":{int(text)},' if text else ""
