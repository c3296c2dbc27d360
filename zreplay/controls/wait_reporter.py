"""State words, polled -> what is worth a log line: a wait that lasts, and its end.

A wait is for one thing while nothing moves: a sink that commits bit by bit is slow, not missing.
What was logged recently is not logged again, or a slow worker would fill the log.
"""

from typing import Final

import msgspec

from zreplay.controls.status import BLOCKED, NO_WORKERS, RECONNECTING, WAITING

WAITS: Final = "waiting"
NO_LONGER: Final = "no longer waiting"
LASTS_NS: Final = 2_000_000_000
QUIET_NS: Final = 60_000_000_000
LOOK_NS: Final = 1_000_000_000
"""The longest interval between two looks."""
FOR_A_PART: Final = (WAITING, BLOCKED, NO_WORKERS, RECONNECTING)
"""Without the waits that the operator ends: a pause, a stop, the next command."""

MOST_TOLD: Final = 64
"""What is waited for may have a count in it."""


class WaitReporter(msgspec.Struct):
    """Remembers what the run is waiting for, and since when."""

    look_at_ns: int = 0
    _thing: str = ""
    _moved: tuple[int, ...] = ()
    _since_ns: int = 0
    _is_told: bool = False
    _told_ns: dict[str, int] = msgspec.field(default_factory=dict)

    def look(
        self, state: str, waits_for: str, moved: tuple[int, ...], now_ns: int
    ) -> list[tuple[str, str]]:
        """Return events and what they are about; `moved` are counts that grow."""
        self.look_at_ns = now_ns + LOOK_NS
        thing = waits_for if state in FOR_A_PART else ""
        said: list[tuple[str, str]] = []
        if (thing, moved) != (self._thing, self._moved):
            if self._is_told:
                if len(self._told_ns) >= MOST_TOLD:
                    self._told_ns.pop(next(iter(self._told_ns)))
                self._told_ns[self._thing] = now_ns
                said.append((NO_LONGER, self._thing))
            self._thing, self._moved = thing, moved
            self._since_ns, self._is_told = now_ns, False
        lasts = bool(thing) and now_ns - self._since_ns >= LASTS_NS
        if lasts and not self._is_told and self._is_news(now_ns):
            self._is_told = True
            said.append((WAITS, thing))
        return said

    def _is_news(self, now_ns: int) -> bool:
        told_ns = self._told_ns.get(self._thing)
        return told_ns is None or now_ns - told_ns >= QUIET_NS
