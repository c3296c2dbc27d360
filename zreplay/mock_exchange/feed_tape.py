"""A recording as the messages that an exchange would send, each with its time.

CSV, columns by name as in the README; latency and other columns are ignored. Streaming: one
portion of rows at a time. A row that is not a quote is skipped and counted.
"""

import csv
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import batched
from math import isfinite, isnan, nan
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from protocol.errors import InputError
from zreplay.quotes.timestamp_column import timestamps_ns

PORTION_ROWS: Final = 1024
NUMBERS: Final = ("ask_amount", "ask_price", "bid_price", "bid_amount")
NEEDED: Final = ("timestamp", "ticker", *NUMBERS)
_CACHED_TEXTS: Final = 16_384

# Four numbers and their commas: what already is JSON is sent as it was recorded.
_NUMBER: Final = r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?"
_JSON_NUMBERS: Final = re.compile(",".join([_NUMBER] * len(NUMBERS)), re.ASCII).fullmatch
_JSON_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII).fullmatch
_json_text = lru_cache(_CACHED_TEXTS)(json.dumps)


class TimedMessages(NamedTuple):
    """Messages in the order of the file, and the exchange time of each."""

    times_ns: list[int]
    messages: list[bytes]
    skipped: int


class FeedTape:
    """Reads a recording portion by portion, from the start each time.

    Raises:
        InputError: the file cannot be read or lacks a column.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as file:
            header = next(csv.reader(file), None)
        if header is None:
            raise InputError(f"{path} is empty", fix="give a recording with a header", code="Z402")
        names = [name.strip().lower() for name in header]
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise InputError(
                f"{path} has no column {', '.join(missing)}; its header is {','.join(header)}",
                fix=f"the columns needed are {', '.join(NEEDED)}",
                code="Z402",
            )
        self._width = len(names)
        self._columns = [names.index(name) for name in NEEDED]
        self._time_column = names.index("timestamp")
        self._index_column = names.index("index") if "index" in names else None

    def portions(self) -> Iterator[TimedMessages]:
        """Yield the whole recording, PORTION_ROWS rows at a time."""
        with self._open() as file:
            reader = csv.reader(file)
            next(reader)
            for rows in batched(_rows(reader), PORTION_ROWS):
                yield self._portion(rows)

    def _portion(self, rows: tuple[list[str], ...]) -> TimedMessages:
        whole = [row for row in rows if len(row) == self._width]
        instants, is_timestamp = timestamps_ns([row[self._time_column] for row in whole])
        times_ns: list[int] = []
        messages: list[bytes] = []
        for row, time_ns, is_timed in zip(
            whole, instants.tolist(), is_timestamp.tolist(), strict=True
        ):
            message = self._message(row) if is_timed else None
            if message is not None:
                times_ns.append(time_ns)
                messages.append(message)
        return TimedMessages(times_ns, messages, len(rows) - len(messages))

    def _message(self, row: list[str]) -> bytes | None:
        """Return the JSON of a row with a timestamp, None if it is not a quote."""
        timestamp, ticker, *numbers = [row[column] for column in self._columns]
        if not ticker:
            return None
        if not _JSON_NUMBERS(",".join(numbers)):
            try:
                numbers = [_json_number(*named) for named in zip(NUMBERS, numbers, strict=True)]
            except ValueError:
                return None
        ask_amount, ask_price, bid_price, bid_amount = numbers
        index = "" if self._index_column is None else row[self._index_column]
        if index and not _JSON_INTEGER(index):
            return None
        return (
            f'{{{f'"index":{index},' if index else ""}"timestamp":"{timestamp}",'
            f'"ticker":{_json_text(ticker)},"ask_amount":{ask_amount},'
            f'"ask_price":{ask_price},"bid_price":{bid_price},"bid_amount":{bid_amount}}}'
        ).encode()

    def _open(self) -> TextIO:
        try:
            return self._path.open(newline="", encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise InputError(
                f"cannot read {self._path}: {error.strerror}",
                fix="check the name of the file",
                code="Z401",
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


def _json_number(name: str, text: str) -> str:
    """Return a number that JSON would write differently (`.5`); an empty amount is null.

    Raises:
        ValueError: it is not a number, or is a price that is not finite.
    """
    is_amount = name.endswith("amount")
    number = float(text) if text or not is_amount else nan
    if isfinite(number):
        return repr(number)
    if isnan(number) and is_amount:
        return "null"
    raise ValueError(text)
