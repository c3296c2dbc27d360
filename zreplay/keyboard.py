"""Single keys from the terminal, without Enter and without an echo; the terminal is restored.

Where standard input is no terminal there are no keys, and waiting is only waiting.
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
# An escape sequence is one key, whatever letters it ends with.
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
        if self._fd is not None and os.isatty(self._fd):
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
        """Tell whether keys can come at all."""
        return self._attributes is not None

    def restore(self) -> None:
        """Give the terminal back as it was."""
        if self._fd is not None and self._attributes is not None:
            with contextlib.suppress(termios.error):  # the terminal was closed
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._attributes)

    def wait(self, seconds: float) -> None:
        """Wait for a key, at most so long, and do what it asks for."""
        if self._fd is None or self._attributes is None:
            time.sleep(seconds)
            return
        if not select.select([self._fd], [], [], seconds)[0]:
            return
        try:
            data = os.read(self._fd, _READ_BYTES)
        except OSError:  # the terminal was closed
            data = b""
        keys = [name_of(key) for key in _KEYS.findall(data)]
        self.is_quit = self.is_quit or not data or any(key in QUIT_KEYS for key in keys)
        for key in keys:
            if self._on_key is not None and not self.is_quit:
                self._on_key(key)


def name_of(key: bytes) -> str:
    """Return `space`, `up`, `down`, `right`, the letter itself, or nothing for other keys."""
    if key in NAMES:
        return NAMES[key]
    text = key.decode("ascii", "replace")
    return text if len(text) == 1 and text.isprintable() else ""
