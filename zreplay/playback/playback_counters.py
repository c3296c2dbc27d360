"""Where a replay's time went: what it waited for, what was stretched or cut, how fast it was.

Pure sums of nanoseconds of the monotonic clock; `advanced_ns` is of the recording's.
"""

from typing import Any

import msgspec


class PlaybackCounters(msgspec.Struct):
    """Sums of waits, and of what they did to the clock.

    `stretched_ns` of the waiting moved the clock; `caught_up` counts the waits that did not, after
    which quotes left late; `skipped_ns` was cut from gaps. While `frozen_ns` passed quotes were due
    and this process did nothing at all.
    """

    window_blocked_ns: int = 0
    workers_blocked_ns: int = 0
    starved_ns: int = 0
    stretched_ns: int = 0
    caught_up: int = 0
    skipped_ns: int = 0
    advanced_ns: int = 0
    ran_ns: int = 0
    frozen_ns: int = 0

    @property
    def blocked_ns(self) -> int:
        """How long something was due that could not leave."""
        return self.window_blocked_ns + self.workers_blocked_ns

    @property
    def achieved_speed(self) -> float | None:
        """Recording seconds per second without pauses; None before two quotes of a file left."""
        return self.advanced_ns / self.ran_ns if self.ran_ns else None

    def as_fields(self) -> dict[str, Any]:
        return {
            "blocked_ns": self.blocked_ns,
            "window_blocked_ns": self.window_blocked_ns,
            "workers_blocked_ns": self.workers_blocked_ns,
            "starved_ns": self.starved_ns,
            "frozen_ns": self.frozen_ns,
            "stretched_ns": self.stretched_ns,
            "caught_up": self.caught_up,
            "skipped_ns": self.skipped_ns,
            "achieved_speed": self.achieved_speed,
        }
