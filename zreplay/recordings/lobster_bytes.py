"""The two files of a LOBSTER day, line by line side by side -> one text.

A line is that of the message file (when it was) and the best level of the orderbook file's (what
the book was then); other levels are left out. A place is a byte of this text, so it is read
through to get there.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from protocol.errors import InputError
from zreplay.recordings.byte_reader import FileBytes
from zreplay.recordings.regular_file import open_bytes

CHUNK_BYTES: Final = 256 * 1024
_ORDERBOOK: Final = re.compile(r"_orderbook_(\d+)\.csv$")
_MESSAGES: Final = re.compile(r"_message_\d+\.csv$")
_BEST_FIELDS: Final = 4
_BEST: Final = re.compile(rb"([^,\n]*(?:,[^,\n]*){3})[^\n]*\n")
"""The same of each line that has as many; it takes less than half of the time."""

_FIX: Final = "give FILE_orderbook_N.csv, and let FILE_message_N.csv of the same day lie beside it"


def is_of_lobster(path: Path) -> bool:
    """Tell by its name whether a file is one of the two."""
    return bool(_ORDERBOOK.search(path.name) or _MESSAGES.search(path.name))


def files_beside(path: Path) -> list[Path]:
    """Return the other files that the quotes of a file depend on: its messages, or none."""
    if not _ORDERBOOK.search(path.name):
        return []
    return [path.with_name(_ORDERBOOK.sub(r"_message_\1.csv", path.name))]


class _Lines:
    """The lines of one file, some at a time."""

    def __init__(self, path: Path, cut: Callable[[bytes], list[bytes]]) -> None:
        self._file = open_bytes(path)
        self._cut = cut
        self.size_bytes = self._file.seek(0, 2)
        self.begin()

    def begin(self) -> None:
        self._file.seek(0)
        self._rest = b""
        self.waiting: list[bytes] = []
        self.is_ended = False

    def fill(self) -> None:
        """Read on until a line waits, or the end."""
        while not self.waiting and not self.is_ended:
            data = self._file.read(CHUNK_BYTES)
            self.is_ended = not data
            text = self._rest + (data or b"\n" * bool(self._rest))
            end = text.rfind(b"\n") + 1
            self.waiting, self._rest = self._cut(text[:end]), text[end:]

    def close(self) -> None:
        self._file.close()


class LobsterBytes:
    """Reads both files forwards; going back begins anew.

    Raises:
        InputError: one of them is missing or cannot be read, or it is the message file.
    """

    def __init__(self, path: Path) -> None:
        beside = files_beside(path)
        if not beside or not beside[0].exists():
            what = "is without its message file" if beside else "holds messages, not the book"
            raise InputError(f"{path}: {what}", fix=_FIX, code="Z402")
        self._name = str(path)
        self.is_random = False
        self._messages, self._book = _Lines(beside[0], whole_lines), _Lines(path, best_levels)
        self.size_bytes = self._messages.size_bytes + self._book.size_bytes
        self._start, self._held = 0, b""

    def read(self, offset: int, most_bytes: int) -> FileBytes:
        """Return up to `most_bytes` of the text from an offset on.

        Raises:
            InputError: one file has more lines than the other.
        """
        if offset < self._start:
            self._messages.begin()
            self._book.begin()
            self._start, self._held = 0, b""
        pieces, size = [self._held], len(self._held)
        while self._start + size < offset + most_bytes and (text := self._more()):
            pieces.append(text)
            size += len(text)
            if self._start + size <= offset:
                self._start, pieces, size = self._start + size, [], 0
        held = b"".join(pieces)[max(0, offset - self._start) :]
        self._start, self._held = offset, held
        is_ended = self._messages.is_ended and self._book.is_ended and not self._messages.waiting
        return FileBytes(held[:most_bytes], is_ended and len(held) <= most_bytes)

    def share(self, offset: int) -> float:
        """Return how much of the text lies before an offset, from what was read of the files."""
        return min(1.0, offset / max(1, self.size_bytes))

    def close(self) -> None:
        self._messages.close()
        self._book.close()

    def _more(self) -> bytes:
        """Return some more lines, none at the end."""
        messages, book = self._messages, self._book
        messages.fill()
        book.fill()
        count = min(len(messages.waiting), len(book.waiting))
        if not count and (messages.waiting or book.waiting):
            raise InputError(
                f"{self._name}: has not as many lines as its message file",
                fix="fetch both files of the day again",
                code="Z408",
            )
        pairs = zip(messages.waiting[:count], book.waiting[:count], strict=True)
        lines = [*map(b",".join, pairs), b""] if count else []
        del messages.waiting[:count], book.waiting[:count]
        return b"\n".join(lines)


def whole_lines(text: bytes) -> list[bytes]:
    """Return the lines of a text, each of which ends with a line feed."""
    lines = text.split(b"\n")[:-1]
    return [line.rstrip(b"\r") for line in lines] if b"\r" in text else lines


def best_levels(text: bytes) -> list[bytes]:
    """Return the best level of each line of a text."""
    found: list[bytes] = [] if b"\r" in text else _BEST.findall(text)
    if len(found) == text.count(b"\n"):
        return found
    return [b",".join(line.split(b",", _BEST_FIELDS)[:_BEST_FIELDS]) for line in whole_lines(text)]
