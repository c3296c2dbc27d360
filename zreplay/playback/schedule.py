"""What of a playhead is due now: the clock, steps, stalls and gaps. Time comes in, counts go out.

Historical quotes are paced by the clock, unless its rate is None; live quotes are due at once.
Where a due quote could not leave, was not there or was not asked for (the process was frozen, or
is too slow) for longer than STALL_NS, the clock goes on from it (it is stretched: no burst) or
runs on (what is late is caught up). A clock that is stretched goes on from the first quote,
however short it waited: the replay begins with it.
A gap is cut when the clock has come to it: the next quote is due `max_gap_ns` after the last.
"""

from fractions import Fraction
from typing import Final

from zreplay.playback.durations import DurationHistogram
from zreplay.playback.playback_counters import PlaybackCounters
from zreplay.playback.playhead import Playhead
from zreplay.playback.replay_clock import FOREVER_NS, ReplayClock
from zreplay.quotes.block import Int64s

MIN_SEND_INTERVAL_NS: Final = 100_000
MAX_SEND_INTERVAL_NS: Final = 5_000_000
SEND_INTERVAL_PER_BATCH_NS: Final = 10_000
"""Paced batches are the larger, and so the fewer, the more of them are on their way."""
STALL_NS: Final = 100_000_000


def send_interval_ns(in_flight_batches: int) -> int:
    """Return how long paced quotes wait for others to go with them."""
    interval_ns = SEND_INTERVAL_PER_BATCH_NS * in_flight_batches
    return max(MIN_SEND_INTERVAL_NS, min(MAX_SEND_INTERVAL_NS, interval_ns))


