"""Arrival time -> due time. In: instants; out: instants. It never sleeps.

When the monotonic clock showed `_anchor_ns`, the recording stood at `_replay_anchor_ns`;
since then it runs `rate` times as fast. Every due time is counted from that one anchor, so
errors do not accumulate. The anchor is taken anew at pause, resume, a change of rate and a jump;
a change of rate does not move the present, and pause stops the clock, not the sender.
Where a start was scheduled, the first anchor is that of the schedule, not of the first quote: so
several replayers run by one clock, and each knows how far it is behind that.
Times are integer nanoseconds and the rate is a fraction: no rounding drifts.
"""

from fractions import Fraction
from typing import Final

import numpy as np

from zreplay.quotes.block import Float64s, Int64s

FOREVER_NS: Final = 2**63 - 1


class ReplayClock:
    """Tells what is due. `rate` is recording seconds per second, None is unpaced."""

    def __init__(self, rate: Fraction | None) -> None:
        self._use(rate)
        self._anchor_ns = 0
        self._replay_anchor_ns: int | None = None
        self._is_paused = False
        self._schedule: tuple[int, int | None] | None = None
        self._is_on_schedule = False

    @property
    def rate(self) -> Fraction | None:
        return self._rate

    @property
    def is_paused(self) -> bool:
        return self._is_paused

    @property
    def anchor_ns(self) -> int:
        """The instant of the monotonic clock at which the anchor was taken."""
        return self._anchor_ns

    @property
    def is_anchored(self) -> bool:
        return self._replay_anchor_ns is not None

    def schedule(self, at_ns: int, replay_ns: int | None) -> None:
        """Have the recording stand at `replay_ns` at an instant; None is its first quote."""
        self._schedule, self._is_on_schedule = (at_ns, replay_ns), False

    def unschedule(self) -> None:
        """Forget the schedule: what an operator does to one replay moves it away from others."""
        self._schedule, self._is_on_schedule = None, False

    def behind_ns(self, now_ns: int) -> int | None:
        """Return by how much the recording is behind its schedule; None without one."""
        if not self._is_on_schedule or self._schedule is None or self._rate is None:
            return None
        at_ns, replay_ns = self._schedule
        if replay_ns is None or self._replay_anchor_ns is None or self._is_paused:
            return None
        behind_ns = replay_ns + round((now_ns - at_ns) * self._rate) - self.replay_now_ns(now_ns)
        return round(behind_ns / self._rate)

    def jump(self, replay_ns: int, now_ns: int) -> None:
        """Set the present of the recording to `replay_ns`."""
        if self._schedule is not None and not self._is_on_schedule:
            at_ns, scheduled_ns = self._schedule
            replay_ns = replay_ns if scheduled_ns is None else scheduled_ns
            now_ns = min(now_ns, at_ns)
            self._schedule, self._is_on_schedule = (at_ns, replay_ns), True
        self._replay_anchor_ns = replay_ns
        self._anchor_ns = now_ns

    def forget(self) -> None:
        """Drop the anchor: the next quote sets it."""
        self._replay_anchor_ns = None

    def skip(self, wall_ns: int) -> None:
        """Make everything that follows due that much earlier."""
        self._anchor_ns -= wall_ns

    def replay_now_ns(self, now_ns: int) -> int:
        """Return the instant of the recording that is now: what arrived by it is due."""
        if self._replay_anchor_ns is None:
            raise ValueError("the clock has no anchor yet")
        if self._is_paused:
            return self._replay_anchor_ns
        if self._rate is None:
            return FOREVER_NS
        elapsed_ns = now_ns - self._anchor_ns
        passed_ns = elapsed_ns * self._replay_ns // self._wall_ns
        return self._replay_anchor_ns + passed_ns

    def due_ns(self, arrival_ns: int) -> int:
        """Return the first monotonic instant at which this arrival is due."""
        if self._replay_anchor_ns is None:
            raise ValueError("the clock has no anchor yet")
        if self._is_paused:
            return FOREVER_NS
        if self._rate is None:
            return self._anchor_ns
        ahead_ns = arrival_ns - self._replay_anchor_ns
        return self._anchor_ns - (-ahead_ns * self._wall_ns) // self._replay_ns

    def lateness_ns(self, arrivals_ns: Int64s | list[int], now_ns: int) -> Float64s | list[float]:
        """Return how long ago each of these was due; only while paced and anchored."""
        if self._rate is None or self._replay_anchor_ns is None:
            raise ValueError("an unpaced clock has no due times")
        replay_ns, rate = self._replay_anchor_ns, self._float_rate
        since_ns = now_ns - self._anchor_ns
        if isinstance(arrivals_ns, list):  # so few that an array would take longer
            return [since_ns - (arrival_ns - replay_ns) / rate for arrival_ns in arrivals_ns]
        return since_ns - (arrivals_ns - replay_ns).astype(np.float64) / rate

    def pause(self, now_ns: int) -> None:
        """Stop the clock; pausing twice changes nothing."""
        self.unschedule()
        self._hold_present(now_ns)
        self._is_paused = True

    def resume(self, now_ns: int) -> None:
        """Let the clock continue from where it stopped."""
        if self._is_paused:
            self._anchor_ns = now_ns
            self._is_paused = False

    def set_rate(self, rate: Fraction | None, now_ns: int) -> None:
        """Run `rate` times as fast from now on.

        Coming from unpaced, where the recording has no present, the next quote sets the
        anchor.
        """
        if rate is not None and rate <= 0:
            raise ValueError(f"rate was {rate}, expected more than 0")
        self.unschedule()
        if self._rate is None:
            self.forget()
        else:
            self._hold_present(now_ns)
        self._use(rate)

    def _use(self, rate: Fraction | None) -> None:
        """Keep the rate as it is asked for with each batch: so long of the recording a time."""
        self._rate = rate
        self._replay_ns, self._wall_ns = (1, 1) if rate is None else rate.as_integer_ratio()
        self._float_rate = self._replay_ns / self._wall_ns

    def _hold_present(self, now_ns: int) -> None:
        if self._replay_anchor_ns is not None and not self._is_paused:
            if self._rate is not None:
                self._replay_anchor_ns = self.replay_now_ns(now_ns)
            self._anchor_ns = now_ns
