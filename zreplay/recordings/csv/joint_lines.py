"""The rows of a text that is of several files -> those of each, as it gives them alone.

A call has a cost of its own, which is most of what a few hundred lines cost. Lines that are read
by the same rules are put one behind the other, and their rows are told apart by where they begin.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import starmap

import numpy as np

from zreplay.quotes.block import Block, Int64s, file_of, offset_of
from zreplay.recordings.csv.plain_rows import PlainText, bounds_of_parts, know_bounds
from zreplay.recordings.csv.unparsed_lines import UnparsedLines
from zreplay.recordings.joint_rows import FilePart, JointPart, JointRows
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace


class JointLines:
    """The rows of each of the texts that were put one behind the other.

    Those with odd lines have them in their `data`.
    """

    def __init__(self, plain: PlainText, cuts: Sequence[UnparsedLines]) -> None:
        assert not plain.left_out, "only lines of which all count are read together"
        self._plain = plain
        self._cuts = cuts
        begins = _sums_before([cut.size for cut in cuts])
        lines_before = _sums_before([cut.line_count for cut in cuts])
        self._shifts = np.stack((begins, begins, lines_before), axis=1)
        self._firsts = np.append(np.searchsorted(plain.starts, begins), len(plain.starts))
        counts = np.diff(self._firsts)
        self._starts = plain.starts - np.repeat(begins, counts)
        self._numbers = plain.numbers - np.repeat(lines_before, counts)
        bases = np.array([cut.base for cut in cuts], np.int64)
        columns = list(plain.block.columns)
        columns[1] = self._starts + np.repeat(bases, counts)
        self._block = Block.of(columns, plain.block.ticker_names)
        odd_firsts = np.searchsorted(plain.odd_lines[:, 0], begins)
        self._odd_firsts = np.append(odd_firsts, len(plain.odd_lines))

    def parts(self) -> list[JointPart]:
        """Return what is of each of the texts."""
        counts = np.diff(self._firsts).tolist()
        return [
            JointPart(self, at, count, cut.size)
            for at, (count, cut) in enumerate(zip(counts, self._cuts, strict=True))
        ]

    def has_odd_lines(self, at: int) -> bool:
        return bool(self._odd_firsts[at + 1] > self._odd_firsts[at])

    def parsed(self, at: int) -> Parsed:
        """Return what is of one of the texts."""
        part = slice(self._firsts[at], self._firsts[at + 1])
        block = self._block.take(part)
        know_bounds(block)
        odd_lines = self._plain.odd_lines[self._odd_firsts[at] : self._odd_firsts[at + 1]]
        odd_lines = odd_lines - self._shifts[at]
        plain = PlainText(block, self._starts[part], self._numbers[part], odd_lines, 0)
        return self._cuts[at].of_plain(plain)

    def rows(self) -> JointRows | None:
        """Return the rows of all texts; None where a line of one is odd, or one has no row."""
        return self._rows

    @cached_property
    def _rows(self) -> JointRows | None:
        cuts, block = self._cuts, self._block
        numbers = [file_of(cut.base) for cut in cuts]
        firsts = self._firsts
        if len(self._plain.odd_lines) or not (firsts[1:] > firsts[:-1]).all():
            return None
        if any(number >= after for number, after in zip(numbers[:-1], numbers[1:], strict=True)):
            return None
        block.know_bounds(self._plain.block.bounds)
        bounds = bounds_of_parts(block, firsts)
        newest_rows = firsts[:-1] + [each.newest_row for each in bounds]
        last_rows = firsts[:-1] + [each.last_row for each in bounds]
        newest = zip(
            cuts,
            offset_of(block.position.take(newest_rows)).tolist(),
            self._numbers.take(newest_rows).tolist(),
            strict=True,
        )
        parts = map(
            FilePart,
            numbers,
            firsts.tolist(),
            np.diff(firsts).tolist(),
            bounds,
            [cut.start for cut in cuts],
            [cut.end for cut in cuts],
            starmap(_place, newest),
            block.position.take(last_rows).tolist(),
            block.timestamp_ns.take(firsts[:-1]).tolist(),
            block.arrival_ns.take(firsts[:-1]).tolist(),
        )
        return JointRows(block, list(parts))


def _place(cut: UnparsedLines, offset: int, number: int) -> FilePlace:
    """Return the place of the row at an offset, which is so many lines behind the first."""
    line = cut.start.line
    return FilePlace(offset, None if line is None else line + number)


def _sums_before(numbers: Sequence[int]) -> Int64s:
    """Return for each of these the sum of those before it."""
    sums = np.zeros(len(numbers), np.int64)
    np.cumsum(numbers[:-1], out=sums[1:])
    return sums
