"""What is sent when: the playheads, the clock, the batches and the window, joined.

`play` sends the next batch if one is due and there is room. Whether this replayer may send
at all, and what was acknowledged, is the replayer's business.
"""

import time
from typing import Final

from protocol import codec
from protocol.diagnostics import Log
from protocol.messages import HISTORICAL, MAX_BATCH_QUOTES, Batch
from zreplay.batch import columns_of, even_share
from zreplay.cursor import ReplayCursor
from zreplay.deck import Deck
from zreplay.durations import DurationHistogram
from zreplay.link import Link
from zreplay.pace import FOREVER_NS, ReplayClock
from zreplay.playhead import Playhead
from zreplay.settings import ReplaySettings
from zreplay.timeline import Command, Timeline
from zreplay.window import CreditWindow

MIN_SEND_INTERVAL_NS: Final = 200_000
MAX_SEND_INTERVAL_NS: Final = 5_000_000
SEND_INTERVAL_PER_BATCH_NS: Final = 10_000
"""Paced batches are the larger, and so the fewer, the more of them are on their way."""
STALL_NS: Final = 100_000_000

log = Log("zreplay")


def send_interval_ns(in_flight_batches: int) -> int:
    """Return how long paced quotes wait for others to go with them."""
    interval_ns = SEND_INTERVAL_PER_BATCH_NS * in_flight_batches
    return max(MIN_SEND_INTERVAL_NS, min(MAX_SEND_INTERVAL_NS, interval_ns))


class Player:
    """Plays the deck into the link, within the window."""

    def __init__(
        self,
        settings: ReplaySettings,
        run: bytes,
        commands: list[Command],
        deck: Deck,
        link: Link,
    ) -> None:
        self.timeline = Timeline(settings.start_mode, commands)
        self.clock = ReplayClock(settings.rate)
        self.window = CreditWindow(settings.window_quotes, settings.window_bytes)
        self.lateness = DurationHistogram()
        self.deck = deck
        self.epoch = 0
        self.last_arrival_ns: int | None = None
        self.sent_quotes = 0
        self.sent_batches = 0
        self.blocked_ns = 0
        self._run = run
        self._link = link
        self._is_acknowledged = settings.acks == "sink"
        self._most_quotes = min(settings.batch_quotes, MAX_BATCH_QUOTES)
        self._next_send_ns = 0
        self._blocked_since_ns: int | None = None
        self._head: Playhead | None = None
        self.select()

    @property
    def is_at_end(self) -> bool:
        """True when the files have been sent to their end."""
        is_historical = self.timeline.mode == HISTORICAL
        return is_historical and self._head is not None and self._head.is_ended

    @property
    def is_paced(self) -> bool:
        return self.timeline.mode == HISTORICAL and self.clock.rate is not None

    @property
    def is_next_timed(self) -> bool:
        """True when the next quote is known and has a time to leave."""
        return self.is_paced and self._head is not None and self._head.has_row

    @property
    def is_blocked(self) -> bool:
        """True while something is due that cannot leave."""
        return self._blocked_since_ns is not None

    @property
    def is_window_full(self) -> bool:
        return not self.window.room_quotes()

    def load(self, cursor: ReplayCursor | None, next_record: int, limit: int) -> bool:
        """Go on at a record from its cursor; tell whether a command got its place now."""
        self.deck.load(cursor)
        if cursor is None:
            self.timeline.begin()
        else:
            self.timeline.restore(cursor.mode, cursor.segment, cursor.reason)
        is_placed = self.timeline.place(next_record)
        self.window.welcome(next_record, limit)
        self.clock.forget()
        self._blocked_since_ns = None
        self.apply_commands()
        return is_placed

    def select(self) -> None:
        """Have the playhead of the current mode."""
        self._head = self.deck.select(self.timeline.mode)

    def apply_commands(self) -> None:
        """Apply the commands whose place is the next record."""
        if self.timeline.apply_due(self.window.next):
            log.info("mode", mode=self.timeline.mode, record=self.window.next)
            self.clock.forget()
            self._blocked_since_ns = None
        self.select()

    def play(self, now_ns: int) -> bool:
        """Send the next batch if one is due and there is room; tell whether one left."""
        head = self._head
        if self.clock.is_paused or head is None or not head.fill():
            return False
        count = self._due_count(head, now_ns)
        if not count:
            return False
        room = self.window.room_quotes()
        if not room or not self._link.has_room:
            self._blocked_since_ns = self._blocked_since_ns or now_ns
            return False
        if self._end_stall(head, now_ns):
            count = self._due_count(head, now_ns)
        until_command = self.timeline.quotes_until_command(self.window.next)
        count = min(count, room, until_command or count)
        return self._send(head, even_share(count, self._most_quotes))

    def due_ns(self) -> int:
        """Return when the next quote is to leave; FOREVER_NS if an event must come first."""
        head = self._head
        if self.is_blocked or self.clock.is_paused or head is None or not head.has_row:
            return FOREVER_NS
        if not self.is_paced or not self.clock.is_anchored:
            return 0
        due_ns = self.clock.due_ns(head.next_arrival_ns)
        return max(due_ns, self._next_send_ns)

    def _due_count(self, head: Playhead, now_ns: int) -> int:
        if not self.is_paced:
            return head.due_count(FOREVER_NS)
        if not self.clock.is_anchored:
            self.clock.jump(head.next_arrival_ns, now_ns)
        if now_ns < self._next_send_ns:
            return 0
        return head.due_count(self.clock.replay_now_ns(now_ns))

    def _end_stall(self, head: Playhead, now_ns: int) -> bool:
        """Let the clock go on from the quote that waited, if long: stretch, no burst.

        Tells whether the clock was moved, and with it what is due.
        """
        if self._blocked_since_ns is None:
            return False
        stalled_ns = now_ns - self._blocked_since_ns
        self._blocked_since_ns = None
        self.blocked_ns += stalled_ns
        if not self.is_paced or stalled_ns <= STALL_NS:
            return False
        self.clock.jump(head.next_arrival_ns, now_ns)
        return True

    def _send(self, head: Playhead, count: int) -> bool:
        block, after = head.peek(count)
        starts = head.starts_segment
        segment, reason = self.timeline.segment_of(starts)
        mode = self.timeline.mode
        batch = Batch(
            run=self._run,
            epoch=self.epoch,
            first=self.window.next,
            count=count,
            segment=segment,
            reason=reason,
            mode=mode,
            attempt=1,
            cursor=self.deck.cursor(mode, segment, reason, after),
            columns=columns_of(block),
        )
        frame = codec.encode(batch)
        if not self._link.send_batch(frame):
            return False
        sent_ns = time.monotonic_ns()
        if starts is not None:
            self.timeline.begin_segment(starts)
        if self.is_paced:
            self.lateness.record(self.clock.lateness_ns(block.arrival_ns, sent_ns))
        self.last_arrival_ns = int(block.arrival_ns[-1])
        if mode == HISTORICAL:
            self.deck.reached(int(block.position[-1]))
        self.sent_quotes += count
        self.sent_batches += 1
        self.window.sent(count, frame, sent_ns)
        head.advance(count, after)
        if not self._is_acknowledged:
            self.window.acknowledged(self.window.next, FOREVER_NS, (), sent_ns)
        self._next_send_ns = sent_ns + send_interval_ns(self.window.in_flight_batches)
        self.apply_commands()
        return True
