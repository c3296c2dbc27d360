"""An instant -> the cursor from which the replay of some files goes on, and what they span.

A recording that cannot be searched is read through from its beginning.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from zreplay.order_cursor import OrderCursor, Resume
from zreplay.seek_target import Span
from zreplay.source_block import FilePlace
from zreplay.sources.recording_kind import open_recording

_LAST_POSITION: Final = 2**63 - 1
_BEGINNING: Final = FilePlace(0, 1)


def cursor_from(paths: Sequence[Path], arrival_ns: int, horizon_ns: int) -> bytes:
    """Return the cursor behind all that arrives before an instant.

    Raises:
        InputError: a file cannot be read.
    """
    resumes = []
    for path in paths:
        with closing(open_recording(path, 0)) as recording:
            place = recording.find(arrival_ns, horizon_ns)
        resumes.append(Resume(place or _BEGINNING, None))
    return OrderCursor((arrival_ns - 1, _LAST_POSITION), tuple(resumes)).pack()


def span_of(paths: Sequence[Path]) -> Span:
    """Return the first and the last arrival, as far as a look at the ends of the files shows them.

    Raises:
        InputError: a file cannot be read.
    """
    ends = []
    for path in paths:
        with closing(open_recording(path, 0)) as recording:
            ends.append(recording.ends())
    firsts = [first for first, _ in ends if first is not None]
    lasts = [last for _, last in ends]
    known = [last for last in lasts if last is not None]
    # Where one end is not known, the others do not bound the whole.
    is_open = any(last is None and first is not None for first, last in ends)
    return Span(min(firsts, default=None), None if is_open else max(known, default=None))
