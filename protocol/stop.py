"""Asked to end: SIGINT or SIGTERM once drains and ends cleanly, twice ends at once."""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Final, Self

from protocol.errors import EXIT_INTERRUPTED

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
LAST_RESORT_SECONDS: Final = 30
"""Every orderly end takes less; after it the kernel ends what hangs, in whatever call that is."""


class StopSignal:
    """How often the process was asked to end; `fd` becomes readable at the first time.

    `before_exit` are the last things that a process does that ends at once.
    """

    def __init__(self) -> None:
        self.before_exit: list[Callable[[], None]] = []
        self.requested = 0
        self.signal_number = 0
        self.fd, self._write_fd = os.pipe()
        os.set_blocking(self._write_fd, False)

    @classmethod
    def install(cls) -> Self:
        """Return the stop signal of this process; only from the main thread."""
        stop = cls()
        # The kernel's handler writes at once, so that a signal just before a poll ends it.
        signal.set_wakeup_fd(stop._write_fd, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, stop._on_signal)
        # Whoever started this process may have held them back until here.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return stop

    def request(self, signal_number: int = 0) -> None:
        """Ask to end as a signal does."""
        self.requested += 1
        self.signal_number = signal_number
        if self.requested == 1:
            os.write(self._write_fd, b"\0")

    def close(self) -> None:
        os.close(self.fd)
        os.close(self._write_fd)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.request(number)
        signal.alarm(LAST_RESORT_SECONDS)
        if self.requested > 1:
            for act in self.before_exit:
                act()
            os._exit(EXIT_INTERRUPTED)
