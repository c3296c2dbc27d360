"""What the indexes of a replay know of one file, and the places that they gave."""

from typing import NamedTuple

import msgspec

from zreplay.recordings.file_stamp import Stamp
from zreplay.recordings.index.entries import FileIndex, IndexBuilder, IndexEntry
from zreplay.recordings.source_block import FilePlace


class KnownFile(msgspec.Struct):
    """What is known of one file as it was at `stamp`."""

    stamp: Stamp
    index: FileIndex | None = None
    start: FilePlace | None = None
    builder: IndexBuilder | None = None
    kept_rows: int = 0
    told_to: int = 0
    """Of all before this offset this process has told what is refused there, or late."""
    is_told: bool = False
    """So it has of all before the place at which it reads now."""


class GivenPlace(NamedTuple):
    stamp: Stamp
    entry: IndexEntry
    is_clean: bool
    """Nothing is refused before it, nor late."""


class LookedUp(NamedTuple):
    """What is known of an instant in a file: see `FileIndex`."""

    entry: IndexEntry | None
    is_covered: bool
    is_whole: bool
