"""The rows of a text that is of several files -> those of each, as it gives them alone.

A call has a cost of its own, which is most of what a few hundred lines cost. Lines that are read
by the same rules are put one behind the other; compiled code tells their rows apart.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np

from zreplay.quotes.block import Int64s, TimeBounds, file_of, offset_of
from zreplay.recordings.csv.plain_rows import PlainText, know_bounds
from zreplay.recordings.csv.unparsed_lines import UnparsedLines
from zreplay.recordings.joint_rows import FilePart, JointPart, JointRows
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace

PART_CELLS: Final = 10
"""What compiled code says of each text: see `parts` in compiled_rows.pyi."""

_FIRST, _BOUNDS = 2, 3


class JointLines:
    """The rows of each of the texts that were put one behind the other.

    Those with odd lines have them in their `data`.
    """

    def __init__(self, plain: PlainText, parts: Int64s, cuts: Sequence[UnparsedLines]) -> None:
        assert not plain.left_out, "only lines of which all count are read together"
        self._plain = plain
        self._parts = parts
        self._cuts = cuts
        self._firsts = np.append(parts[:, _FIRST], len(plain.starts))

    def parts(self) -> list[JointPart]:
        """Return what is of each of the texts."""
        counts = np.diff(self._firsts).tolist()
        return [
            JointPart(self, at, count, cut.size)
            for at, (count, cut) in enumerate(zip(counts, self._cuts, strict=True))
        ]

    @cached_property
    def _odd_firsts(self) -> Int64s:
        """The first odd line of each text."""
        begins = _sums_before(self._parts[:, 0])
        odd_firsts = np.searchsorted(self._plain.odd_lines[:, 0], begins)
        return np.append(odd_firsts, len(self._plain.odd_lines))

    def has_odd_lines(self, at: int) -> bool:
        if not len(self._plain.odd_lines):
            return False
        return bool(self._odd_firsts[at + 1] > self._odd_firsts[at])

    def parsed(self, at: int) -> Parsed:
        """Return what is of one of the texts."""
        plain, part = self._plain, slice(self._firsts[at], self._firsts[at + 1])
        block = plain.block.take(part)
        know_bounds(block)
        odd_lines = plain.odd_lines[self._odd_firsts[at] : self._odd_firsts[at + 1]]
        begin, lines_before = self._parts[:at, :2].sum(axis=0).tolist()
        odd_lines = odd_lines - np.array([begin, begin, lines_before], np.int64)
        starts = plain.starts[part] - self._cuts[at].base
        return self._cuts[at].of_plain(PlainText(block, starts, plain.numbers[part], odd_lines, 0))

    def rows(self) -> JointRows | None:
        """Return the rows of all texts; None where a line of one is odd, or one has no row."""
        return self._rows

    @cached_property
    def _rows(self) -> JointRows | None:
        cuts, plain = self._cuts, self._plain
        block, firsts = plain.block, self._firsts
        numbers = [file_of(cut.base) for cut in cuts]
        if len(plain.odd_lines) or not (firsts[1:] > firsts[:-1]).all():
            return None
        if any(number >= after for number, after in zip(numbers[:-1], numbers[1:], strict=True)):
            return None
        cells = self._parts[:, _BOUNDS:]
        times_ns, are_in_order, rows = cells[:, :4], cells[:, 4] != 0, cells[:, 5:]
        bounds = map(TimeBounds, *times_ns.T.tolist(), are_in_order.tolist(), *rows.T.tolist())
        first_rows = firsts[:-1]
        newest_rows, last_rows = (first_rows + self._parts[:, at] for at in (-2, -1))
        offsets = offset_of(block.position.take(newest_rows)).tolist()
        lines = map(_line, cuts, plain.numbers.take(newest_rows).tolist())
        parts = map(
            FilePart,
            numbers,
            firsts.tolist(),
            np.diff(firsts).tolist(),
            bounds,
            [cut.start for cut in cuts],
            [cut.end for cut in cuts],
            map(FilePlace, offsets, lines),
            block.position.take(last_rows).tolist(),
            block.timestamp_ns.take(first_rows).tolist(),
            block.arrival_ns.take(first_rows).tolist(),
            [cut.is_last for cut in cuts],
        )
        return JointRows(block, list(parts))


def _line(cut: UnparsedLines, number: int) -> int | None:
    """Return the line of a row that is so many behind the first, None if that is not known."""
    line = cut.start.line
    return None if line is None else line + number


def _sums_before(numbers: Int64s) -> Int64s:
    """Return for each of these the sum of those before it."""
    sums = np.zeros(len(numbers), np.int64)
    np.cumsum(numbers[:-1], out=sums[1:])
    return sums
