"""An instant -> the cursor from which the replay of some files continues.

Rule 1: what follows is always exactly what a replay from the start has of the arrivals from that
instant on.
Rule 2: a place is valid if every row before it is known to arrive before the instant: by the index
of the file, or because the replay is there. Timestamps are not searched.
Rule 3: a file with no such place nearby is read through from the last one, or from its start, and
that is reported.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from protocol.limits import INT64_MAX, INT64_MIN
from protocol.program.diagnostics import Log
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.historical.left_out import NOTHING
from zreplay.historical.selection import Selection
from zreplay.ordering.arrival_order import LATE_STOP
from zreplay.ordering.order_cursor import Key, OrderCursor, Resume
from zreplay.quotes.block import LAST_POSITION
from zreplay.recordings.index.entries import BEGINNING, IndexEntry
from zreplay.recordings.input_paths import STANDARD_INPUT

NEAR_BYTES: Final = 1024 * 1024
"""So much is read again, so that an index that is not whole gets on."""

log = Log("zreplay")


class Sought(NamedTuple):
    """Where the replay goes on, and the files that are read through on the way."""

    cursor: bytes
    read_through: tuple[Path, ...]
    begin: OrderCursor
    """From where the files are read."""


def cursor_from(
    paths: Sequence[Path],
    arrival_ns: int,
    horizon_ns: int,
    *,
    late: str = LATE_STOP,
    before: bytes = b"",
    checkpoint: OrderCursor | None = None,
    selection: Selection | None = None,
    indexes: FileIndexes | None = None,
) -> Sought:
    """Return the cursor behind all that arrives before an instant; `before` was the last one.

    `checkpoint` is any whose key is before that instant.
    A source that has these indexes compares their places with the files before it gives a quote.
    """
    known = HistoricalCursor.unpack(before, len(paths)) if before else None
    sent, origin_ns = (known.sent, known.origin_ns) if known else (0, None)
    left_out = known.left_out if known else NOTHING
    last_key = key_before(arrival_ns)
    needs_beginning = selection is not None and selection.needs_origin and origin_ns is None
    # Where late rows end a run, it has to come upon the first of them.
    most_behind_ns = horizon_ns if late == LATE_STOP else INT64_MAX
    resumes, read_through = [], []
    places = checkpoint.files if checkpoint is not None and not needs_beginning else ()
    for number, path in enumerate(paths):
        resume = places[number] if places else Resume(BEGINNING, None)
        is_covered = False
        if indexes is not None and not needs_beginning:
            entry, is_covered, is_whole = indexes.look_up(number, arrival_ns, most_behind_ns)
            # A little before the place, if the index can go on from there.
            near = 0 if is_whole else NEAR_BYTES
            if entry is not None and entry.before.place.offset + near > resume.place.offset:
                resume = _resume_at(entry)
        if not is_covered:
            read_through.append(path)
        resumes.append(resume)
    if read_through:
        count = len(read_through)
        log.info("reading through, without an index", file=str(read_through[0]), files=count)
    cursor = HistoricalCursor(sent, origin_ns, last_key, left_out)
    return Sought(cursor.pack(), tuple(read_through), OrderCursor.of(last_key, resumes))


def key_before(arrival_ns: int) -> Key:
    """Return the key behind all that arrives before an instant."""
    return arrival_ns - 1, LAST_POSITION


def start_from(
    paths: Sequence[Path], selection: Selection | None, horizon_ns: int, indexes: FileIndexes
) -> OrderCursor | None:
    """Return from where a run or its next pass may read the files, None is their beginning."""
    from_ns = None if selection is None else selection.from_ns
    return None if from_ns is None else begin_before(paths, from_ns, horizon_ns, indexes)


def begin_before(
    paths: Sequence[Path], arrival_ns: int, horizon_ns: int, indexes: FileIndexes
) -> OrderCursor | None:
    """Return from where all that arrives at an instant or later is read, None is the beginning.

    What it passes over would leave no trace: none of it is refused or late that was not told
    already.
    """
    if STANDARD_INPUT in paths:
        return None
    resumes = []
    for number in range(len(paths)):
        told = indexes.find_told(number, arrival_ns)
        clean = indexes.find(number, arrival_ns, horizon_ns, most_refused=0)
        found = [_resume_at(entry) for entry in (told, clean) if entry is not None]
        first = Resume(BEGINNING, None)
        resumes.append(max(found, key=lambda resume: resume.place.offset, default=first))
    if all(resume.newest_ns is None for resume in resumes):
        return None
    return OrderCursor.of(key_before(arrival_ns), resumes)


def _resume_at(entry: IndexEntry) -> Resume:
    newest_ns = entry.before.newest_ns
    return Resume(entry.before.place, None if newest_ns == INT64_MIN else newest_ns)
