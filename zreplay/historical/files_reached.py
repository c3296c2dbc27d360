"""How far each file was sent, and from where on it was asked for. Pure: offsets in, offsets out.

Where a run begins at an instant (`--from`), the way to there is not asked for. It is known where
that ends once the files were read from their beginning: behind a restart it is not.
"""

from collections.abc import Iterable

import numpy as np

from zreplay.quotes.block import Block, file_of, offset_of


class FilesReached:
    """Offsets by file number. One thread reads blocks and another sends: each has a dict."""

    def __init__(self, *, has_start: bool) -> None:
        self.sent: dict[int, int] = {}
        """Where the last quote of each file that was sent stands."""

        self.first_ns: int | None = None
        """The first arrival that was asked for, None while it is not known."""

        self._has_start = has_start
        self._begun: dict[int, int] = {}
        self._is_known = False
        self._is_from_start = False

    def open(self, starts: Iterable[int], *, is_from_start: bool) -> None:
        """Take note of where the files were opened."""
        self.sent = dict(enumerate(starts))
        self._is_from_start = is_from_start
        if is_from_start:
            self._begun, self.first_ns, self._is_known = {}, None, True
        elif self._has_start:
            self._is_known = self._is_known and len(self._begun) == len(self.sent)

    def read(self, block: Block) -> None:
        """Take note of the next quotes that were asked for, in replay order."""
        if not self._is_from_start or not len(block):
            return
        if self.first_ns is None:
            self.first_ns = int(block.arrival_ns[0])
        if not self._has_start or len(self._begun) == len(self.sent):
            return
        numbers = file_of(block.position)
        is_there = np.zeros(len(self.sent), np.bool_)
        is_there[numbers] = True
        for number in np.flatnonzero(is_there).tolist():
            if number not in self._begun:
                row = int(np.argmax(numbers == number))
                self._begun[number] = offset_of(int(block.position[row]))

    def note(self, position: int) -> None:
        """Take note of the position of the last quote that was sent."""
        self.sent[file_of(position)] = offset_of(position)

    @property
    def is_known(self) -> bool:
        """False while nobody knows where what was asked for begins."""
        return self._is_known or not self._has_start

    @property
    def begun(self) -> dict[int, int] | None:
        """Where what was asked for begins, by file; None is where each file does.

        A file that is not in it has not come to its first quote.
        """
        return self._begun if self._has_start else None
