"""Quotes -> a file of each ticker, however many there are: few are open at a time.

Rule 1: the first tickers that come have their files open. The others share spill files, which are
split by the same rule once all quotes have come.
Rule 2: the rows that wait to be written are bounded; where most of them wait, they are written.
"""

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from zreplay.conversion.output_files import QuoteFile, new_quote_file
from zreplay.conversion.quote_table import QuoteTable
from zreplay.conversion.spill import Spill
from zreplay.quotes.block import Block
from zreplay.quotes.ticker_table import TickerTable

MOST_TICKERS: Final = 64
"""So many tickers have their files open at a time; as many spill files may be open beside them."""

MOST_WAITING_ROWS: Final = 1_048_576
"""About 100 bytes of memory each."""

_PLAIN: Final = "@+=$"
_LONGEST_NAME: Final = 150


class TickerFiles:
    """Writes `FOLDER/BTCUSD.parquet` and so on; `close` splits what had to wait."""

    def __init__(self, folder: Path, kind: str, table: QuoteTable) -> None:
        self.files = 0
        self._folder = folder
        self._kind = kind
        self._table = table
        self._split = _Split(self, depth=0)

    def write(self, block: Block) -> None:
        self._split.add(self._table.batch(block))

    def close(self) -> None:
        self._split.finish()

    def file_of(self, ticker: str) -> QuoteFile:
        """Return the file of a ticker that has none yet."""
        self.files += 1
        path = self._folder / f"{file_name(ticker)}{self._kind}"
        return new_quote_file(path, self._kind, self._table.schema)

    def spill(self, depth: int, number: int) -> Spill:
        return Spill(self._folder / f".spill-{depth}-{number}", self._table.schema)


class _Split:
    """Splits batches; slot n < MOST_TICKERS is the n-th ticker, any other is a spill file."""

    def __init__(self, owner: TickerFiles, depth: int) -> None:
        self._owner = owner
        self._depth = depth
        self._tickers = TickerTable()
        self._waiting: dict[int, list[pa.RecordBatch]] = {}
        self._waiting_rows: dict[int, int] = {}
        self._files: dict[int, QuoteFile] = {}
        self._spills: dict[int, Spill] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Take one row or more."""
        tickers = batch["ticker"].dictionary_encode()
        names: list[Any] = tickers.dictionary.to_pylist()
        codes = self._tickers.add(names).take(tickers.indices.to_numpy())
        slots = np.where(codes < MOST_TICKERS, codes, MOST_TICKERS + codes % MOST_TICKERS)
        order = np.argsort(slots, kind="stable")
        rows, sorted_slots = batch.take(order), slots[order]
        starts = np.flatnonzero(np.append(True, sorted_slots[1:] != sorted_slots[:-1]))
        for start, end in pairwise([*starts.tolist(), len(rows)]):
            slot = int(sorted_slots[start])
            self._waiting.setdefault(slot, []).append(rows.slice(start, end - start))
            self._waiting_rows[slot] = self._waiting_rows.get(slot, 0) + end - start
        if sum(self._waiting_rows.values()) > MOST_WAITING_ROWS:
            self._write_most()

    def finish(self) -> None:
        """Write all that waits, then split what was spilled, one file of it at a time."""
        for slot in list(self._waiting):
            self._write(slot)
        for file in self._files.values():
            file.close()
        for spill in self._spills.values():
            spill.end()
        for spill in self._spills.values():
            part = _Split(self._owner, self._depth + 1)
            for batch in spill.read():
                part.add(batch)
            part.finish()

    def _write_most(self) -> None:
        for slot in sorted(self._waiting_rows, key=self._waiting_rows.__getitem__, reverse=True):
            self._write(slot)
            if sum(self._waiting_rows.values()) <= MOST_WAITING_ROWS // 2:
                return

    def _write(self, slot: int) -> None:
        batches = self._waiting.pop(slot)
        del self._waiting_rows[slot]
        for batch in pa.Table.from_batches(batches).combine_chunks().to_batches():
            self._taker(slot).write(batch)

    def _taker(self, slot: int) -> QuoteFile | Spill:
        if slot >= MOST_TICKERS:
            if slot not in self._spills:
                self._spills[slot] = self._owner.spill(self._depth, slot - MOST_TICKERS)
            return self._spills[slot]
        if slot not in self._files:
            self._files[slot] = self._owner.file_of(self._tickers.names[slot])
        return self._files[slot]


def file_name(ticker: str) -> str:
    """Return the name of a ticker's file, without its suffix: no two tickers have the same.

    What a file system, a shell pattern or a reader of datasets could take for something else is
    written as in an address: `%` and two digits.
    """
    name = quote(ticker, safe=_PLAIN)
    if name[:1] in (".", "_", "-", "~"):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if len(name) > _LONGEST_NAME:
        # What `quote` writes has two digits behind each `%`.
        name = f"{name[:_LONGEST_NAME]}%-{hashlib.sha256(ticker.encode()).hexdigest()}"
    return name or "%"
