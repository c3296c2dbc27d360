"""The credit window: what may be sent, what is unacknowledged, what to resend.

Events in (welcome, sent, acknowledged), answers out. It knows no sockets or clocks: `now_ns` is
an argument. Rules:

1. Only a cumulative acknowledgement frees a batch. `held` ranges may be forgotten by a
   sink that restarts; they only spare a resend.
2. A batch is overdue when the sink has answered `timeout` after it was sent and still lacks
   it, and one that was sent later has come back; of those with nothing later back, only the
   oldest is resent. A silent sink makes nothing overdue.
3. The timeout follows measured round trips (RFC 6298), and doubles with each attempt. A batch
   that was resent measures nothing (Karn). One that was resent with no sign that it was lost
   doubles the timeout of all, and when it comes back they may take as long as it took, until a
   batch that was sent once comes back. While later batches come back the timeout stays short:
   what is missing was lost.
4. A batch is poison when it was lost over and over while later ones came back, and chance does
   not explain it: a foreign consumer may take half of everything sent.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from protocol.errors import ProtocolError
from protocol.messages import MAX_HELD_RANGES
from zreplay.playback.durations import DurationHistogram

MIN_TIMEOUT_NS: Final = 250_000_000
MAX_TIMEOUT_NS: Final = 8_000_000_000
MAX_TIMEOUT_WHILE_OTHERS_COME_NS: Final = 1_000_000_000
POISON_RESENDS: Final = 10
MAX_POISON_RESENDS: Final = 30
"""From here on it is poison, whatever happens to the others."""
POISON_CHANCE: Final = 1e-9
"""Below this probability, chance does not explain that every send of a batch was lost."""
RESEND_CANDIDATES: Final = 256
"""Only the oldest are checked: the lowest missing batch is what holds up the sink."""


class InFlight(msgspec.Struct, gc=False):
    """A batch that was sent and not yet acknowledged, with its frame for a resend."""

    first: int
    count: int
    frame: bytes
    sent_ns: int
    attempts: int = 1
    is_held: bool = False
    first_sent_ns: int = 0
    was_guessed: bool = False
    """True if it was resent with no sign that it was lost."""


class WindowStatus(NamedTuple):
    """What a window holds at one instant; counts are of quotes unless a name says otherwise."""

    next: int
    committed: int
    resent_batches: int
    in_flight_quotes: int
    max_quotes: int
    in_flight_bytes: int
    max_bytes: int
    is_full: bool
    age: DurationHistogram
    """Quotes by the time from their first sending to their commit; it goes on counting."""


class CreditWindow:
    """Bounds the replayer, the network and the sink's reorder map together."""

    def __init__(self, max_quotes: int, max_bytes: int) -> None:
        self.max_quotes = max_quotes
        self.max_bytes = max_bytes
        self.next = 0
        self.committed = 0
        self.in_flight_bytes = 0
        self.resent_batches = 0
        self.age = DurationHistogram()
        """Quotes by the time from their first sending to their commit."""
        self._limit = 0
        self._largest_bytes = 0
        self._batches: deque[InFlight] = deque()
        self._smoothed_ns: int | None = None
        self._variation_ns = 0
        self._furthest = 0
        """The end of what is known to have reached the sink, even beyond what is missing."""
        self._is_all_said = True
        self._backed_off_ns = self._longest_ns = 0
        """The minimum timeout until a round trip is measured."""
        self._returned_ns = -1
        """When the most recently sent of the batches that came back was sent."""
        self._held_end = 0
        self._epoch_sends = 0
        self._epoch_resends = 0

    @property
    def in_flight_quotes(self) -> int:
        return self.next - self.committed

    @property
    def in_flight_batches(self) -> int:
        return len(self._batches)

    @property
    def is_empty(self) -> bool:
        return not self._batches

    def status(self) -> WindowStatus:
        return WindowStatus(
            next=self.next,
            committed=self.committed,
            resent_batches=self.resent_batches,
            in_flight_quotes=self.in_flight_quotes,
            max_quotes=self.max_quotes,
            in_flight_bytes=self.in_flight_bytes,
            max_bytes=self.max_bytes,
            is_full=not self.room_quotes(),
            age=self.age,
        )

    def welcome(self, next_record: int, limit: int) -> None:
        """Begin an epoch: nothing is in flight, the next batch starts at `next_record`."""
        self._batches.clear()
        self.in_flight_bytes = 0
        self.next = self.committed = next_record
        self._limit = limit
        self._furthest, self._is_all_said, self._returned_ns = next_record, True, -1
        self._backed_off_ns = self._longest_ns = 0
        self._held_end = 0
        self._epoch_sends = self._epoch_resends = 0

    def room_quotes(self) -> int:
        """Return how many quotes may be sent now; 0 means wait for the sink."""
        # The size of the next batch is not known yet: assume the largest.
        if self._batches and self.in_flight_bytes + self._largest_bytes > self.max_bytes:
            return 0
        end = min(self._limit, self.committed + self.max_quotes)
        return max(0, end - self.next)

    def sent(self, count: int, frame: bytes, now_ns: int) -> None:
        """Record that the batch of `count` quotes at `next` has left."""
        self._batches.append(InFlight(self.next, count, frame, now_ns, first_sent_ns=now_ns))
        self._largest_bytes = max(self._largest_bytes, len(frame))
        self.in_flight_bytes += len(frame)
        self.next += count
        self._epoch_sends += 1

    def acknowledged(
        self, committed: int, limit: int, held: tuple[tuple[int, int], ...], now_ns: int
    ) -> None:
        """Free what is committed; `held` are at the sink but may be forgotten.

        Raises:
            ProtocolError: the sink acknowledges what was never sent.
        """
        end = sum(held[-1]) if held else committed
        if max(committed, end) > self.next:
            raise ProtocolError(
                f"the sink has records up to {max(committed, end)}, "
                f"but only those before {self.next} were sent",
                fix="find what else sends results to the sink, and start over: --fresh",
            )
        self._limit = max(self._limit, limit)
        newest: InFlight | None = None
        while self._batches and self._batches[0].first + self._batches[0].count <= committed:
            batch = newest = self._batches.popleft()
            self.in_flight_bytes -= len(batch.frame)
            self.age.add(now_ns - batch.first_sent_ns, batch.count)
            if not batch.is_held:
                self._returned(batch, now_ns)
        self.committed = max(self.committed, committed)
        if held or self._held_end:
            self._mark(held, now_ns)
        newest = self._ending_at(self._held_end) or newest
        if newest is not None:
            self._time(newest, now_ns)
        self._is_all_said = len(held) < MAX_HELD_RANGES

    def _mark(self, held: tuple[tuple[int, int], ...], now_ns: int) -> None:
        """Record which batches are in these ranges, lowest first."""
        self._held_end = sum(held[-1]) if held else 0
        ranges = iter(held)
        first, end = 0, 0
        for batch in self._candidates():
            while end <= batch.first and (next_range := next(ranges, None)):
                first, end = next_range[0], sum(next_range)
            was_held = batch.is_held
            batch.is_held = first <= batch.first and batch.first + batch.count <= end
            if batch.is_held and not was_held:
                self._returned(batch, now_ns)

    def _returned(self, batch: InFlight, now_ns: int) -> None:
        """Record that a batch has come back; of a resent one, it is unknown which attempt did."""
        self._returned_ns = max(self._returned_ns, batch.sent_ns)
        if batch.was_guessed:
            may_take_ns = 5 * (now_ns - batch.first_sent_ns) // 4
            self._longest_ns = max(self._longest_ns, min(MAX_TIMEOUT_NS, may_take_ns))

    def _ending_at(self, end: int) -> InFlight | None:
        index = bisect_left(self._batches, end, key=lambda batch: batch.first + batch.count)
        found = self._batches[index] if index < len(self._batches) else None
        return found if found is not None and found.first + found.count == end else None

    def _time(self, newest: InFlight, now_ns: int) -> None:
        """Measure the round trip of the newest batch that has come back.

        It got there since the last acknowledgement, if that could list everything there.
        """
        end = newest.first + newest.count
        if end > self._furthest and self._is_all_said and newest.attempts == 1:
            self._measured(now_ns - newest.sent_ns)
            self._backed_off_ns = self._longest_ns = 0
        self._furthest = max(self._furthest, end)

    def overdue(self, sink_heard_ns: int) -> InFlight | None:
        """Return the oldest batch to resend, or None."""
        is_oldest = True
        for batch in self._candidates():
            if batch.is_held:
                continue
            waited_ns = sink_heard_ns - batch.sent_ns
            is_suspect = is_oldest or batch.sent_ns <= self._returned_ns
            if is_suspect and waited_ns >= self._timeout_ns(batch.attempts):
                return batch
            is_oldest = False
        return None

    def resent(self, batch: InFlight, frame: bytes, now_ns: int) -> None:
        """Record that an overdue batch was resent."""
        if batch.sent_ns > self._returned_ns:
            batch.was_guessed = True
            self._backed_off_ns = 2 * self._timeout_ns(batch.attempts)
        batch.attempts += 1
        batch.sent_ns = now_ns
        self.in_flight_bytes += len(frame) - len(batch.frame)
        batch.frame = frame
        self.resent_batches += 1
        self._epoch_sends += 1
        self._epoch_resends += 1

    def is_poison(self, overdue: InFlight) -> bool:
        """Return whether an overdue batch is one that will never come back."""
        resends = overdue.attempts - 1
        if resends < POISON_RESENDS or self._held_end <= overdue.first:
            return False
        other_sends = self._epoch_sends - overdue.attempts
        share_lost = (self._epoch_resends - resends) / max(1, other_sends)
        by_chance = share_lost**overdue.attempts
        return by_chance < POISON_CHANCE or resends >= MAX_POISON_RESENDS

    def _candidates(self) -> Iterator[InFlight]:
        return islice(self._batches, RESEND_CANDIDATES)

    def _timeout_ns(self, attempts: int) -> int:
        smoothed_ns = self._smoothed_ns or 0
        # The first of many is measured: others take longer, however small the variation.
        expected_ns = smoothed_ns + max(4 * self._variation_ns, smoothed_ns // 4)
        base_ns = max(MIN_TIMEOUT_NS, expected_ns, self._longest_ns)
        most_ns = MAX_TIMEOUT_WHILE_OTHERS_COME_NS if self._held_end else MAX_TIMEOUT_NS
        backed_off_ns = max(self._backed_off_ns, base_ns << min(attempts - 1, 5))
        return min(max(most_ns, base_ns), backed_off_ns)

    def _measured(self, round_trip_ns: int) -> None:
        """Smooth the round trip as TCP does (RFC 6298)."""
        if self._smoothed_ns is None:
            self._smoothed_ns, self._variation_ns = round_trip_ns, round_trip_ns // 2
            return
        deviation_ns = abs(self._smoothed_ns - round_trip_ns)
        self._variation_ns = (3 * self._variation_ns + deviation_ns) // 4
        self._smoothed_ns = (7 * self._smoothed_ns + round_trip_ns) // 8
