"""Rows of a file in file order -> the same without strays, and what is known about those.

Rule 1: a row is a stray if its timestamp is more than the largest jump ahead of the newest
accepted one before it, and of more than half of the next 16 rows. Before the first accepted row
only the second condition counts. At the end of the file there may be fewer rows, and so there may
before the MOST_HELD_REFUSED-th refused row behind it; if none follows, the row is accepted.
Rule 2: a decision about a row is final, whatever follows. An undecided row, and all after it, are
held back: the file alone decides, not where it is cut into blocks or resumed.
Rule 3: a place given out is never after a row that is held back, and includes the newest
accepted timestamp before it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from protocol.limits import INT64_MIN
from zreplay.quotes.block import EMPTY, Block, Int64s, TimeBounds, offset_of
from zreplay.quotes.duration_text import duration_text
from zreplay.quotes.rejection import Rejection, RowCode
from zreplay.quotes.timestamp_text import exact_time_text
from zreplay.recordings.joint_rows import FilePart
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock

LOOK_AHEAD: Final = 16
OFF: Final = 0
"""The largest jump that makes no row a stray."""

MOST_HELD_REFUSED: Final = 1_024
"""Fewer refused rows wait behind an undecided one: with so many it is decided."""

Bools = npt.NDArray[np.bool_]

_HALF: Final = LOOK_AHEAD // 2
_NONE: Final = np.array([], np.int64)


class Judged(NamedTuple):
    """The strays among the first `decided` rows; those behind them have to wait."""

    strays: Int64s
    decided: int


def judge(
    timestamp_ns: Int64s,
    accepted_ns: int,
    max_jump_ns: int,
    *,
    is_end: bool,
    limits: Int64s | None = None,
) -> Judged:
    """Find the strays of rows that follow this newest accepted timestamp.

    INT64_MIN stands for none. `is_end` says that no row follows them. The rows from `limits` of
    one on do not count for it, where that is no more than the number of rows; None is all do.
    """
    count = len(timestamp_ns)
    if accepted_ns == INT64_MIN and _are_near(timestamp_ns, max_jump_ns):
        # None is ahead of another: all is decided once it is of the first.
        is_limited = limits is not None and limits[0] <= count
        return Judged(_NONE, count if is_end or count > _HALF or is_limited else 0)
    # Lifted first, so that the subtraction cannot wrap around.
    reach_ns = np.maximum(timestamp_ns, INT64_MIN + max_jump_ns) - max_jump_ns
    before_ns = _newest_before(timestamp_ns, accepted_ns)
    jumps = np.flatnonzero(reach_ns > before_ns)
    if not len(jumps):
        return Judged(_NONE, count)
    # Only what is ahead of the newest before the first jump can be ahead of a later one.
    first = int(jumps[0])
    rows = first + np.flatnonzero(reach_ns[first:] > before_ns[first])
    ends = np.full(len(rows), count) if limits is None else np.minimum(limits[rows], count)
    behind = np.zeros(len(rows), np.int64)
    for distance in range(1, LOOK_AHEAD + 1):
        is_there = rows + distance < ends
        follower_ns = timestamp_ns.take(rows + distance, mode="clip")
        behind += is_there & (reach_ns[rows] > follower_ns)
    following = np.minimum(ends - 1 - rows, LOOK_AHEAD)
    is_ahead = 2 * behind > following
    # More than half of sixteen are behind, or half are not: what follows changes nothing.
    is_known = (behind > _HALF) | (following - behind >= _HALF) | is_end
    if limits is not None:
        is_known |= limits[rows] <= count
    return _in_order(timestamp_ns, accepted_ns, reach_ns, rows, is_ahead, is_known)


def _are_near(timestamp_ns: Int64s, max_jump_ns: int) -> bool:
    """Return whether rows are jumps ahead of nothing before them, and of no other row."""
    if not len(timestamp_ns):
        return False
    least_ns, newest_ns = int(timestamp_ns.min()), int(timestamp_ns.max())
    return least_ns > INT64_MIN + max_jump_ns and newest_ns - least_ns <= max_jump_ns


def _in_order(
    timestamp_ns: Int64s,
    accepted_ns: int,
    reach_ns: Int64s,
    rows: Int64s,
    is_ahead: Bools,
    is_known: Bools,
) -> Judged:
    """Decide what depends on the decisions before it."""
    is_open = is_ahead | ~is_known
    rows, is_known = rows[is_open], is_known[is_open]
    certain_ns = timestamp_ns.copy()
    certain_ns[rows] = INT64_MIN
    certain_before_ns = _newest_before(certain_ns, accepted_ns)[rows]
    strays: list[int] = []
    turns = zip(
        rows.tolist(),
        timestamp_ns[rows].tolist(),
        reach_ns[rows].tolist(),
        certain_before_ns.tolist(),
        is_known.tolist(),
        strict=True,
    )
    for row, row_ns, row_reach_ns, before_ns, known in turns:
        if row_reach_ns <= max(accepted_ns, before_ns):
            accepted_ns = max(accepted_ns, row_ns)
        elif known:
            strays.append(row)
        else:
            return Judged(np.array(strays, np.int64), row)
    return Judged(np.array(strays, np.int64), len(timestamp_ns))


def _newest_before(timestamp_ns: Int64s, accepted_ns: int) -> Int64s:
    """Return for each row the largest timestamp of the rows before it."""
    before_ns = np.empty_like(timestamp_ns)
    before_ns[:1] = accepted_ns
    before_ns[1:] = timestamp_ns[:-1]
    np.maximum.accumulate(before_ns, out=before_ns)
    return before_ns


class Strays:
    """Takes the strays out of one file; `accepted_ns` is the newest timestamp before its rows."""

    def __init__(self, file: str, max_jump_ns: int, accepted_ns: int | None = None) -> None:
        self._file = file
        self._max_jump_ns = max_jump_ns
        self._accepted_ns = INT64_MIN if accepted_ns is None else accepted_ns
        self._held: list[Parsed] = []

    def add(self, parsed: Parsed) -> list[Parsed]:
        """Return one stretch or more of decided rows; there may be no row in them."""
        if self._max_jump_ns == OFF:
            return [parsed]
        block = parsed.source.block
        if not self._held and (not len(block) or self._are_near(len(block), block.bounds)):
            return [self._let_go(parsed, _newest_of(block))]
        return self._decide(parsed, is_end=False)

    def passes_all(self, part: FilePart) -> bool:
        """Return whether a part of joint rows is given as it is: none of them is a stray."""
        if self._max_jump_ns == OFF:
            return True
        return not self._held and self._are_near(part.count, part.bounds, is_last=part.is_last)

    def pass_all(self, part: FilePart) -> None:
        """Let such a part go: have the newest accepted timestamp in its places."""
        if self._max_jump_ns == OFF:
            return
        was_ns = self._accepted_ns
        self._accepted_ns = newest_ns = max(was_ns, part.bounds.greatest_timestamp_ns)
        part.start = FilePlace(part.start.offset, part.start.line, _known(was_ns))
        part.end = FilePlace(part.end.offset, part.end.line, _known(newest_ns))

    def _are_near(self, count: int, bounds: TimeBounds, *, is_last: bool = False) -> bool:
        """Return whether a look at the next rows shows that none of them is a stray."""
        before_ns = self._accepted_ns
        if before_ns == INT64_MIN and (count > LOOK_AHEAD or is_last):
            # Where all rows are so near to one another, and all that count are there, none is.
            before_ns = bounds.least_timestamp_ns
        return bounds.greatest_timestamp_ns - before_ns <= self._max_jump_ns

    def end(self) -> list[Parsed]:
        """Return what was held back, as no row follows."""
        return self._decide(None, is_end=True) if self._held else []

    def _decide(self, parsed: Parsed | None, *, is_end: bool) -> list[Parsed]:
        waiting, self._held = self._held, []
        if parsed is not None:
            waiting.append(parsed)
        times_ns = np.concatenate([each.source.block.timestamp_ns for each in waiting])
        limits = _limits(waiting)
        found = judge(times_ns, self._accepted_ns, self._max_jump_ns, is_end=is_end, limits=limits)
        given: list[Parsed] = []
        begin = 0
        for each in waiting:
            rows = len(each.source.block)
            if self._held:
                self._hold(each)
            elif found.decided >= begin + rows:
                given.append(self._without(each, found.strays - begin))
            elif found.decided == begin and not each.rejections:
                given.append(self._nothing_at(each.source.start))
                self._hold(each)
            else:
                decided, rest = _split(each, found.decided - begin)
                given.append(self._without(decided, found.strays - begin))
                self._hold(rest)
            begin += rows
        return given

    def _without(self, parsed: Parsed, strays: Int64s) -> Parsed:
        """Return the rows without these, some of which may be before or after them."""
        source = parsed.source
        rows = len(source.block)
        strays = strays[(strays >= 0) & (strays < rows)]
        if len(strays):
            refused = [self._rejection(source, row) for row in strays.tolist()]
            refused = sorted(parsed.rejections + refused, key=lambda refusal: refusal.offset)
            kept = source.block.take(np.delete(np.arange(rows), strays))
            parsed = Parsed(source._replace(block=kept), refused)
        return self._let_go(parsed, _newest_of(parsed.source.block))

    def _let_go(self, parsed: Parsed, newest_ns: int) -> Parsed:
        """Return accepted rows, with the newest accepted timestamp in their places."""
        source = parsed.source
        was_ns = _known(self._accepted_ns)
        if newest_ns > self._accepted_ns:
            self._accepted_ns = newest_ns
        source = parsed.source
        placed = SourceBlock(
            source.block,
            FilePlace(source.start.offset, source.start.line, was_ns),
            FilePlace(source.end.offset, source.end.line, _known(self._accepted_ns)),
            source.row_offsets,
            source.row_numbers,
            source.unit,
            source.notes,
        )
        return Parsed(placed, parsed.rejections)

    def _hold(self, parsed: Parsed) -> None:
        """Hold rows back; those that continue where the last ones end are added to them."""
        if not self._held or len(parsed.source.block):
            self._held.append(parsed)
            return
        last = self._held[-1]
        notes = last.source.notes.plus(parsed.source.notes)
        source = last.source._replace(end=parsed.source.end, notes=notes)
        self._held[-1] = Parsed(source, last.rejections + parsed.rejections)

    def _nothing_at(self, start: FilePlace) -> Parsed:
        """Return no rows, at a place that is before all that is held back."""
        place = FilePlace(start.offset, start.line, _known(self._accepted_ns))
        return Parsed(SourceBlock(EMPTY, place, place, _NONE, _NONE), [])

    def _rejection(self, source: SourceBlock, row: int) -> Rejection:
        offset = offset_of(int(source.block.position[row]))
        written = exact_time_text(int(source.block.timestamp_ns[row]))
        jump = duration_text(self._max_jump_ns)
        reason = f"stray: ahead of the rows around it by more than --max-jump {jump}"
        line = source.line_at(offset)
        return Rejection(self._file, line, offset, "timestamp", written, reason, RowCode.STRAY)


def _limits(waiting: Sequence[Parsed]) -> Int64s | None:
    """Return for each row how many rows stand before the last refused one that it waits for.

    That is more than there are where it has not come; None where it has of no row.
    """
    if sum(len(each.rejections) for each in waiting) < MOST_HELD_REFUSED:
        return None
    refused = np.array([each.offset for parsed in waiting for each in parsed.rejections], np.int64)
    refused.sort()
    rows = offset_of(np.concatenate([each.source.block.position for each in waiting]))
    last = np.searchsorted(refused, rows, side="right") + MOST_HELD_REFUSED - 1
    has_come = last < len(refused)
    found: Int64s = np.full(len(rows), len(rows) + 1, np.int64)
    found[has_come] = np.searchsorted(rows, refused[last[has_come]])
    return found


def _split(parsed: Parsed, row: int) -> tuple[Parsed, Parsed]:
    before, behind = parsed.source.split(row)
    offset = behind.start.offset
    return (
        Parsed(before, [each for each in parsed.rejections if each.offset < offset]),
        Parsed(behind, [each for each in parsed.rejections if each.offset >= offset]),
    )


def _newest_of(block: Block) -> int:
    return block.bounds.greatest_timestamp_ns if len(block) else INT64_MIN


def _known(accepted_ns: int) -> int | None:
    return None if accepted_ns == INT64_MIN else accepted_ns
