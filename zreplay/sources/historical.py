"""Recordings -> quotes in arrival order, with a cursor behind each of them."""

from collections.abc import Sequence
from pathlib import Path

from protocol.errors import InputError
from zreplay.block import Block
from zreplay.order import ArrivalOrder
from zreplay.order_cursor import OrderCursor
from zreplay.sources.csv_file import CsvFile, Reject
from zreplay.sources.parse_ahead import ParseAhead


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
        self._blocks = ParseAhead(self._files)
        try:
            self._open(start)
        except InputError:
            self.close()
            raise
        self.starts = {file.name: file.place.offset for file in self._files}
        """The byte at which the reading of each file began, by its name in rejections."""

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
            parsed = self._blocks.next(number)
            if parsed is None:
                self._order.end(number)
                self._files[number].close()
                continue
            late = self._order.add(number, parsed.source)
            for rejection in (*parsed.rejections, *late):
                self._reject(rejection)
        return block

    def cursor_at(self, arrival_ns: int, position: int) -> bytes:
        """Return the cursor behind a quote of one of the last CURSOR_BLOCKS blocks."""
        return self._order.cursor_at(arrival_ns, position).pack()

    def progress(self) -> tuple[int, int]:
        """Return how many bytes are read, and how many there are."""
        files = self._files
        return sum(file.place.offset for file in files), sum(file.size_bytes for file in files)

    def close(self) -> None:
        """Let the files go, once what is being parsed is done."""
        self._blocks.close()
        for file in self._files:
            file.close()
