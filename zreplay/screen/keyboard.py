"""Single keys from the terminal, without Enter or echo; the terminal is restored.

If standard input is not a terminal, or is that of another foreground job, there are no keys: a
process that reads or sets a terminal from the background is stopped. Waiting then only waits.
"""

import contextlib
import os
import re
import select
import termios
import time
import tty
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

STANDARD_INPUT: Final = 0
QUIT_KEYS: Final = ("q", "Q")
NAMES: Final = {
    **{b" ": "space", b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[C": "right"},
    **{b"\x1bOA": "up", b"\x1bOB": "down", b"\x1bOC": "right"},
}
# An escape sequence is one key, whichever letters it ends with.
_KEYS: Final = re.compile(rb"\x1b(?:\[[0-9;]*.|O.)?|[^\x1b]", re.DOTALL)
_READ_BYTES: Final = 64


class Keyboard:
    """Reads keys while it is entered; `is_quit` once q was pressed or the terminal is gone.

    `fd` None has no keys. `on_key` is called with the name of each other key.
    """

    def __init__(self, fd: int | None, on_key: Callable[[str], None] | None = None) -> None:
        self.is_quit = False
        self._fd = fd
        self._on_key = on_key
        self._attributes: list[Any] | None = None

    def __enter__(self) -> Self:
        if self._fd is not None and os.isatty(self._fd) and not _is_in_background(self._fd):
            self._attributes = termios.tcgetattr(self._fd)
            tty.setcbreak(self._fd)  # Ctrl-C still interrupts
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.restore()

    @property
    def is_there(self) -> bool:
        """Return whether there can be keys at all."""
        return self._attributes is not None

    def restore(self) -> None:
        """Restore the terminal."""
        if self._fd is None or self._attributes is None:
            return
        if not _is_in_background(self._fd):
            with contextlib.suppress(termios.error):  # the terminal was closed
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._attributes)

    def wait(self, seconds: float) -> None:
        """Wait at most this long for a key, and carry it out."""
        if self._fd is None or self._attributes is None or _is_in_background(self._fd):
            time.sleep(seconds)
            return
        if not select.select([self._fd], [], [], seconds)[0]:
            return
        try:
            data = os.read(self._fd, _READ_BYTES)
        except OSError:  # the terminal was closed
            data = b""
        if not data:
            self.is_quit, self._attributes = True, None
        keys = [name_of(key) for key in _KEYS.findall(data)]
        self.is_quit = self.is_quit or any(key in QUIT_KEYS for key in keys)
        for key in keys:
            if self._on_key is not None:
                self._on_key(key)


def _is_in_background(fd: int) -> bool:
    """Return whether this is the terminal of our session, and another job is in the foreground."""
    try:
        return os.tcgetpgrp(fd) != os.getpgrp()
    except OSError:  # another session's terminal, or none any more
        return False


def name_of(key: bytes) -> str:
    """Return `space`, `up`, `down`, `right`, the letter itself, or nothing for other keys."""
    if key in NAMES:
        return NAMES[key]
    text = key.decode("ascii", "replace")
    return text if len(text) == 1 and text.isprintable() else ""
