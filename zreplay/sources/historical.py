"""Recordings -> quotes in arrival order, with a cursor behind each of them."""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from protocol.errors import InputError
from zreplay.block import Block
from zreplay.order import ArrivalOrder
from zreplay.order_cursor import OrderCursor
from zreplay.sources.csv_file import BLOCK_BYTES, CsvFile, Cut, Parsed, Reject

FIRST_BLOCK_BYTES: Final = 256 * 1024
"""The first block of a file is small, so that the first quotes are soon there."""

LEAST_BLOCK_BYTES: Final = 64 * 1024

PARSED_AHEAD: Final = 2
"""So many blocks of a file are parsed side by side: pyarrow lets other threads run meanwhile."""


def check_files(paths: Sequence[Path]) -> None:
    """Look whether each file is a recording that can be read.

    Raises:
        InputError: one is not.
    """
    for path in paths:
        file = CsvFile(path, 0, reject=lambda _: None)
        file.open()
        file.close()


class HistoricalSource:
    """Reads files, merged, from the place that `cursor` names; empty is the start.

    One thread reads; `cursor_at` and `progress` may be asked from another.

    Raises:
        InputError: a file cannot be read, or there are too many.
        ProtocolError: the cursor belongs to other files.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        horizon_ns: int,
        late: str,
        max_rows: int,
        reject: Reject,
        cursor: bytes = b"",
    ) -> None:
        start = OrderCursor.unpack(cursor, len(paths)) if cursor else None
        self._reject = reject
        self._order = ArrivalOrder(
            [str(path) for path in paths],
            horizon_ns=horizon_ns,
            late=late,
            max_rows=max_rows,
            cursor=start,
        )
        self._files = [CsvFile(path, number, reject) for number, path in enumerate(paths)]
        self._parsers = ThreadPoolExecutor(PARSED_AHEAD, "parser")
        self._ahead: list[deque[Future[Parsed | None]]] = [deque() for _ in paths]
        try:
            self._open(start)
        except InputError:
            self.close()
            raise
        self.starts = {file.name: file.place.offset for file in self._files}
        """The byte at which the reading of each file began, by its name in rejections."""
        # Several files share what one may read at once: the blocks of all wait together.
        self._block_bytes = max(BLOCK_BYTES // len(paths), LEAST_BLOCK_BYTES)
        self._next_bytes = [min(FIRST_BLOCK_BYTES, self._block_bytes)] * len(paths)

    def _open(self, start: OrderCursor | None) -> None:
        for number, file in enumerate(self._files):
            file.open()
            # A file without rows is nowhere yet: it goes on behind its header.
            if start is not None and start.files[number].place.offset:
                file.seek(start.files[number].place)

    def read(self) -> Block | None:
        """Return the next quotes in order, at least one; None at the end.

        Raises:
            InputError: a file cannot be read, its order cannot be restored within the horizon
                and the row limit, or it has a late quote and those end the run. Everything
                that comes before was returned.
        """
        while (block := self._order.take()) is None:
            number = self._order.next_file()
            if number is None:
                return None
            parsed = self._next_parsed(number)
            if parsed is None:
                self._order.end(number)
                self._files[number].close()
                continue
            late = self._order.add(number, parsed.source)
            for rejection in (*parsed.rejections, *late):
                self._reject(rejection)
        return block

    def _next_parsed(self, number: int) -> Parsed | None:
        """Return the next block of a file, while the ones behind it are being parsed."""
        ahead, file = self._ahead[number], self._files[number]
        is_first = self._next_bytes[number] < self._block_bytes
        while len(ahead) < (1 if is_first else PARSED_AHEAD):
            try:
                cut = file.cut(self._next_bytes[number])
            except InputError as error:
                failed: Future[Parsed | None] = Future()
                failed.set_exception(error)
                ahead.append(failed)
                break
            self._next_bytes[number] = self._block_bytes
            ahead.append(self._parsers.submit(_parsed, file, cut))
            if cut is None:
                break
        return ahead.popleft().result()

    def cursor_at(self, arrival_ns: int, position: int) -> bytes:
        """Return the cursor behind a quote of one of the last CURSOR_BLOCKS blocks."""
        return self._order.cursor_at(arrival_ns, position).pack()

    def progress(self) -> tuple[int, int]:
        """Return how many bytes are read, and how many there are."""
        files = self._files
        return sum(file.place.offset for file in files), sum(file.size_bytes for file in files)

    def close(self) -> None:
        """Let the files go, once what is being parsed is done."""
        self._parsers.shutdown(cancel_futures=True)
        for file in self._files:
            file.close()


def _parsed(file: CsvFile, cut: Cut | None) -> Parsed | None:
    return None if cut is None else file.parse(cut)
