"""What the heads of CSV files say, packed ones too, known as long as the files stay as they are.

A file is looked at when a run is named, and opened when its turn has come: it is read anew then,
but what its first lines mean, and how it is packed, is found once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from zreplay.recordings.byte_reader import ByteReader
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.seen_files import SeenFiles


class Head(NamedTuple):
    """The byte at which the rows begin, how many lines are before it, and what stands where."""

    first: int
    lines: int
    layout: Layout


class KnownFile(NamedTuple):
    """The head of a file, and what reads its bytes; None where they are as they stand."""

    head: Head
    open_packed: Callable[[Path], ByteReader] | None = None


class KnownHeads(SeenFiles[FormatOptions, KnownFile]):
    """Heads by file and by what was said of its format."""


KNOWN_HEADS: Final = KnownHeads(name="heads")
"""Those of this process."""
