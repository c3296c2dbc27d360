"""When the first quote may leave: with enough workers there, after a delay, at an instant.

Once open it stays open. Pure: counts and instants come in.
"""

from zreplay.playback.replay_clock import FOREVER_NS


class StartGate:
    """Holds the start back; `delay_ns` counts from when enough workers are there.

    `not_before_ns` is an instant of the clock that it is asked by, also for a run that goes on.
    """

    def __init__(self, workers: int, delay_ns: int, not_before_ns: int = 0) -> None:
        self._wanted = workers
        self._delay_ns = delay_ns
        self._not_before_ns = not_before_ns
        self._is_open = False
        self._opens_ns: int | None = None

    def hurry(self) -> None:
        """Skip the delay: the run has begun before."""
        self._delay_ns = 0

    def is_open(self, workers: int, now_ns: int) -> bool:
        """Return whether quotes may leave, with that many workers connected."""
        if not self._is_open:
            if workers < self._wanted:
                self._opens_ns = None
                return False
            if self._opens_ns is None:
                self._opens_ns = max(now_ns + self._delay_ns, self._not_before_ns)
            self._is_open = now_ns >= self._opens_ns
        return self._is_open

    def due_ns(self) -> int:
        """Return when it opens; FOREVER_NS while a worker is missing, and once it is open."""
        return FOREVER_NS if self._is_open or self._opens_ns is None else self._opens_ns

    def waits_for(self, workers: int, now_ns: int) -> str:
        """Return what is missing, empty once it is open."""
        if self._is_open:
            return ""
        if workers < self._wanted:
            return f"consumers: {workers} of {self._wanted} are connected"
        opens_ns = self._opens_ns
        if opens_ns is None:
            opens_ns = max(now_ns + self._delay_ns, self._not_before_ns)
        left_ns = opens_ns - now_ns
        return f"the start, in {max(0, left_ns) / 1e9:.1f} s" if left_ns > 0 else ""
