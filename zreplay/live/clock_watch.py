"""What became of the clocks: one on the wall that was set, a machine that was suspended. Pure.

Record numbers are in order of receipt, and what is due is counted by another clock, so nothing
depends on it but the times of receipt, which are what the clock said.
"""

from typing import Final, NamedTuple

LEAST_NS: Final = 500_000_000
"""A clock that is slewed, and a leap second that is smeared, move by less between two looks."""


class ClocksRead(NamedTuple):
    """Unix time, time that goes on evenly, and that with the time for which it was suspended."""

    wall_ns: int
    monotonic_ns: int
    boot_ns: int


class ClockEvent(NamedTuple):
    """The clock was set by so much, forward or back; or the machine slept for so long."""

    set_by_ns: int
    suspended_ns: int


class ClockWatch:
    """Compares each look at the clocks with the one before."""

    def __init__(self, first: ClocksRead) -> None:
        self._last = first

    def look(self, now: ClocksRead) -> ClockEvent | None:
        """Return what happened since the last look, None if nothing did."""
        before, self._last = self._last, now
        suspended_ns = (now.boot_ns - before.boot_ns) - (now.monotonic_ns - before.monotonic_ns)
        set_by_ns = (now.wall_ns - before.wall_ns) - (now.boot_ns - before.boot_ns)
        event = ClockEvent(
            set_by_ns if abs(set_by_ns) >= LEAST_NS else 0,
            suspended_ns if suspended_ns >= LEAST_NS else 0,
        )
        return event if any(event) else None
