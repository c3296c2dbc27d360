"""The children's stderr -> lines of our own, so that they do not break up the dashboard.

While a dashboard is drawn, `sys.stderr` prints above it; the children do not know about it.
"""

import os
import sys
import threading


class StderrRelay:
    """A pipe whose `fd` is given to children; what they write is passed on line by line.

    A thread does that, from `start` on: once the children have been forked.
    """

    def __init__(self) -> None:
        self._read_fd, self.fd = os.pipe()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Pass on the rest; the children must have exited."""
        os.close(self.fd)
        if self._thread is None:
            self._pass_on()
        else:
            self._thread.join()

    def _pass_on(self) -> None:
        with os.fdopen(self._read_fd, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                sys.stderr.write(line if line.endswith("\n") else f"{line}\n")
