"""What the tasks report of their pieces -> whether each window saw all its rows, or what to read.

Rule 1: what is late or a stray in a file depends on the newest timestamp before it, and on nothing
else that lies before. A task that begins with the newest one there, or with none at a quote that
is itself at least as new and would not be late, decides as one reading of the whole file does. Any
other is run again, with the newest one.
Rule 2: a window is whole if, of each piece with rows for it, its task read the file from that
piece or an earlier one. Else it is run again from there.
Rule 3: both only ever follow from pieces that lie before, and starts only ever become earlier: so
it ends.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from zreplay.backfilling.plan import Plan, Start, Starts
from zreplay.historical.left_out import NOTHING, LeftOut
from zreplay.recordings.source_block import NO_NOTES, RowNotes


class PieceReport(msgspec.Struct, frozen=True):
    """What a task says of a piece that is at home in its window.

    `newest_ns` is the largest timestamp of its quotes, None of none; between the first and the last
    instant of each of `arrivals` they arrive. `lines` is how many lines it has, None where that is
    not known, or nobody asks: of the last piece of a file.
    """

    file: int
    piece: int
    newest_ns: int | None
    arrivals: list[tuple[int, int]]
    lines: int | None


class StartReport(msgspec.Struct, frozen=True):
    """What a task found where it began to read a file: the first quote there, None if none.

    `is_after_strays`: rows before that quote were taken for strays.
    """

    file: int
    first_ns: int | None
    first_arrival_ns: int | None
    is_after_strays: bool


class Counts(msgspec.Struct, frozen=True):
    """How many quotes a window has, and of these without a mid price.

    `notes` are of the pieces at home, `left_out` of what arrives in the window.
    """

    quotes: int
    skipped: int
    blank: int
    rejected: int
    notes: RowNotes = NO_NOTES
    left_out: LeftOut = NOTHING


def counts_of(reports: Sequence["Report"]) -> Counts:
    """Return what all windows have together."""
    total = Counts(0, 0, 0, 0)
    for counts in (report.counts for report in reports):
        total = Counts(
            total.quotes + counts.quotes,
            total.skipped + counts.skipped,
            total.blank + counts.blank,
            total.rejected + counts.rejected,
            total.notes.plus(counts.notes),
            total.left_out.plus(counts.left_out),
        )
    return total


class PartFile(NamedTuple):
    """A file of a part: its name in the output, and what is in it."""

    name: str
    size_bytes: int
    crc: int


class Report(msgspec.Struct, frozen=True):
    """What a task says: once its part is written, `files` are those of the part, by their kind.

    `is_repeatable`: another attempt has the same bytes, as no code of the user wrote them.
    """

    key: str
    pieces: list[PieceReport]
    starts: list[StartReport]
    counts: Counts
    elapsed_ns: int = 0
    host: str = ""
    rows_read_twice: int = 0
    is_repeatable: bool = True
    files: dict[str, PartFile] = {}


def newest_before(plan: Plan, reports: Sequence[Report]) -> list[list[int | None]]:
    """Return the newest timestamp before each piece of each file, None where there is none."""
    found = {(each.file, each.piece): each for report in reports for each in report.pieces}
    newest: list[list[int | None]] = []
    for file, pieces in enumerate(plan.pieces):
        before: list[int | None] = [None]
        for piece in range(len(pieces) - 1):
            known = [ns for ns in (before[-1], found[file, piece].newest_ns) if ns is not None]
            before.append(max(known, default=None))
        newest.append(before)
    return newest


def still_needed(
    plan: Plan,
    starts: Starts,
    reports: Sequence[Report],
    horizon_ns: int,
    over_ns: int | None = None,
    warmup_ns: int = 0,
) -> Starts:
    """Return where tasks must begin, the same as `starts` once the reports prove the output.

    A file has nothing more to give behind a timestamp of `over_ns`, None is never. Tasks also read
    what arrives up to `warmup_ns` before their window.
    """
    newest = newest_before(plan, reports)
    needed: list[dict[int, Start]] = [dict(each) for each in starts]
    for window, report in enumerate(reports):
        for found in report.starts:
            start = starts[window][found.file]
            true_ns = newest[found.file][start.piece]
            if not _is_as_good(start, found, true_ns, horizon_ns, over_ns):
                needed[window][found.file] = Start(start.piece, true_ns)
    for report in reports:
        for piece in report.pieces:
            for first_ns, last_ns in piece.arrivals:
                last = bisect_right(plan.bounds, last_ns + warmup_ns)
                for window in range(bisect_right(plan.bounds, first_ns), last + 1):
                    _include(needed[window], piece, newest)
    return tuple(needed)


def _include(
    needed: dict[int, Start], piece: PieceReport, newest: Sequence[Sequence[int | None]]
) -> None:
    known = needed.get(piece.file)
    if known is None or known.piece > piece.piece:
        needed[piece.file] = Start(piece.piece, newest[piece.file][piece.piece])


def _is_as_good(
    start: Start, found: StartReport, true_ns: int | None, horizon_ns: int, over_ns: int | None
) -> bool:
    """Tell whether a task decided all as if it had begun with the true newest timestamp."""
    if start.newest_ns == true_ns:
        return True
    if start.newest_ns is not None or true_ns is None or found.is_after_strays:
        return False
    if over_ns is not None and true_ns >= over_ns:
        return False
    if found.first_ns is None or found.first_arrival_ns is None:
        return True
    return true_ns <= min(found.first_ns, found.first_arrival_ns + horizon_ns)


def lines_before(plan: Plan, reports: Sequence[Report]) -> Mapping[tuple[int, int], int | None]:
    """Return how many lines of its file lie before each piece, None where that is not known."""
    found = {(each.file, each.piece): each.lines for report in reports for each in report.pieces}
    before: dict[tuple[int, int], int | None] = {}
    for file, pieces in enumerate(plan.pieces):
        lines: int | None = 0
        for piece in range(len(pieces)):
            before[file, piece] = lines
            of_piece = found[file, piece]
            lines = None if lines is None or of_piece is None else lines + of_piece
    return before
