"""Single keys from the terminal, without Enter and without an echo; the terminal is restored.

Where standard input is no terminal there are no keys, and waiting is only waiting.
"""

import contextlib
import os
import select
import termios
import time
import tty
from types import TracebackType
from typing import Any, Final, Self

STANDARD_INPUT: Final = 0
QUIT_KEYS: Final = b"qQ"
_ESCAPE: Final = b"\x1b"
_READ_BYTES: Final = 64


class Keyboard:
    """Reads keys while it is entered; `is_quit` once q was pressed or the terminal is gone.

    `fd` None has no keys.
    """

    def __init__(self, fd: int | None) -> None:
        self.is_quit = False
        self._fd = fd
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
        if self._fd is not None and self._attributes is not None:
            with contextlib.suppress(termios.error):  # the terminal was closed
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._attributes)

    def wait(self, seconds: float) -> None:
        """Wait for a key, at most so long, and note what it asks for."""
        if self._fd is None or self._attributes is None:
            time.sleep(seconds)
            return
        if not select.select([self._fd], [], [], seconds)[0]:
            return
        try:
            keys = os.read(self._fd, _READ_BYTES)
        except OSError:  # the terminal was closed
            keys = b""
        is_sequence = keys.startswith(_ESCAPE)  # an arrow or a keypad key, not letters
        pressed_quit = not is_sequence and any(key in QUIT_KEYS for key in keys)
        self.is_quit = self.is_quit or not keys or pressed_quit
