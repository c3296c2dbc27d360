"""An instant -> the cursor from which the replay of some files goes on, and what they span.

A recording that cannot be searched is read through from its beginning; so are all where the
recorded latency does not count, or where a selection needs their first arrival.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.historical.span import Span
from zreplay.ordering.order_cursor import OrderCursor, Resume
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.source_block import FilePlace
from zreplay.recordings.strays import OFF

_LAST_POSITION: Final = 2**63 - 1
_BEGINNING: Final = FilePlace(0, 1)


def cursor_from(
    paths: Sequence[Path],
    arrival_ns: int,
    horizon_ns: int,
    *,
    before: bytes = b"",
    columns: Mapping[str, str] = NO_COLUMNS,
    selection: Selection | None = None,
    latency: LatencyModel | None = None,
) -> bytes:
    """Return the cursor behind all that arrives before an instant; `before` was the last one.

    Raises:
        InputError: a file cannot be read.
    """
    known = HistoricalCursor.unpack(before, len(paths)) if before else None
    sent, origin_ns = (known.sent, known.origin_ns) if known else (0, None)
    needs_beginning = selection is not None and selection.needs_origin and origin_ns is None
    resumes = []
    for path in paths:
        place = None
        if latency is None and not needs_beginning:
            with closing(open_recording(path, 0, columns)) as recording:
                place = recording.find(arrival_ns, horizon_ns)
        resumes.append(Resume(place or _BEGINNING, None))
    order = OrderCursor.of((arrival_ns - 1, _LAST_POSITION), resumes)
    return HistoricalCursor(sent, origin_ns, order).pack()


def span_of(
    paths: Sequence[Path],
    columns: Mapping[str, str] = NO_COLUMNS,
    selection: Selection | None = None,
    max_jump_ns: int = OFF,
) -> Span:
    """Return the first and the last arrival, as far as a look at the ends of the files shows them.

    What a selection leaves out of it does not belong to it, and neither do strays.

    Raises:
        InputError: a file cannot be read.
    """
    ends = []
    for path in paths:
        with closing(open_recording(path, 0, columns)) as recording:
            ends.append(recording.ends(max_jump_ns))
    firsts = [first for first, _ in ends if first is not None]
    lasts = [last for _, last in ends]
    known = [last for last in lasts if last is not None]
    # Where one end is not known, the others do not bound the whole.
    is_open = any(last is None and first is not None for first, last in ends)
    span = Span(min(firsts, default=None), None if is_open else max(known, default=None))
    if selection is None or span.first_ns is None:
        return span
    window = selection.window(span.first_ns)
    last_ns = span.last_ns
    if window.end_ns is not None:
        last_ns = window.end_ns - 1 if last_ns is None else min(last_ns, window.end_ns - 1)
    return Span(max(span.first_ns, window.start_ns or span.first_ns), last_ns)
