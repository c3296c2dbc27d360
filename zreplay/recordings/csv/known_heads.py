"""What the heads of CSV files say, packed ones too, known as long as the files stay as they are.

A file is looked at when a run is named, and opened when its turn has come: it is read anew then,
but what its first lines mean, and how it is packed, is found once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from zreplay.quotes.file_numbers import MAX_FILES
from zreplay.recordings.byte_reader import ByteReader
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.index.file_identity import Stamp


class Head(NamedTuple):
    """The byte at which the rows begin, how many lines are before it, and what stands where."""

    first: int
    lines: int
    layout: Layout


class KnownFile(NamedTuple):
    """The head of a file, and what reads its bytes; None where they are as they stand."""

    head: Head
    open_packed: Callable[[Path], ByteReader] | None = None


class KnownHeads:
    """Heads by file and by what was said of its format; with too many, it starts over."""

    def __init__(self, most: int = MAX_FILES) -> None:
        self._most = most
        self._heads: dict[tuple[str, FormatOptions], tuple[Stamp, KnownFile]] = {}

    def find(self, file: str, columns: FormatOptions, stamp: Stamp) -> KnownFile | None:
        """Return what is known of a file that has this stamp, None if nothing is."""
        known_stamp, known = self._heads.get((file, columns), (None, None))
        return known if known_stamp == stamp else None

    def note(self, file: str, columns: FormatOptions, stamp: Stamp, known: KnownFile) -> None:
        """Take note of a file that had this stamp when it was opened."""
        if len(self._heads) >= self._most:
            self._heads.clear()
        self._heads[file, columns] = stamp, known


KNOWN_HEADS: Final = KnownHeads()
"""Those of this process."""
