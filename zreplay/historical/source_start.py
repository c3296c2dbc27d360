"""Where a reading of files begins: behind a cursor, at a place from which it can be reached."""

from protocol.errors import InputError
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.historical.left_out import key_before_whole_arrival
from zreplay.historical.selection import Selection
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.recordings.index.entries import BEGINNING


def place_before(
    start: HistoricalCursor,
    begin: OrderCursor | None,
    file_count: int,
    selection: Selection,
    *,
    is_piped_in: bool,
) -> OrderCursor:
    """Return from where files are read up to a cursor: from `begin` on, None is their beginning.

    Raises:
        InputError: standard input is among them, which has been read.
    """
    if is_piped_in:
        raise InputError(
            "standard input cannot be read again from where the run was cut short",
            fix="start over with --fresh, or write it to a file and replay that",
            code="Z409",
        )
    first_key = start.last_key
    if selection.dedupe:
        first_key = key_before_whole_arrival(first_key)
    assert begin is None or begin.last_key <= first_key, "quotes would be missing"
    files = begin.files if begin else [Resume(BEGINNING, None)] * file_count
    return OrderCursor.of(first_key, files)
