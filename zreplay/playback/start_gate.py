"""When the first quote may leave: once enough workers are there, and then after a delay.

Once open it stays open. Pure: counts and instants come in.
"""

from zreplay.playback.replay_clock import FOREVER_NS


class StartGate:
    """Holds the start back; `delay_ns` counts from when enough workers are there."""

    def __init__(self, workers: int, delay_ns: int) -> None:
        self._wanted = workers
        self._delay_ns = delay_ns
        self._is_open = False
        self._opens_ns: int | None = None

    def hurry(self) -> None:
        """Need no delay: the run has begun before."""
        self._delay_ns = 0

    def is_open(self, workers: int, now_ns: int) -> bool:
        """Tell whether quotes may leave, now that so many workers are connected."""
        if not self._is_open:
            if workers < self._wanted:
                self._opens_ns = None
                return False
            if self._opens_ns is None:
                self._opens_ns = now_ns + self._delay_ns
            self._is_open = now_ns >= self._opens_ns
        return self._is_open

    def due_ns(self) -> int:
        """Return when it opens; FOREVER_NS while a worker must come first, and once it is open."""
        return FOREVER_NS if self._is_open or self._opens_ns is None else self._opens_ns

    def waits_for(self, workers: int, now_ns: int) -> str:
        """Say what is missing, nothing once it is open."""
        if self._is_open:
            return ""
        if workers < self._wanted:
            return f"workers: {workers} of {self._wanted} are connected"
        left_ns = self._delay_ns if self._opens_ns is None else self._opens_ns - now_ns
        return f"the start, in {max(0, left_ns) / 1e9:.1f} s" if left_ns > 0 else ""
