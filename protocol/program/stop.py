"""Stop signals: one SIGINT, SIGTERM or SIGHUP drains and ends cleanly, a second ends at once.

A hang-up never counts as the second: kernel and shell each send one when a terminal is closed.
"""

import contextlib
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Final, Self

from protocol.errors import EXIT_INTERRUPTED
from protocol.program.interruption import say_interrupted

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LAST_RESORT_SECONDS: Final = 30
"""Every clean end takes less; after that the kernel ends what hangs, in whatever call it is."""
_READ_BYTES: Final = 4096


class StopSignal:
    """How often the process was asked to end; `fd` becomes readable at the first time.

    `before_exit` is called by a process that ends at once, as its last action.
    """

    def __init__(self) -> None:
        self.before_exit: list[Callable[[], None]] = []
        self.requested = 0
        self.signal_number = 0
        self.fd, self._write_fd = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write_fd, False)
        self._insisting = 0
        self._handled = 0
        self._noted = 0
        self._counted = 0

    @classmethod
    def install(cls) -> Self:
        """Return the stop signal of this process; only from the main thread."""
        stop = cls()
        # The C-level handler writes at once, so that a signal just before a poll ends it.
        signal.set_wakeup_fd(stop._write_fd, warn_on_full_buffer=False)
        for number in SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # `nohup`
                signal.signal(number, stop._on_signal)
        # The process that started this one may have blocked them until here.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return stop

    def request(self, signal_number: int = 0) -> None:
        """Ask to end as a signal does."""
        is_hang_up = signal_number == signal.SIGHUP
        if not (is_hang_up and self.requested):
            self.signal_number = signal_number
        if not self.requested:
            os.write(self._write_fd, b"\0")
        self._insisting += not is_hang_up
        self.requested = max(1, self._insisting)

    def close(self) -> None:
        os.close(self.fd)
        os.close(self._write_fd)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        signal.alarm(LAST_RESORT_SECONDS)
        self._noted += self._noted_since()
        if number == signal.SIGHUP:
            self.request(number)
            return
        # Two that came before this handler's turn are one call of it and two bytes; a byte may
        # be late, where another thread took the signal.
        self._handled += 1
        asked = max(self._handled, self._noted)
        for _ in range(asked - self._counted):
            self.request(number)
        self._counted = asked
        if self.requested > 1:
            for act in self.before_exit:
                with contextlib.suppress(OSError):  # the terminal may be gone
                    act()
            say_interrupted()
            os._exit(EXIT_INTERRUPTED)

    def _noted_since(self) -> int:
        """Return how many signals that insist the kernel's handler noted since the last call."""
        noted = b""
        with contextlib.suppress(BlockingIOError):
            noted = os.read(self.fd, _READ_BYTES)
        os.write(self._write_fd, b"\0")  # it stays readable
        return sum(number in (signal.SIGINT, signal.SIGTERM) for number in noted)
