"""What every kind of recording provides: stretches of rows from any place, parsed on any thread.

To add a kind: a file beside this one with a class of this shape, and its line in
`recording_kind`. Code that replays or inspects recordings does not know the kind.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from zreplay.quotes.rejection import Rejection
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.source_block import FilePlace, SourceBlock


class Parsed(NamedTuple):
    """Rows of a recording in file order, and what among them is not a quote."""

    source: SourceBlock
    rejections: list[Rejection]


Unparsed = Callable[[], Parsed]
"""Rows that were read and not parsed yet; several threads may each parse some."""


class Recording(Protocol):
    """A recording, whatever its format.

    A place in it is a byte, of the decompressed data if it is compressed, or a row.
    """

    name: str
    size_bytes: int
    """How large it is on disk; 0 if that cannot be known."""
    holds_resources: bool
    """True if it costs something while it is open: a descriptor, or what decompresses it."""

    @property
    def layout(self) -> Layout | None:
        """What stands where; None where that is known without looking, or not yet."""
        ...

    @property
    def is_random(self) -> bool:
        """True if any place can be read as fast as any other."""
        ...

    @property
    def place(self) -> FilePlace:
        """Where the next stretch begins."""
        ...

    def open(self) -> None:
        """Open it and read its head; further calls do nothing.

        Raises:
            InputError: it cannot be read, or is not a recording.
        """
        ...

    def seek(self, place: FilePlace) -> None:
        """Continue from a place that this recording gave before.

        Raises:
            InputError: it cannot be read from there.
        """
        ...

    def ends(self, max_jump_ns: int = 0) -> tuple[int | None, int | None]:
        """Return the first and the last arrival, as far as they can be found at the ends.

        Strays do not count; with a largest jump of 0 there are none.

        Raises:
            InputError: it cannot be read.
        """
        ...

    def cut(self, block_bytes: int) -> Unparsed | None:
        """Return about the next `block_bytes`, there may be no row in them; None at the end.

        Raises:
            InputError: it cannot be read any further. All before that was returned.
        """
        ...

    def share(self, offset: int) -> float:
        """Return about how much of the recording is before a place, 0 to 1."""
        ...

    def close(self) -> None:
        """Close it; `open` starts over."""
        ...
