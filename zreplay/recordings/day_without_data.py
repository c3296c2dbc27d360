"""An empty .gz, which Tardis and others give for a day without data: a recording of no quotes."""

from contextlib import closing
from pathlib import Path

from zreplay.recordings.gzip_bytes import GzipBytes
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.recording import Unparsed
from zreplay.recordings.regular_file import size_of
from zreplay.recordings.source_block import FilePlace


def is_empty_gzip(path: Path) -> bool:
    """Tell whether a .gz holds nothing.

    Raises:
        InputError: it cannot be read, or is cut off.
    """
    with closing(GzipBytes(path)) as reader:
        found = reader.read(0, 1)
    return found.is_last and not found.data


class DayWithoutData:
    """A recording that is over before it begins."""

    is_random = True
    layout = None

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.size_bytes = size_of(path)
        self.holds_resources = False

    @property
    def place(self) -> FilePlace:
        return BEGINNING

    def open(self) -> None:
        """There is nothing to open."""

    def seek(self, place: FilePlace) -> None:
        """Any place is its end."""

    def ends(self, max_jump_ns: int = 0) -> tuple[int | None, int | None]:
        """Return that nothing arrives."""
        return None, None

    def cut(self, block_bytes: int) -> Unparsed | None:
        """Return that it is over."""
        return None

    def share(self, offset: int) -> float:
        return 1.0

    def close(self) -> None:
        """Nothing is open."""
