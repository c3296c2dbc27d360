"""Files of which blocks are cut, and whether more of each is to come."""

from collections.abc import Sequence

from zreplay.recordings.csv.unparsed_lines import UnparsedLines
from zreplay.recordings.recording import Recording, Unparsed


class FilesToCut:
    """Cuts files by their number. One thread at a time cuts a file, others may cut others."""

    def __init__(self, files: Sequence[Recording]) -> None:
        self._files = files
        self._ended: set[int] = set()

    def cut(self, number: int, block_bytes: int) -> Unparsed | None:
        """Return about the next `block_bytes` of a file; None behind its end, or an error.

        Raises:
            ZreplayError: it cannot be read any further.
        """
        if number in self._ended:
            return None
        try:
            unparsed = self._files[number].cut(block_bytes)
        except BaseException:
            self._ended.add(number)
            raise
        if unparsed is None or (isinstance(unparsed, UnparsedLines) and unparsed.is_last):
            self._ended.add(number)
        return unparsed

    def has_ended(self, number: int) -> bool:
        """Return whether it is known that nothing follows what was cut of a file."""
        return number in self._ended

    def forget(self, number: int) -> None:
        """Have a file cut from wherever it is, if it is asked for again."""
        self._ended.discard(number)

    def close(self) -> None:
        """Hold no files any more."""
        self._files = ()
