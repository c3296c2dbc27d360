"""Reads a blocking source on a thread of its own, so that the loop never waits for parsing.

One piece with rows waits in a bounded queue: the reader stops when it is full.
"""

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Final

from zreplay.quotes.source import Piece

READ_AHEAD_PIECES: Final = 1


class ReadAhead:
    """A polled source over a blocking `read`, which returns None at its end."""

    def __init__(self, read: Callable[[], Piece | None], wake: Callable[[], None]) -> None:
        self._read = read
        self._wake = wake
        self._queue: queue.Queue[Piece | Exception | None] = queue.Queue(READ_AHEAD_PIECES)
        self._is_closing = threading.Event()
        self._is_ended = False
        self._thread = threading.Thread(target=self._read_all, name="reader", daemon=True)
        self._thread.start()

    @property
    def is_ended(self) -> bool:
        # The loop alone takes from the queue: what is in it stays.
        if not self._is_ended and (waiting := self._queue.queue):
            self._is_ended = waiting[0] is None
        return self._is_ended

    def poll(self) -> Piece | None:
        """Return the next piece, or None if there is none now.

        Raises:
            ZreplayError: what the reader raised, after every piece that it read before.
        """
        if self._is_ended:
            return None
        try:
            item = self._queue.get_nowait()
        except queue.Empty:
            return None
        if isinstance(item, Piece):
            return item
        self._is_ended = True
        if item is not None:
            raise item
        return None

    def close(self) -> None:
        """Stop the reader; it finishes the block it is in."""
        self._is_closing.set()
        with contextlib.suppress(queue.Empty):
            self._queue.get_nowait()  # a reader that waits for room has it now, and looks up
        self._thread.join()

    def _read_all(self) -> None:
        item: Piece | Exception | None
        while not self._is_closing.is_set():
            try:
                item = self._read()
            except Exception as error:  # raised again where the loop polls
                item = error
            if isinstance(item, Piece) and not len(item.block):
                continue  # the loop would find nothing in the queue in its place
            self._queue.put(item)
            self._wake()
            if not isinstance(item, Piece):
                return
