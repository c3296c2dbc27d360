"""The places that indexes gave a reading, and what stands there -> which of the indexes are wrong.

Rule 1: a place counts once the first row that counts from it on is the one of its entry.
Rule 2: that row is not far behind its place, however large the blocks were when it was noted.
"""

from collections.abc import Mapping
from typing import Final

from protocol.errors import InputError
from zreplay.recordings.index.entries import FirstRow
from zreplay.recordings.recording import Parsed

CHECKED_BYTES: Final = 64 * 1024 * 1024
"""A block is never so large."""


class PlaceCheck:
    """Checks the place of one file after the other; `expected` has None where its file changed."""

    def __init__(self, expected: Mapping[int, FirstRow | None]) -> None:
        self._expected = dict(expected)

    @property
    def next_file(self) -> int | None:
        """The number of the file to be looked at next, None when all were."""
        return next(iter(self._expected), None)

    def is_wrong(self, number: int, offset: int, parsed: Parsed | InputError | None) -> bool | None:
        """Tell whether an index is wrong of its place, by what stands there; None is to look on.

        After an answer the file is done with.
        """
        expected = self._expected[number]
        found = None
        if expected is not None and isinstance(parsed, Parsed):
            found = FirstRow.of(parsed.source.block)
            if found is None and parsed.source.end.offset - offset <= CHECKED_BYTES:
                return None
        del self._expected[number]
        return found is None or found != expected
