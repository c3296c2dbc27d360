"""The bytes of standard input, which can be read only once and only forwards.

Data is passed on at once: a recording that is still being written can be piped in. Going back to
a place (after a restart of the replayer or the sink) is impossible.
"""

import os
import select
import sys
from pathlib import Path
from typing import Final

from protocol.errors import InputError
from zreplay.recordings.byte_reader import FileBytes
from zreplay.recordings.input_paths import STANDARD_INPUT

WAIT_SECONDS: Final = 0.1


class StandardInput:
    """Reads what is piped in; there is one for each process.

    Raises:
        InputError: it was read before, or is a terminal.
    """

    _is_begun = False

    def __init__(self, _: Path = STANDARD_INPUT) -> None:
        if StandardInput._is_begun:
            raise InputError(
                "standard input cannot be read again from its beginning",
                fix="write it to a file and replay that: a file can be resumed",
                code="Z409",
            )
        if sys.stdin is None or os.isatty(sys.stdin.fileno()):
            raise InputError(
                "standard input is a terminal, expected a recording",
                fix="pipe a CSV into it, or give the name of a file",
                code="Z409",
            )
        StandardInput._is_begun = True
        self.size_bytes = 0
        self.is_random = False
        self._fd = sys.stdin.fileno()
        self._held = b""
        self._start = 0
        self._is_ended = False

    def read(self, offset: int, most_bytes: int) -> FileBytes:
        """Return what has arrived from an offset on; nothing if nothing arrives for a moment.

        Raises:
            InputError: that place has passed, or the pipe cannot be read.
        """
        left = self._held[max(0, offset - self._start) :]
        if not 0 <= offset - self._start <= len(self._held):
            raise InputError(
                f"standard input cannot be read from byte {offset}, it is at byte {self._start}",
                fix="write it to a file and replay that: a file can be resumed",
                code="Z409",
            )
        if len(left) < most_bytes and not self._is_ended:
            left += self._more(most_bytes - len(left))
        self._held, self._start = left, offset
        return FileBytes(left[:most_bytes], self._is_ended and len(left) <= most_bytes)

    def share(self, offset: int) -> float:
        """How much is still to come is unknown."""
        return 0.0

    def close(self) -> None:
        """It cannot be opened again."""

    def _more(self, most_bytes: int) -> bytes:
        """Return what has arrived by now; wait a moment for the first of it."""
        pieces: list[bytes] = []
        wait_seconds = WAIT_SECONDS
        while most_bytes > 0 and not self._is_ended:
            try:
                if not select.select([self._fd], [], [], wait_seconds)[0]:
                    break
                piece = os.read(self._fd, most_bytes)
            except OSError as error:
                raise InputError(
                    f"standard input cannot be read at byte {self._start + len(self._held)}: "
                    f"{error.strerror}",
                    fix="check the program that writes into it",
                    code="Z401",
                ) from error
            self._is_ended = not piece
            pieces.append(piece)
            most_bytes -= len(piece)
            wait_seconds = 0.0
        return b"".join(pieces)
