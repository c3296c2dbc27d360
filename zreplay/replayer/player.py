"""What is sent when: the playheads, the schedule, the batches and the window, joined.

`play` sends the next batch if one is due and there is room. Whether this replayer may send
at all, and what was acknowledged, is the replayer's business.
"""

import time
from typing import Final

from protocol import codec
from protocol.errors import ProtocolError
from protocol.limits import MAX_BATCH_QUOTES
from protocol.messages import HISTORICAL, Ack, Batch
from protocol.program.diagnostics import Log
from zreplay.delivery.command_log import LOOP, SEEK, START, Command, Timeline
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.window import CreditWindow
from zreplay.playback.batch_columns import even_share
from zreplay.playback.playhead import Playhead
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.playback.schedule import Schedule
from zreplay.quotes.timestamp_text import time_text
from zreplay.replayer.inputs import Deck
from zreplay.replayer.link import Link
from zreplay.settings import STRETCH, ReplaySettings

SAID_FROZEN_NS: Final = 1_000_000_000

log = Log("zreplay")


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
        self.timeline = Timeline(settings.start_mode, commands, settings.loop)
        self.schedule = Schedule(
            settings.rate,
            is_stretched=settings.on_lag == STRETCH,
            max_gap_ns=settings.max_gap_ns,
        )
        self.window = CreditWindow(settings.window_quotes, settings.window_bytes)
        self.deck = deck
        self.epoch = 0
        self.sent_quotes = 0
        self.sent_batches = 0
        self._said_frozen_ns = 0
        self._run = run
        self._link = link
        self._is_acknowledged = settings.acks == "sink"
        self._most_quotes = min(settings.batch_quotes, MAX_BATCH_QUOTES)
        self._head: Playhead | None = None
        self.select()

    @property
    def is_at_end(self) -> bool:
        """True when the files have been sent to their end, and do not begin again."""
        head = self._head
        if self.timeline.mode != HISTORICAL or head is None or not head.is_ended:
            return False
        return head.begins_with == LOOP or not self.timeline.has_next_pass

    @property
    def is_next_timed(self) -> bool:
        """True when the next quote is known and has a time to leave."""
        return self.schedule.is_next_timed(self._head)

    @property
    def is_blocked(self) -> bool:
        """True while something is due that cannot leave."""
        return self.schedule.is_blocked

    @property
    def is_window_full(self) -> bool:
        return not self.window.room_quotes()

    def load(self, cursor: ReplayCursor | None, next_record: int, limit: int) -> bool:
        """Go on at a record from its cursor; tell whether a command got its place now.

        Quotes that had left before and are to leave again do so while paused too.
        """
        self.deck.load(cursor)
        if cursor is None:
            self.timeline.begin()
        else:
            self.timeline.restore(cursor.stand)
        is_placed = self.timeline.place(next_record)
        if self.schedule.clock.is_paused:
            self.schedule.step(max(0, self.window.next - next_record))
        self.window.welcome(next_record, limit)
        self.schedule.stand_at_next()
        self.select()
        self.apply_commands()
        return is_placed

    def acknowledged(self, ack: Ack, now_ns: int) -> None:
        """Have done with what the sink has committed.

        Raises:
            ProtocolError: it speaks of what was never sent, or of an end that is none.
        """
        self.window.acknowledged(ack.next, ack.limit, ack.held, now_ns)
        if ack.finished and ack.next != self.window.next:
            raise ProtocolError(
                f"the sink finished the run at record {ack.next}, "
                f"and those before {self.window.next} were sent"
            )
        self.timeline.committed(ack.next)

    def select(self) -> None:
        """Have the playhead of the current mode."""
        self._head = self.deck.select(self.timeline.mode)
        self.schedule.is_historical = self.timeline.mode == HISTORICAL

    def apply_commands(self) -> None:
        """Apply the commands whose place is the next record.

        Raises:
            InputError: the files cannot be read from where a seek goes.
        """
        before = self.timeline.mode
        applied = self.timeline.apply_due(self.window.next)
        if not applied:
            return
        for command in applied:
            is_instant = command.verb == SEEK and command.value != START
            place = time_text(int(command.value)) if is_instant else command.value
            log.info(command.verb, to=place, record=self.window.next)
        seeks = [command.value for command in applied if command.verb == SEEK]
        if seeks:
            arrival_ns = None if seeks[-1] == START else int(seeks[-1])
            self.deck.seek(arrival_ns)
            self.schedule.seek(arrival_ns)
        elif self.timeline.mode != before:
            self.schedule.stand_at_next()
        if not self.timeline.has_next_pass:
            self.deck.unwind()
        self.select()

    def present_ns(self, now_ns: int) -> int | None:
        """Return the instant of the recording that is now, None if it is not known."""
        return self.schedule.present_ns(self.deck.playhead(HISTORICAL), now_ns)

    def play(self, now_ns: int) -> bool:
        """Send the next batch if one is due and there is room; tell whether one left.

        Raises:
            InputError: the files cannot be read on; all before was sent.
        """
        head, schedule = self._head, self.schedule
        if schedule.is_held or head is None:
            return False
        if not head.fill():
            self._have_none(head, now_ns)
            return False
        count = schedule.due_count(head, now_ns)
        self._say_if_frozen()
        if not count:
            return False
        room = self.window.room_quotes()
        # To ask first takes time; to make a batch in vain takes more, where it is large.
        is_asked = schedule.is_blocked or not schedule.is_paced
        if not room or (is_asked and not self._link.has_room):
            schedule.blocked(now_ns, is_window_full=not room)
            return False
        if schedule.unblocked(head, now_ns):
            count = schedule.due_count(head, now_ns)
        until_command = self.timeline.quotes_until_command(self.window.next)
        count = min(count, room, until_command or count)
        return self._send(head, even_share(count, self._most_quotes))

    def due_ns(self) -> int:
        """Return when the next quote is to leave; FOREVER_NS if an event must come first."""
        return self.schedule.due_ns(self._head)

    def _say_if_frozen(self) -> None:
        frozen_ns = self.schedule.tally.frozen_ns - self._said_frozen_ns
        if frozen_ns >= SAID_FROZEN_NS:
            self._said_frozen_ns += frozen_ns
            log.warning("this process stood still", seconds=round(frozen_ns / 1e9, 1))

    def _have_none(self, head: Playhead, now_ns: int) -> None:
        """There is no row now: the source is behind, or the files begin again."""
        if not head.is_ended:
            self.schedule.starved(now_ns)
        elif self.timeline.has_next_pass and head.begins_with != LOOP:
            self.deck.rewind()
            self.schedule.stand_at_next()
            self.select()

    def _send(self, head: Playhead, most: int) -> bool:
        cut, after = head.peek(most)
        count = cut.quotes
        starts = head.starts_segment
        stand = self.timeline.stand_of(starts)
        batch = Batch(
            run=self._run,
            epoch=self.epoch,
            first=self.window.next,
            count=count,
            segment=stand.segment,
            reason=stand.reason,
            mode=stand.mode,
            attempt=1,
            cursor=self.deck.cursor(stand, after),
            columns=cut.columns,
        )
        frame = codec.encode(batch)
        if not self._link.send_batch(frame):
            self.schedule.blocked(time.monotonic_ns(), is_window_full=False)
            return False
        sent_ns = time.monotonic_ns()
        if starts is not None:
            self.timeline.begin_segment(starts)
        if stand.mode == HISTORICAL:
            self.deck.reached(cut.last_position)
        self.sent_quotes += count
        self.sent_batches += 1
        self.window.sent(count, frame, sent_ns)
        head.advance(count, after)
        if not self._is_acknowledged:
            self.window.acknowledged(self.window.next, FOREVER_NS, (), sent_ns)
        self.schedule.sent(cut.arrivals_ns, sent_ns, self.window.in_flight_batches)
        self.apply_commands()
        return True
