"""The rows of a text that is of several files -> those of each, as it gives them alone.

A call has a cost of its own, which is most of what a few hundred lines cost. Lines that are read
by the same rules are put one behind the other, and their rows are told apart by where they begin.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from zreplay.quotes.block import Block, Int64s
from zreplay.recordings.csv.plain_rows import PlainText, know_bounds
from zreplay.recordings.csv.unparsed_lines import UnparsedLines


def parts_of(plain: PlainText, cuts: Sequence[UnparsedLines]) -> Iterator[PlainText]:
    """Return the rows of each of the texts that were put one behind the other."""
    assert not plain.left_out, "only lines of which all count are read together"
    begins = _sums_before([cut.size for cut in cuts])
    lines_before = _sums_before([cut.line_count for cut in cuts])
    firsts = np.append(np.searchsorted(plain.starts, begins), len(plain.starts))
    counts = np.diff(firsts)
    starts = plain.starts - np.repeat(begins, counts)
    numbers = plain.numbers - np.repeat(lines_before, counts)
    bases = np.array([cut.base for cut in cuts], np.int64)
    columns = list(plain.block.columns)
    columns[1] = starts + np.repeat(bases, counts)
    odd_firsts = np.append(np.searchsorted(plain.odd_lines[:, 0], begins), len(plain.odd_lines))
    shifts = np.stack((begins, begins, lines_before), axis=1)
    for at in range(len(cuts)):
        part = slice(firsts[at], firsts[at + 1])
        block = Block.of([column[part] for column in columns], plain.block.ticker_names)
        know_bounds(block)
        odd_lines = plain.odd_lines[odd_firsts[at] : odd_firsts[at + 1]] - shifts[at]
        yield PlainText(block, starts[part], numbers[part], odd_lines, 0)


def _sums_before(numbers: Sequence[int]) -> Int64s:
    """Return for each of these the sum of those before it."""
    sums = np.zeros(len(numbers), np.int64)
    np.cumsum(numbers[:-1], out=sums[1:])
    return sums
