"""Recordings -> quotes in arrival order, with a cursor behind each of them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from protocol.errors import InputError
from zreplay.block import EMPTY, Block
from zreplay.order import ArrivalOrder
from zreplay.order_cursor import OrderCursor
from zreplay.rejection import Rejection
from zreplay.sources.parse_ahead import ParseAhead
from zreplay.sources.recording import Recording
from zreplay.sources.recording_kind import open_recording, open_recordings
from zreplay.sources.standard_input import STANDARD_INPUT

Reject = Callable[[Rejection], None]


def check_files(paths: Sequence[Path]) -> None:
    """Look whether each file is a recording that can be read; standard input shows later.

    Raises:
        InputError: one is not.
    """
    for path in paths:
        if path != STANDARD_INPUT:
            open_recording(path, 0).close()


class HistoricalSource:
    """Reads files, merged, from the place that `cursor` names; empty is the start.

    One thread reads; `cursor_at` and `share` may be asked from another.

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
        self._files = _opened(paths, start)
        self._blocks = ParseAhead(self._files)
        self.starts = {file.name: file.place.offset for file in self._files}
        """The byte at which the reading of each file began, by its name in rejections."""

    def read(self) -> Block | None:
        """Return the next quotes in order, none if there are none yet; None at the end.

        It comes back after each block of a file: whoever wants it to end need not wait long.

        Raises:
            InputError: a file cannot be read, its order cannot be restored within the horizon
                and the row limit, or it has a late quote and those end the run. Everything
                that comes before was returned.
        """
        number = self._order.next_file()
        if number is None:
            return None
        parsed = self._blocks.next(number)
        if parsed is None:
            self._order.end(number)
            self._files[number].close()
        else:
            late = self._order.add(number, parsed.source)
            for rejection in (*parsed.rejections, *late):
                self._reject(rejection)
        block = self._order.take()
        return EMPTY if block is None else block

    def cursor_at(self, arrival_ns: int, position: int) -> bytes:
        """Return the cursor behind a quote of one of the last CURSOR_BLOCKS blocks."""
        return self._order.cursor_at(arrival_ns, position).pack()

    def share(self, reached: Mapping[int, int]) -> float:
        """Return about how much of the files lies before these offsets, by file number."""
        files = self._files
        before = sum(files[at].size_bytes * files[at].share(reached[at]) for at in reached)
        return before / max(1, sum(file.size_bytes for file in files))

    def close(self) -> None:
        """Let the files go, once what is being parsed is done."""
        self._blocks.close()
        for file in self._files:
            file.close()


def _opened(paths: Sequence[Path], start: OrderCursor | None) -> list[Recording]:
    """Return the recordings, each at its place."""
    if start is not None and STANDARD_INPUT in paths:
        raise InputError(
            "standard input cannot be read again from where the run was cut short",
            fix="begin anew with --fresh, or write it to a file and replay that",
            code="Z409",
        )
    files = open_recordings(paths)
    for file, resume in zip(files, start.files if start else (), strict=False):
        # A file without rows is nowhere yet: it goes on behind its header.
        if resume.place.offset:
            file.seek(resume.place)
    return files
