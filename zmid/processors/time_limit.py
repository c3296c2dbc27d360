"""How long a processor may take for a batch; one that never returns cannot be asked to end.

A thread looks on, as what hangs is the loop itself. It counts its own ticks: a process that was
stopped (SIGSTOP), or a machine that slept, is not taken for a slow processor.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from protocol.messages import Batch

TICK_SECONDS: Final = 0.25


class Call(NamedTuple):
    """A processor, by name, and the batch that it has."""

    processor: str
    batch: Batch


class TimeLimit:
    """Calls `expired`, from a thread of its own, once a call has taken `seconds`."""

    def __init__(self, seconds: float, expired: Callable[[Call], None]) -> None:
        self._ticks = max(1, round(seconds / TICK_SECONDS))
        self._expired = expired
        self._call: Call | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="time limit", daemon=True)
        self._thread.start()

    @contextmanager
    def over(self, processor: str, batch: Batch) -> Iterator[None]:
        """Watch what is done inside."""
        self._call = Call(processor, batch)
        try:
            yield
        finally:
            self._call = None

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()

    def _look_on(self) -> None:
        seen, ticks = None, 0
        while not self._is_over.wait(TICK_SECONDS):
            call = self._call
            ticks = ticks + 1 if call is seen else 0
            seen = call
            if call is not None and ticks > self._ticks:
                self._expired(call)
                return
