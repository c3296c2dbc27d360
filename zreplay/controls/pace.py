"""How fast a replay really goes. In: where it stands, and the clock; out: what a nanosecond brings.

Only the time counts in which it was to go: a pause makes nothing slower. Where the way changes
(a seek, another rate) what was before says nothing any more.
"""

from collections import deque
from typing import Final, NamedTuple

import msgspec

TICK_NS: Final = 1_000_000_000
SPAN_NS: Final = 30 * TICK_NS
"""So much of the past counts at most."""
STILL_NS: Final = 5 * TICK_NS
"""Where nothing has moved for so long, the pace of before says nothing of what is left."""
SPEED_NS: Final = 5 * TICK_NS
"""Over less than that a speed that is asked is the better one."""


class _Tick(NamedTuple):
    active_ns: int
    passes: float | None
    present_ns: int | None


class Pace(msgspec.Struct):
    """Ticks of about a second of active time, the newest last."""

    _ticks: deque[_Tick] = msgspec.field(default_factory=deque)
    _course: object = None
    _active_ns: int = 0
    _looked_ns: int | None = None
    _is_paused: bool = False

    def pass_time(self, now_ns: int, *, is_paused: bool) -> bool:
        """Let time pass; tell whether it is time for a tick."""
        if self._looked_ns is not None and not (is_paused or self._is_paused):
            self._active_ns += now_ns - self._looked_ns
        self._looked_ns, self._is_paused = now_ns, is_paused
        return not self._ticks or self._active_ns - self._ticks[-1].active_ns >= TICK_NS

    def tick(self, passes: float | None, present_ns: int | None, course: object) -> None:
        """Take where the replay stands: `passes` are those that are done, with the present one.

        What another `course` gave is forgotten.
        """
        if course != self._course:
            self._ticks.clear()
            self._course = course
        self._ticks.append(_Tick(self._active_ns, passes, present_ns))
        while self._active_ns - self._ticks[0].active_ns > SPAN_NS:
            self._ticks.popleft()

    def passes_per_ns(self) -> float | None:
        """Return how much of a pass a nanosecond brings, None while there is no telling."""
        if len(self._ticks) < 2:
            return None
        first, last = self._ticks[0], self._ticks[-1]
        if first.passes is None or last.passes is None or last.passes <= first.passes:
            return None
        for tick in self._ticks:
            if last.active_ns - tick.active_ns >= STILL_NS and tick.passes == last.passes:
                return None
        return (last.passes - first.passes) / (last.active_ns - first.active_ns)

    def speed(self) -> float | None:
        """Return the recording's time over active time, None while there is no telling."""
        if len(self._ticks) < 2:
            return None
        first, last = self._ticks[0], self._ticks[-1]
        active_ns = last.active_ns - first.active_ns
        if first.present_ns is None or last.present_ns is None or active_ns < SPEED_NS:
            return None
        return max(0, last.present_ns - first.present_ns) / active_ns or None
