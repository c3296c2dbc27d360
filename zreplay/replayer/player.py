"""What is sent when: the inputs, the schedule, the session and the link, joined.

`play` sends the next batch if one is due and there is room. Whether this replayer may send at
all is for the session to say, and for the start gate of the loop.
"""

import time
from typing import Final

from protocol import codec
from protocol.limits import MAX_BATCH_QUOTES
from protocol.messages import HISTORICAL
from protocol.program.diagnostics import Log
from zreplay.delivery.instructions import Change, Reopen
from zreplay.delivery.session import Session
from zreplay.playback.batch_columns import even_share
from zreplay.playback.playhead import Playhead
from zreplay.playback.schedule import Schedule
from zreplay.replayer.inputs import Inputs
from zreplay.replayer.link import Link
from zreplay.settings import STRETCH, ReplaySettings

SAID_FROZEN_NS: Final = 1_000_000_000

log = Log("zreplay")


class Player:
    """Plays the inputs into the link, as the session has room."""

    def __init__(
        self, settings: ReplaySettings, session: Session, inputs: Inputs, link: Link
    ) -> None:
        self.schedule = Schedule(
            settings.rate,
            is_stretched=settings.on_lag == STRETCH,
            max_gap_ns=settings.max_gap_ns,
        )
        self.session = session
        self.inputs = inputs
        self._said_frozen_ns = 0
        self._link = link
        self._most_quotes = min(settings.batch_quotes, MAX_BATCH_QUOTES)
        self._head: Playhead | None = None
        self._select()

    @property
    def is_at_end(self) -> bool:
        """True when the files have been sent to their end, and do not begin again."""
        return self.session.is_at_end(files_ended=self.inputs.files_ended)

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
        return not self.session.window.room_quotes()

    def reopen(self, event: Reopen) -> None:
        """Go on where the run does; what had left before leaves again while paused too.

        Raises:
            InputError: the files cannot be read from there.
        """
        self.inputs.open(event.places, is_begun=event.is_begun)
        if self.schedule.clock.is_paused:
            self.schedule.step(event.resent_quotes)
        self.schedule.stand_at_next()
        self._select()
        self.do(event.change)

    def do(self, change: Change) -> None:
        """Do to the inputs what commands ask for.

        Raises:
            InputError: the files cannot be read from where a seek goes.
        """
        for command in change.applied:
            log.info(command.verb, to=str(command), record=self.session.window.next)
        if change.seek is not None:
            arrival_ns = change.seek.arrival_ns
            before = self.session.places[HISTORICAL]
            self.session.sought(self.inputs.seek(arrival_ns, before))
            self.schedule.seek(arrival_ns)
        elif change.is_mode_changed:
            self.schedule.stand_at_next()
        if change.is_rewind_cancelled:
            self.inputs.cancel_rewind()
        if change.applied:
            self._select()

    def present_ns(self, now_ns: int) -> int | None:
        """Return the instant of the recording that is now, None if it is not known."""
        return self.schedule.present_ns(self.inputs.playhead(HISTORICAL), now_ns)

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
        room = self.session.room()
        # To ask first takes time; to make a batch in vain takes more, where it is large.
        is_asked = schedule.is_blocked or not schedule.is_paced
        if not room or (is_asked and not self._link.has_room):
            schedule.blocked(now_ns, is_window_full=not room)
            return False
        if schedule.unblocked(head, now_ns):
            count = schedule.due_count(head, now_ns)
        return self._send(head, even_share(min(count, room), self._most_quotes))

    def due_ns(self) -> int:
        """Return when the next quote is to leave; FOREVER_NS if an event must come first."""
        return self.schedule.due_ns(self._head)

    def _select(self) -> None:
        """Have the playhead of the current mode."""
        mode = self.session.state.mode
        self._head = self.inputs.select(mode)
        self.schedule.is_historical = mode == HISTORICAL

    def _say_if_frozen(self) -> None:
        frozen_ns = self.schedule.counters.frozen_ns - self._said_frozen_ns
        if frozen_ns >= SAID_FROZEN_NS:
            self._said_frozen_ns += frozen_ns
            log.warning("this process was suspended", seconds=round(frozen_ns / 1e9, 1))

    def _have_none(self, head: Playhead, now_ns: int) -> None:
        """There is no row now: the source is behind, or the files begin again."""
        if not head.is_ended:
            self.schedule.starved(now_ns)
        elif self.session.wants_next_pass:
            self.inputs.rewind()
            self.session.rewound()
            self.schedule.stand_at_next()
            self._select()

    def _send(self, head: Playhead, most: int) -> bool:
        cut, after = head.peek(most)
        outgoing = self.session.prepare(cut.columns, cut.quotes, after, head.starts_segment)
        frame = codec.encode(outgoing.batch)
        if not self._link.send_batch(frame):
            self.schedule.blocked(time.monotonic_ns(), is_window_full=False)
            return False
        sent_ns = time.monotonic_ns()
        if outgoing.batch.mode == HISTORICAL:
            self.inputs.reached(cut.last_position)
        head.advance(cut.quotes)
        change = self.session.sent(outgoing, frame, sent_ns)
        self.schedule.sent(cut.arrivals_ns, sent_ns, self.session.window.in_flight_batches)
        self.do(change)
        return True
