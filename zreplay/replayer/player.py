"""What is sent when: the inputs, the playback, the session and the link, joined.

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
from zreplay.playback.playback import Due, Playback
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
        self.playback = Playback(
            settings.rate,
            is_stretched=settings.on_lag == STRETCH,
            max_gap_ns=settings.max_gap_ns,
            most_quotes=min(settings.batch_quotes, MAX_BATCH_QUOTES),
        )
        self.session = session
        self.inputs = inputs
        self._said_frozen_ns = 0
        self._link = link
        self._select()

    @property
    def is_at_end(self) -> bool:
        """True when the files have been sent to their end, and do not begin again."""
        return self.session.is_at_end(files_ended=self.playback.files_ended)

    @property
    def is_window_full(self) -> bool:
        return not self.session.window.room_quotes()

    def reopen(self, event: Reopen) -> None:
        """Go on where the run does; what had left before leaves again while paused too.

        Raises:
            InputError: the files cannot be read from there.
        """
        self.inputs.open(event.places, is_begun=event.is_begun)
        if self.playback.is_paused:
            self.playback.step(event.resent_quotes)
        self.playback.stand_at_next()
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
            self.session.sought(self.inputs.historical.seek(arrival_ns, before))
            self.playback.seek(arrival_ns)
        elif change.is_mode_changed:
            self.playback.stand_at_next()
        if change.is_rewind_cancelled:
            self.inputs.historical.cancel_rewind()
        if change.applied:
            self._select()

    def play(self, now_ns: int) -> bool:
        """Send the next batch if one is due and there is room; tell whether one left.

        Raises:
            InputError: the files cannot be read on; all before was sent.
        """
        due = self.playback.due(now_ns, self.session.room, self._link.has_room)
        self._say_if_frozen()
        if due is not None:
            return self._send(due)
        is_over = self.playback.files_ended and not self.playback.is_held
        if is_over and self.session.wants_next_pass:
            self.inputs.historical.rewind()
            self.session.rewound()
            self.playback.stand_at_next()
            self._select()
        return False

    def _select(self) -> None:
        """Have the playhead of the current mode."""
        mode = self.session.state.mode
        self.inputs.select(mode)
        self.playback.play_from(self.inputs.heads, mode)

    def _say_if_frozen(self) -> None:
        frozen_ns = self.playback.counters.frozen_ns - self._said_frozen_ns
        if frozen_ns >= SAID_FROZEN_NS:
            self._said_frozen_ns += frozen_ns
            log.warning("this process stood still", seconds=round(frozen_ns / 1e9, 1))

    def _send(self, due: Due) -> bool:
        batch, after, starts = due
        outgoing = self.session.prepare(batch.columns, batch.quotes, after, starts)
        frame = codec.encode(outgoing.batch)
        if not self._link.send_batch(frame):
            self.playback.refused(time.monotonic_ns())
            return False
        sent_ns = time.monotonic_ns()
        if outgoing.batch.mode == HISTORICAL:
            self.inputs.historical.reached(batch.last_position)
        change = self.session.sent(outgoing, frame, sent_ns)
        self.playback.sent(due, sent_ns, self.session.window.in_flight_batches)
        self.do(change)
        return True
