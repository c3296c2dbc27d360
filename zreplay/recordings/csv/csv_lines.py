"""Bytes of a recording -> its lines, as the judge sees them and pyarrow might not.

Everything is a place in `data`, which is never copied: a line goes from its start up to its end,
which is its line feed. Carriage returns right before that belong to it. Blank lines are skipped.
"""

from typing import Final, Self

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from protocol.compiled_parts import ROWS, are_in_use
from zreplay.quotes.block import Int64s
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES

if are_in_use(ROWS):
    from zreplay.recordings.csv.compiled_rows import count_feeds

Bools = npt.NDArray[np.bool_]

_LINE_FEED: Final = ord("\n")
_WORD: Final = np.dtype("<u8")  # the first byte of a word is its lowest, on any machine
_WORD_BYTES: Final = 8
_CARRIAGE_RETURN: Final = ord("\r")
_USUAL_RETURNS: Final = 2
"""A line with more of them at its end is handled on its own."""
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class CsvLines(msgspec.Struct, frozen=True):
    """Consecutive lines of `data`, blank ones left out.

    `origins` and `numbers` are the byte and the line at which each began in the data cut, both
    from 0 and counting blank lines; `total` is the number of lines in all `size_bytes`.
    """

    data: bytes | bytearray
    starts: Int64s
    ends: Int64s
    origins: Int64s
    numbers: Int64s
    total: int
    size_bytes: int

    @classmethod
    def of(cls, data: bytes | bytearray, size: int | None = None) -> Self:
        """Cut the first `size` bytes at each line feed; the last line may lack its own."""
        size = len(data) if size is None else size
        ends = _line_feeds(characters(data)[:size])
        if size and data[size - 1] != _LINE_FEED:
            ends = np.append(ends, size)
        starts = np.empty_like(ends)
        starts[:1] = 0
        starts[1:] = ends[:-1] + 1
        lines = cls(data, starts, ends, starts, np.arange(len(ends)), len(ends), size)
        return lines._without_blank()

    def __len__(self) -> int:
        return len(self.starts)

    def part(self, rows: slice | npt.NDArray[np.intp]) -> Self:
        """Return some of the lines, in their order."""
        return replace(
            self,
            starts=self.starts[rows],
            ends=self.ends[rows],
            origins=self.origins[rows],
            numbers=self.numbers[rows],
        )

    def line(self, row: int) -> bytes:
        """Return a line without its line feed."""
        return bytes(self.data[int(self.starts[row]) : int(self.ends[row])])

    @property
    def text_ends(self) -> Int64s:
        """Where each line ends without carriage returns."""
        text, ends = characters(self.data), self.ends.copy()
        rows = np.flatnonzero(ends > self.starts)
        for _ in range(_USUAL_RETURNS):
            rows = rows[text[ends[rows] - 1] == _CARRIAGE_RETURN]
            ends[rows] -= 1
            rows = rows[ends[rows] > self.starts[rows]]
        for row in rows[text[ends[rows] - 1] == _CARRIAGE_RETURN].tolist():
            ends[row] = self.starts[row] + len(self.line(row).rstrip(b"\r"))
        return ends

    def packed(self, rows: npt.NDArray[np.intp]) -> Self:
        """Return one or more of the lines with data of their own, without the others.

        There they end with a line feed alone.
        """
        starts, ends = self.starts[rows], self.text_ends[rows]
        # Adjacent lines are copied in one piece.
        is_apart = starts[1:] != ends[:-1] + 1
        firsts = starts[np.flatnonzero(np.append(True, is_apart))]
        lasts = ends[np.flatnonzero(np.append(is_apart, True))]
        view = memoryview(self.data)
        pieces = [view[a:b] for a, b in zip(firsts.tolist(), lasts.tolist(), strict=True)]
        data = b"\n".join(pieces) + b"\n"
        lengths = ends - starts
        packed_ends = np.cumsum(lengths + 1) - 1
        return replace(
            self,
            data=data,
            starts=packed_ends - lengths,
            ends=packed_ends,
            origins=self.origins[rows],
            numbers=self.numbers[rows],
        )

    @property
    def span(self) -> memoryview:
        """The bytes from the first line to the end of the last."""
        return memoryview(self.data)[slice(*self._bounds)]

    @property
    def has_quotes(self) -> bool:
        return self.data.find(b'"', *self._bounds) >= 0

    @property
    def have_negative_exponents(self) -> bool:
        return any(self.data.find(sign, *self._bounds) >= 0 for sign in (b"e-", b"E-"))

    @property
    def is_cut_elsewhere(self) -> bool:
        """True if pyarrow would see different lines here.

        It ends a line at a lone carriage return, and skips a byte-order mark.
        """
        begin, end = self._bounds
        if self.data.startswith(BYTE_ORDER_MARK, begin):
            return True
        if self.data.find(b"\r", begin, end) < 0:
            return False
        text = characters(self.data)[begin:end]
        returns = np.flatnonzero(text == _CARRIAGE_RETURN)
        followers = text[np.minimum(returns + 1, len(text) - 1)]
        return bool((followers != _LINE_FEED).any())

    @property
    def are_too_long(self) -> Bools:
        """Which lines have more than MAX_LINE_BYTES."""
        return self.ends - self.starts > MAX_LINE_BYTES

    @property
    def _bounds(self) -> tuple[int, int]:
        return int(self.starts[0]), min(int(self.ends[-1]) + 1, len(self.data))

    def _without_blank(self) -> Self:
        is_blank = self.text_ends == self.starts
        return self.part(np.flatnonzero(~is_blank)) if is_blank.any() else self


def _line_feeds(text: npt.NDArray[np.uint8]) -> Int64s:
    """Return where the line feeds are; eight bytes at a time, as most lines are much longer."""
    is_feed = text == _LINE_FEED
    whole = len(text) - len(text) % _WORD_BYTES
    words = is_feed[:whole].view(_WORD)
    places = np.flatnonzero(words != 0)
    found = words[places]
    # One byte of the word is 1, all others 0: it has as many ones below it as bits before it.
    if (np.bitwise_count(found) != 1).any():
        return np.flatnonzero(is_feed)
    feeds = places * _WORD_BYTES + (np.bitwise_count(found - 1) >> 3)
    return np.append(feeds, whole + np.flatnonzero(is_feed[whole:]))


def line_count(data: bytes | bytearray, size: int) -> int:
    """Return how many lines the first `size` bytes have; the last may lack its line feed."""
    has_open_line = size > 0 and data[size - 1] != _LINE_FEED
    return _line_feed_count(memoryview(data)[:size]) + has_open_line


def _line_feed_count(text: memoryview) -> int:
    if are_in_use(ROWS):
        return count_feeds(text)
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == _LINE_FEED))


def characters(data: bytes | bytearray) -> npt.NDArray[np.uint8]:
    """Return the bytes as an array, without a copy."""
    return np.frombuffer(data, np.uint8)
