"""What of the inputs leaves when: playheads, clock, steps, stalls and gaps, joined.

Time and room come in, the next batch goes out; nothing has changed until it is reported `sent`.

Historical quotes are paced by the clock, unless its rate is None; live quotes are due at once.
Where a due quote could not leave, was not there or was not asked for (the process was frozen, or
is too slow) for longer than STALL_NS, the clock goes on from it (it is stretched: no burst) or
runs on (what is late is caught up). A clock that is stretched goes on from the first quote,
however short it waited: the replay begins with it.
A batch follows another no sooner than a grain after it; quotes of a step, behind a pause or seek,
and the last ones wait for no others.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction

from protocol.messages import HISTORICAL, LIVE, Mode
from zreplay.playback.batch_columns import even_share
from zreplay.playback.durations import DurationHistogram
from zreplay.playback.long_gaps import LongGaps
from zreplay.playback.playback_counters import PlaybackCounters
from zreplay.playback.playhead import Due, Playhead
from zreplay.playback.replay_clock import FOREVER_NS, ReplayClock
from zreplay.playback.send_interval import DEFAULT_GRAIN_NS, send_interval_ns
from zreplay.playback.stalls import STALL_NS, Stalls


class Playback:
    """Plays the playhead of the current mode."""

    def __init__(
        self,
        rate: Fraction | None,
        *,
        is_stretched: bool,
        max_gap_ns: int | None,
        most_quotes: int,
        grain_ns: int = DEFAULT_GRAIN_NS,
    ) -> None:
        self.clock = ReplayClock(rate)
        self.lateness = DurationHistogram()
        self.counters = PlaybackCounters()
        self.steps_left = 0
        self.period_ns = 0
        """No batch has quotes that arrived in two periods of this length; 0 is no matter."""

        self._stalls = Stalls(self.counters)
        self._is_stretched = is_stretched
        self._gaps = LongGaps(max_gap_ns)
        self._most_quotes = most_quotes
        self._grain_ns = grain_ns
        self._files: Playhead | None = None
        self._head: Playhead | None = None
        self._is_historical = True
        self._last_ns: dict[Mode, int | None] = {HISTORICAL: None, LIVE: None}
        self._anchor_at_ns: int | None = None
        self._next_send_ns = 0
        self._moved_from: tuple[int, int] | None = None
        self._has_left = False

    def play_from(self, heads: Mapping[Mode, Playhead], mode: Mode) -> None:
        """Play this mode; without a playhead nothing is due."""
        self._files, self._head = heads.get(HISTORICAL), heads.get(mode)
        self._is_historical = mode == HISTORICAL

    @property
    def files_ended(self) -> bool:
        """True when every historical quote of this pass has left."""
        return self._files is not None and self._files.is_ended

    @property
    def is_played_out(self) -> bool:
        """True where the current mode has come to its end, and would go on."""
        return self._head is not None and self._head.is_ended and not self.is_held

    @property
    def last_arrival_ns(self) -> int | None:
        """Where this mode stands: its last quote that left, or where a seek went."""
        return self._last_ns[HISTORICAL if self._is_historical else LIVE]

    @property
    def rate(self) -> Fraction | None:
        return self.clock.rate

    @property
    def is_paced(self) -> bool:
        return self._is_historical and self.clock.rate is not None

    @property
    def is_paused(self) -> bool:
        return self.clock.is_paused

    @property
    def is_held(self) -> bool:
        """True while nothing is to leave: paused, and no step asked for."""
        return self.clock.is_paused and not self.steps_left

    @property
    def is_blocked(self) -> bool:
        """True while something is due that cannot leave."""
        return self._stalls.is_blocked

    def blocked_ns(self, now_ns: int) -> int:
        """Return for how long something that is due could not leave, 0 if it can."""
        return self._stalls.blocked_ns(now_ns)

    @property
    def is_next_timed(self) -> bool:
        """True when the next quote is known and has a time to leave."""
        return self.is_paced and self._head is not None and self._head.has_row

    # --- what the operator asks ----------------------------------------------------------

    def pause(self, now_ns: int) -> None:
        """Stop the clock, and forget steps that have not left."""
        self.steps_left = 0
        if self.clock.is_paused:
            return
        self.clock.pause(now_ns)
        self._stalls.paused(now_ns)
        self._moved_from = None
        self._gaps.open()

    def resume(self, now_ns: int) -> None:
        """Let the clock run again; the pause does not count as waiting."""
        self.steps_left = self._next_send_ns = 0
        if self.clock.is_paused:
            self.clock.resume(now_ns)
            self._stalls.resumed(now_ns)

    def step(self, count: int) -> None:
        """Let `count` more quotes leave while the clock stands."""
        self.steps_left += count

    def set_rate(self, rate: Fraction | None, now_ns: int) -> None:
        self.clock.set_rate(rate, now_ns)

    def seek(self, arrival_ns: int | None) -> None:
        """Move to an instant of the recording; None is its first quote."""
        self.stand_at_next()
        self._last_ns[HISTORICAL] = self._anchor_at_ns = arrival_ns

    def stand_at_next(self) -> None:
        """Move the clock to the arrival of the next quote once that is there."""
        self.clock.forget()
        self._anchor_at_ns = None
        self._moved_from = None
        self._next_send_ns = 0
        self._gaps.open()
        self._has_left = False
        self._stalls.forget()

    def present_ns(self, now_ns: int) -> int | None:
        """Return the instant of the recording that is now, None if nothing is known yet.

        The clock runs on where a quote waits and behind the last one; the replay does not.
        """
        head, present_ns = self._files, self._last_ns[HISTORICAL]
        if head is not None and head.is_ended and present_ns is not None:
            return present_ns
        if self.is_paced and self.clock.is_anchored:
            present_ns = self.clock.replay_now_ns(now_ns)
        if head is None or not head.has_row:
            return present_ns
        next_ns = head.next_arrival_ns
        return next_ns if present_ns is None else min(present_ns, next_ns)

    # --- what is due -----------------------------------------------------------------------

    def due(
        self, now_ns: int, room: Callable[[], int], has_link_room: Callable[[], bool]
    ) -> Due | None:
        """Return the batch that is to leave now, None if none is or none can.

        `room` returns how many quotes it may have; it is called once something is due. The link is
        asked first where the batch may be large: to make it in vain would take longer.

        Raises:
            ZreplayError: the source cannot be read on; all before was sent.
        """
        head = self._head
        if head is None or self.is_held:
            return None
        if not head.fill():
            if self._is_historical and not self.clock.is_paused and not head.is_ended:
                self._stalls.starved(now_ns)
            return None
        count = self._due_count(head, now_ns)
        if not count:
            return None
        room_quotes = room()
        is_asked = self._stalls.is_blocked or not self.is_paced
        if not room_quotes or (is_asked and not has_link_room()):
            self._stalls.blocked(now_ns, is_window_full=not room_quotes)
            return None
        if self._go_on_after(self._stalls.unblocked(now_ns), head, now_ns):
            count = self._due_count(head, now_ns)
        count = even_share(min(count, room_quotes), self._most_quotes)
        batch, after = head.peek(count, self.period_ns)
        return Due(batch, after, head.starts_segment)

    def due_ns(self) -> int:
        """Return when the next quote is to leave; FOREVER_NS if an event must come first."""
        head = self._head
        if head is None or not head.has_row or self._stalls.is_blocked or self.is_held:
            return FOREVER_NS
        if self.clock.is_paused or not self.is_paced or not self.clock.is_anchored:
            return 0
        self._cut_gap(head)
        due_ns, end_ns = self.clock.due_ns(head.next_arrival_ns), head.end_arrival_ns
        leave_ns = self._next_send_ns
        if end_ns is not None and due_ns < leave_ns:
            leave_ns = min(leave_ns, self.clock.due_ns(end_ns))
        return max(due_ns, leave_ns)

    def is_gathering(self, due_ns: int) -> bool:
        """Tell whether what is due then waits for others until then: a moment more is the same."""
        return due_ns == self._next_send_ns

    def refused(self, now_ns: int) -> None:
        """Note that the link had no room for what was due."""
        self._stalls.blocked(now_ns, is_window_full=False)

    def sent(self, due: Due, now_ns: int, in_flight_batches: int) -> None:
        """Note that what was due has left."""
        assert self._head is not None
        batch, clock = due.batch, self.clock
        self._head.advance(batch.quotes)
        last_ns = int(batch.arrivals_ns[-1])
        self._next_send_ns = now_ns + send_interval_ns(self._grain_ns, in_flight_batches)
        if clock.is_paused:
            self.steps_left -= batch.quotes
        if not self._is_historical:
            self._last_ns[LIVE] = last_ns
            return
        self._last_ns[HISTORICAL], self._anchor_at_ns, self._has_left = last_ns, None, True
        self._gaps.open()
        if clock.is_paused:
            clock.jump(last_ns, now_ns)
            return
        if clock.rate is not None:
            self.lateness.record(clock.lateness_ns(batch.arrivals_ns, now_ns))
        if self._moved_from is not None:
            self.counters.advanced_ns += last_ns - self._moved_from[0]
            self.counters.ran_ns += now_ns - self._moved_from[1]
        self._moved_from = last_ns, now_ns

    def _due_count(self, head: Playhead, now_ns: int) -> int:
        """Return how many rows of the head's piece are to leave now; it has one."""
        if self.clock.is_paused:
            return min(self.steps_left, head.due_count(FOREVER_NS))
        if self._stalls.is_starved:
            self._end_starving(head, now_ns)
        if not self.is_paced:
            return head.due_count(FOREVER_NS)
        if not self.clock.is_anchored:
            at_ns = self._anchor_at_ns
            self.clock.jump(head.next_arrival_ns if at_ns is None else at_ns, now_ns)
            self._anchor_at_ns = None
        self._cut_gap(head)
        self._end_freeze(head, now_ns)
        count = head.due_count(self.clock.replay_now_ns(now_ns))
        return 0 if now_ns < self._next_send_ns and not head.ends_after(count) else count

    def _cut_gap(self, head: Playhead) -> None:
        """Where the next quote is due later than a gap may last, let the clock skip the rest."""
        if not self._gaps.is_open:
            return
        last_ns = self._moved_from[0] if self._moved_from is not None else None
        if skipped_ns := self._gaps.cut(self.clock, head.next_arrival_ns, last_ns):
            self.counters.skipped_ns += skipped_ns
            self._moved_from = None

    def _end_starving(self, head: Playhead, now_ns: int) -> None:
        due_ns = 0
        if self.is_paced:  # where it begins, or was sought, nothing was due yet
            due_ns = self.clock.due_ns(head.next_arrival_ns) if self.clock.is_anchored else now_ns
        self._go_on_after(self._stalls.fed(now_ns, due_ns), head, now_ns)

    def _end_freeze(self, head: Playhead, now_ns: int) -> None:
        """Find out whether the next quote was due for long before anybody asked."""
        late_ns = now_ns - self.clock.due_ns(head.next_arrival_ns)
        is_frozen = bool(self._stalls.asked(now_ns, now_ns - late_ns))
        is_slow = self._is_stretched and late_ns > STALL_NS and not self._stalls.is_blocked
        if is_frozen or is_slow:
            self._go_on_after(late_ns, head, now_ns)

    def _go_on_after(self, stalled_ns: int, head: Playhead, now_ns: int) -> bool:
        """Stretch the clock or catch up; return whether the clock moved, and so what is due."""
        begins = self._is_stretched and not self._has_left
        if stalled_ns <= (0 if begins else STALL_NS):
            return False
        if not self.is_paced or self.clock.is_paused:
            return False
        if not self._is_stretched:
            self.counters.caught_up += 1
            return False
        self.clock.jump(head.next_arrival_ns, now_ns)
        self.counters.stretched_ns += stalled_ns
        return True
