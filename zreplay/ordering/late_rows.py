"""Which quotes of a file are late: they arrive below the watermark of the rows before them.

The file alone decides: how it is cut into blocks, what other files hold and where a run was
resumed change nothing.
"""

from typing import Final, NamedTuple

import msgspec
import numpy as np

from protocol.errors import InputError
from protocol.limits import INT64_MIN
from zreplay.quotes.block import Block, Int64s, offset_of
from zreplay.quotes.duration_text import NS_PER_MS, duration_text
from zreplay.quotes.rejection import Rejection, RowCode
from zreplay.quotes.timestamp_text import exact_time_text
from zreplay.recordings.source_block import FilePlace, SourceBlock

_LONGEST_NS: Final = 2**63 - 1 - NS_PER_MS
"""No option can ask for a horizon of more nanoseconds, rounded up to a millisecond."""

FEW_ROWS: Final = 2048
"""For this few rows, the quick check takes as long as the exact one."""

LOOKED_AT_ROWS: Final = 512
"""This many rows are checked as one before each of them is."""


class Newest(msgspec.Struct, frozen=True, gc=False):
    """The largest timestamp of a file so far, and its row if that is known.

    For a file of which nothing was read, it is the smallest possible time.
    """

    timestamp_ns: int = INT64_MIN
    place: FilePlace | None = None

    @classmethod
    def at(cls, known_ns: int | None) -> "Newest":
        """Return what is known behind a restart; None is nothing."""
        return cls() if known_ns is None else cls(known_ns)

    @property
    def known_ns(self) -> int | None:
        """The timestamp, None if nothing was read."""
        is_nothing = self.timestamp_ns == INT64_MIN and self.place is None
        return None if is_nothing else self.timestamp_ns

    def after(self, block: Block, source: SourceBlock) -> "Newest":
        """Return the newest after these rows of a source block."""
        if not len(block) or block.bounds.greatest_timestamp_ns <= self.timestamp_ns:
            return self
        bounds = block.bounds
        return Newest(bounds.greatest_timestamp_ns, _place(block, bounds.newest_row, source))


class LateRows(NamedTuple):
    """The late rows of a block in file order, and what each row had before it."""

    rows: Int64s
    newest_before_ns: Int64s


NO_LATE_ROWS: Final = LateRows(np.array([], np.int64), np.array([], np.int64))


def watermark_ns(newest_ns: int, horizon_ns: int) -> int:
    """Return the time below which nothing can arrive that is not late."""
    return max(newest_ns - horizon_ns, INT64_MIN)


def watermarks_ns(newest_ns: Int64s, horizon_ns: int) -> Int64s:
    """Return the watermark behind each of these newest timestamps."""
    # Lifted first, so that the subtraction cannot wrap around.
    marks_ns: Int64s = np.maximum(newest_ns, INT64_MIN + horizon_ns) - horizon_ns
    return marks_ns


def may_have_late_rows(block: Block, newest_ns: int, horizon_ns: int) -> bool:
    """Return whether `late_rows` must be called: a quick check, which never misses one."""
    if not len(block):
        return False
    if block.bounds.are_in_order and block.bounds.least_arrival_ns >= newest_ns:
        return False
    if len(block) <= FEW_ROWS:
        return True
    firsts = np.arange(0, len(block), LOOKED_AT_ROWS)
    until_ns = np.maximum.accumulate(np.maximum.reduceat(block.timestamp_ns, firsts))
    least_ns = np.minimum.reduceat(block.arrival_ns, firsts)
    return bool((least_ns < watermarks_ns(np.maximum(until_ns, newest_ns), horizon_ns)).any())


def late_rows(block: Block, newest_ns: int, horizon_ns: int) -> LateRows:
    """Find the late rows of a block in file order that follows this newest timestamp."""
    before_ns = np.empty_like(block.timestamp_ns)
    before_ns[:1] = newest_ns
    before_ns[1:] = block.timestamp_ns[:-1]
    np.maximum.accumulate(before_ns, out=before_ns)
    is_late = block.arrival_ns < watermarks_ns(before_ns, horizon_ns)
    return LateRows(np.flatnonzero(is_late), before_ns)


def late_rejections(
    source: SourceBlock, late: LateRows, file: str, horizon_ns: int
) -> list[Rejection]:
    """Return why each late row is set aside; the same after every resume."""
    rejections = []
    for row in late.rows.tolist():
        place = _place(source.block, row, source)
        behind = duration_text(_behind_ns(source.block, late, row))
        reason = (
            f"late: it arrives {behind} before a timestamp that stands above it, "
            f"--reorder is {duration_text(horizon_ns)}"
        )
        arrival = exact_time_text(int(source.block.arrival_ns[row]))
        rejections.append(
            Rejection(file, place.line, place.offset, "", arrival, reason, RowCode.LATE)
        )
    return rejections


def late_error(
    source: SourceBlock, late: LateRows, newest: Newest, file: str, horizon_ns: int
) -> InputError:
    """Return what ends a run at the first late row of a block that follows `newest`."""
    block, row = source.block, int(late.rows[0])
    setter = newest.after(block.take(slice(0, row)), source)
    behind_ns = _behind_ns(block, late, row)
    # Not what those behind it need: how many these are depends on where the block was cut.
    longer = (
        f"--reorder {duration_text(behind_ns)} or more (zreplay inspect says how much), or "
        if behind_ns <= _LONGEST_NS
        else ""
    )
    late_place = _place_text(_place(block, row, source), source)
    setter_place = _place_text(setter.place, source)
    return InputError(
        f"{file}: the quote at {late_place} is late: it arrives at "
        f"{exact_time_text(int(block.arrival_ns[row]))}, {duration_text(behind_ns)} before the "
        f"timestamp {exact_time_text(setter.timestamp_ns)} of {setter_place}, and "
        f"--reorder is {duration_text(horizon_ns)}",
        fix=f"{longer}set such quotes aside: --late reject; with --fresh: it is another run",
        code="Z403",
    )


def _place(block: Block, row: int, source: SourceBlock) -> FilePlace:
    offset = offset_of(int(block.position[row]))
    return FilePlace(offset, source.line_at(offset))


def _behind_ns(block: Block, late: LateRows, row: int) -> int:
    return int(late.newest_before_ns[row]) - int(block.arrival_ns[row])


def _place_text(place: FilePlace | None, source: SourceBlock) -> str:
    if place is None:
        return "a row that was read before the last restart"
    byte = f"{source.unit} {place.offset}"
    return byte if place.line is None else f"line {place.line} ({byte})"