class Schedule:
    """Tells how many quotes are due, and when the next one is."""

    def __init__(
        self, rate: Fraction | None, *, is_stretched: bool, max_gap_ns: int | None
    ) -> None:
        self.clock = ReplayClock(rate)
        self.lateness = DurationHistogram()
        self.counters = PlaybackCounters()
        self.is_historical = True
        self.steps_left = 0
        self._historical_ns: int | None = None
        self._live_ns: int | None = None
        self._is_stretched = is_stretched
        self._max_gap_ns = max_gap_ns
        self._next_send_ns = 0
        self._anchor_at_ns: int | None = None
        self._moved_from: tuple[int, int] | None = None
        self._is_gap_open = True
        self._has_left = False
        self._blocked_since_ns: int | None = None
        self._is_window_full = False
        self._starved_since_ns: int | None = None
        self._paused_ns = 0
        self._asked_ns = 0

    @property
    def last_arrival_ns(self) -> int | None:
        """Where this mode stands: its last quote that left, or where a seek went."""
        return self._historical_ns if self.is_historical else self._live_ns

    @property
    def is_paced(self) -> bool:
        return self.is_historical and self.clock.rate is not None

    def is_next_timed(self, head: Playhead | None) -> bool:
        """True when the next quote is known and has a time to leave."""
        return self.is_paced and head is not None and head.has_row

    @property
    def is_held(self) -> bool:
        """True while nothing is to leave: paused, and no step asked for."""
        return self.clock.is_paused and not self.steps_left

    @property
    def is_blocked(self) -> bool:
        """True while something is due that cannot leave."""
        return self._blocked_since_ns is not None

    # --- what the operator asks ----------------------------------------------------------

    def pause(self, now_ns: int) -> None:
        """Stop the clock, and forget steps that have not left."""
        self.steps_left = 0
        if self.clock.is_paused:
            return
        self.clock.pause(now_ns)
        self._paused_ns = now_ns
        self._moved_from = None
        self._is_gap_open = True

    def resume(self, now_ns: int) -> None:
        """Let the clock go on; what was waited while it stood is no waiting."""
        self.steps_left = 0
        if not self.clock.is_paused:
            return
        self.clock.resume(now_ns)
        stood_ns = now_ns - self._paused_ns
        if self._blocked_since_ns is not None:
            self._blocked_since_ns += stood_ns
        if self._starved_since_ns is not None:
            self._starved_since_ns += stood_ns

    def step(self, count: int) -> None:
        """Let so many more quotes leave while the clock stands."""
        self.steps_left += count

    def set_rate(self, rate: Fraction | None, now_ns: int) -> None:
        self.clock.set_rate(rate, now_ns)

    def seek(self, arrival_ns: int | None) -> None:
        """Stand at an instant of the recording; None is its first quote."""
        self.stand_at_next()
        self._historical_ns = self._anchor_at_ns = arrival_ns

    def stand_at_next(self) -> None:
        """Let the clock stand at the next quote's arrival once that is there."""
        self.clock.forget()
        self._anchor_at_ns = None
        self._moved_from = None
        self._is_gap_open = True
        self._has_left = False
        self._blocked_since_ns = self._starved_since_ns = None

    def present_ns(self, head: Playhead | None, now_ns: int) -> int | None:
        """Return the instant of the recording that is now, None if nothing is known yet.

        The clock runs on where a quote waits and behind the last one; the replay does not.
        """
        present_ns = self._historical_ns
        if self.is_paced and self.clock.is_anchored:
            present_ns = self.clock.replay_now_ns(now_ns)
        if head is not None and head.has_row:
            next_ns = head.next_arrival_ns
            return next_ns if present_ns is None else min(present_ns, next_ns)
        is_over = head is not None and head.is_ended and self._historical_ns is not None
        return self._historical_ns if is_over else present_ns

    # --- what is due -----------------------------------------------------------------------

    def due_count(self, head: Playhead, now_ns: int) -> int:
        """Return how many rows of the head's piece are to leave now; it has one."""
        if self.clock.is_paused:
            return min(self.steps_left, head.due_count(FOREVER_NS))
        self._end_starving(head, now_ns)
        if not self.is_paced:
            return head.due_count(FOREVER_NS)
        if not self.clock.is_anchored:
            at_ns = self._anchor_at_ns
            self.clock.jump(head.next_arrival_ns if at_ns is None else at_ns, now_ns)
            self._anchor_at_ns = None
        self._cut_gap(head)
        self._end_freeze(head, now_ns)
        if now_ns < self._next_send_ns:
            return 0
        return head.due_count(self.clock.replay_now_ns(now_ns))

    def due_ns(self, head: Playhead | None) -> int:
        """Return when the next quote is to leave; FOREVER_NS if an event must come first."""
        if self.is_blocked or self.is_held or head is None or not head.has_row:
            return FOREVER_NS
        if self.clock.is_paused or not self.is_paced or not self.clock.is_anchored:
            return 0
        self._cut_gap(head)
        return max(self.clock.due_ns(head.next_arrival_ns), self._next_send_ns)

    # --- what came of it -------------------------------------------------------------------

    def blocked(self, now_ns: int, *, is_window_full: bool) -> None:
        """Note that something is due and cannot leave."""
        if self._blocked_since_ns is None:
            self._blocked_since_ns, self._is_window_full = now_ns, is_window_full

    def unblocked(self, head: Playhead, now_ns: int) -> bool:
        """Note that it can leave now; tell whether the clock was moved, and so what is due."""
        since_ns, self._blocked_since_ns = self._blocked_since_ns, None
        if since_ns is None:
            return False
        stalled_ns = now_ns - since_ns
        if self._is_window_full:
            self.counters.window_blocked_ns += stalled_ns
        else:
            self.counters.workers_blocked_ns += stalled_ns
        return self._stalled(head, stalled_ns, now_ns)

    def starved(self, now_ns: int) -> None:
        """Note that the source has no row now, and is not at its end."""
        is_running = self.is_historical and not self.clock.is_paused
        if is_running and self._starved_since_ns is None:
            self._starved_since_ns = now_ns

    def sent(self, arrivals_ns: Int64s | list[int], now_ns: int, in_flight_batches: int) -> None:
        """Note that quotes have left which arrived then."""
        last_ns = int(arrivals_ns[-1])
        self._next_send_ns = now_ns + send_interval_ns(in_flight_batches)
        if self.clock.is_paused:
            self.steps_left -= len(arrivals_ns)
        if not self.is_historical:
            self._live_ns = last_ns
            return
        self._historical_ns, self._anchor_at_ns, self._is_gap_open = last_ns, None, True
        self._has_left = True
        if self.clock.is_paused:
            self.clock.jump(last_ns, now_ns)
            return
        if self.is_paced:
            self.lateness.record(self.clock.lateness_ns(arrivals_ns, now_ns))
        if self._moved_from is not None:
            self.counters.advanced_ns += last_ns - self._moved_from[0]
            self.counters.ran_ns += now_ns - self._moved_from[1]
        self._moved_from = last_ns, now_ns

    def _cut_gap(self, head: Playhead) -> None:
        """Where the next quote is due later than a gap may last, let the clock skip the rest."""
        if self._max_gap_ns is None or not self._is_gap_open:
            return
        self._is_gap_open = False
        since_ns = self.clock.anchor_ns
        if self._moved_from is not None:
            since_ns = self.clock.due_ns(self._moved_from[0])
        skipped_ns = self.clock.due_ns(head.next_arrival_ns) - since_ns - self._max_gap_ns
        if skipped_ns > 0:
            self.clock.skip(skipped_ns)
            self.counters.skipped_ns += skipped_ns
            self._moved_from = None

    def _end_starving(self, head: Playhead, now_ns: int) -> None:
        since_ns, self._starved_since_ns = self._starved_since_ns, None
        if since_ns is None:
            return
        self._asked_ns = now_ns
        if self.is_paced:
            if not self.clock.is_anchored:  # it begins, or was sought: nothing was due yet
                return
            since_ns = max(since_ns, self.clock.due_ns(head.next_arrival_ns))
        starved_ns = max(0, now_ns - since_ns)
        self.counters.starved_ns += starved_ns
        self._stalled(head, starved_ns, now_ns)

    def _end_freeze(self, head: Playhead, now_ns: int) -> None:
        """Find out whether the next quote was due for long, and nobody asked."""
        asked_ns, self._asked_ns = self._asked_ns, now_ns
        if self.is_blocked:
            return
        due_ns = self.clock.due_ns(head.next_arrival_ns)
        frozen_ns = now_ns - max(asked_ns, due_ns)
        if frozen_ns > STALL_NS:
            self.counters.frozen_ns += frozen_ns
        late_ns = now_ns - due_ns
        if late_ns > STALL_NS and (self._is_stretched or frozen_ns > STALL_NS):
            self._stalled(head, late_ns, now_ns)

    def _stalled(self, head: Playhead, stalled_ns: int, now_ns: int) -> bool:
        if not self.is_paced or self.clock.is_paused:
            return False
        begins = self._is_stretched and not self._has_left
        if stalled_ns <= (0 if begins else STALL_NS):
            return False
        if not self._is_stretched:
            self.counters.caught_up += 1
            return False
        self.clock.jump(head.next_arrival_ns, now_ns)
        self.counters.stretched_ns += stalled_ns
        return True
