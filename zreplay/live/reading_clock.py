"""Monotonic time as it passes while a connection is read; it stands still while it is not. Pure.

An answer that is owed to us is behind what we do not read, so that such a time must not count
against whoever owes it. What we owe is due by the clock.
"""

from typing import Final

FOREVER_NS: Final = 2**62


class ReadingClock:
    """The clock of one connection; `now_ns` is monotonic, `read_ns` is time of this clock."""

    def __init__(self) -> None:
        self._unread_ns = 0
        """How long nothing was read, up to the present hold."""
        self._held_from_ns: int | None = None

    @property
    def is_held(self) -> bool:
        return self._held_from_ns is not None

    def hold_back(self, now_ns: int) -> None:
        """Stand still; again is as once."""
        if self._held_from_ns is None:
            self._held_from_ns = now_ns

    def go_on(self, now_ns: int) -> None:
        """Go on from where it stands."""
        if self._held_from_ns is not None:
            self._unread_ns += now_ns - self._held_from_ns
            self._held_from_ns = None

    def read_ns(self, now_ns: int) -> int:
        """Return the time of this clock."""
        held_from_ns = self._held_from_ns  # read first: another thread may ask
        return (now_ns if held_from_ns is None else held_from_ns) - self._unread_ns

    def due_ns(self, read_ns: int) -> int:
        """Return when this clock is at `read_ns`; FOREVER_NS if it does not get there by itself."""
        is_ahead = self._held_from_ns is not None and read_ns > self.read_ns(0)
        return FOREVER_NS if is_ahead or read_ns >= FOREVER_NS else read_ns + self._unread_ns
