"""What a plan will cost, from what is known before any row of it is read. Pure.

How long a file lasts that has to be read through is not known: it is taken to last for as long as
its window.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from zreplay.backfilling.plan import Piece, Plan, Starts

MIB: Final = 1 << 20
WORKER_BYTES: Final = 120 * MIB
"""What a worker is held to, beside its files."""
OPEN_FILE_BYTES: Final = MIB


class Estimate(NamedTuple):
    """Bytes of the files: of the largest window at home, and those that are read again."""

    largest_window_bytes: int
    read_twice_bytes: int


def estimated(plan: Plan, starts: Starts, file_bytes: Sequence[int], horizon_ns: int) -> Estimate:
    """Return what the windows read of files of these sizes, if none is run again."""
    at_home = [0] * plan.windows
    twice = 0.0
    for file, pieces in enumerate(plan.pieces):
        ends = [*(piece.offset for piece in pieces[1:]), file_bytes[file]]
        for number, piece in enumerate(pieces):
            size_bytes = ends[number] - piece.offset
            at_home[piece.home] += size_bytes
            for window, of_window in enumerate(starts):
                start = of_window.get(file)
                if start is not None and start.piece <= number and window != piece.home:
                    twice += size_bytes * _share(plan, file, number, window, horizon_ns)
    return Estimate(max(at_home), round(twice))


def most_memory_bytes(workers: int, most_files: int) -> int:
    """Return what so many workers take at most, each with so many files open."""
    return workers * (WORKER_BYTES + most_files * OPEN_FILE_BYTES)


def _share(plan: Plan, file: int, number: int, window: int, horizon_ns: int) -> float:
    """Return about how much of a piece is read for a window that it is not at home in."""
    piece = plan.pieces[file][number]
    _, end_ns = plan.window(window)
    if end_ns is None or piece.head_ns is None:
        return 1.0
    read_ns = end_ns + horizon_ns - piece.head_ns
    lasts_ns = _last_ns(plan, file, number, piece) - piece.head_ns
    if read_ns <= 0 or lasts_ns <= 0:
        return float(read_ns > 0)
    return min(1.0, read_ns / lasts_ns)


def _last_ns(plan: Plan, file: int, number: int, piece: Piece) -> int:
    """Return until when a piece lasts, about."""
    pieces = plan.pieces[file]
    following = pieces[number + 1].head_ns if number + 1 < len(pieces) else plan.last_ns[file]
    if following is not None:
        return following
    start_ns, end_ns = plan.window(piece.home)
    if end_ns is not None:
        return end_ns
    before_ns = plan.window(piece.home - 1)[0] if piece.home > 1 else None
    assert piece.head_ns is not None
    if start_ns is None or before_ns is None:
        return piece.head_ns
    return piece.head_ns + start_ns - before_ns  # the last window: as long as the one before
