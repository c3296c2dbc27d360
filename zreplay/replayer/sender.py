"""Batches on their way out: what playback says is due, numbered by the session, goes to the link.

The session and the start gate decide whether this replayer may send at all.
"""

import time
from typing import Final

from protocol import codec
from protocol.messages import HISTORICAL, LIVE
from protocol.program.diagnostics import Log
from zreplay.delivery.instructions import Change
from zreplay.delivery.narrow_batch import narrowed_batch
from zreplay.delivery.resend import next_frame
from zreplay.delivery.session import Session
from zreplay.playback.playback import Playback
from zreplay.playback.playhead import Due
from zreplay.replayer.inputs import Inputs
from zreplay.replayer.link import Link

LOOK_NS: Final = 20_000_000
"""How often to look for overdue batches: that can take longer than sending a small batch."""
SAID_FROZEN_NS: Final = 1_000_000_000

log = Log("zreplay")


class Sender:
    """Sends what is due and what is overdue, as far as there is room."""

    def __init__(self, session: Session, playback: Playback, inputs: Inputs, link: Link) -> None:
        self._session = session
        self._playback = playback
        self._inputs = inputs
        self._link = link
        self._next_look_ns = 0
        self._said_frozen_ns = 0

    def send_due(self, now_ns: int) -> Change | None:
        """Send the next batch; return what changes behind it, None if none left.

        Raises:
            InputError: the files cannot be read on; all before was sent.
        """
        due = self._playback.due(now_ns, self._session.room, self._link.has_room)
        self._say_if_frozen()
        return self._send(due) if due is not None else None

    def resend_overdue(self, now_ns: int) -> None:
        """Resend what is overdue; checked every LOOK_NS.

        Raises:
            PoisonBatch: a batch was sent again and again, and never came back.
        """
        if now_ns < self._next_look_ns:
            return
        self._next_look_ns = now_ns + LOOK_NS
        while batch := self._session.overdue():
            frame = next_frame(batch) if self._link.has_room() else b""
            if not frame or not self._link.resend_batch(frame):
                return
            self._session.window.resent(batch, frame, now_ns)
            log.debug("batch resent", first=batch.first, count=batch.count)

    def _send(self, due: Due) -> Change | None:
        session, (batch, after, starts) = self._session, due
        outgoing = session.prepare(batch, after, starts)
        travelling = narrowed_batch(outgoing.batch) if self._link.is_narrow else outgoing.batch
        frame = codec.encode(travelling)
        if not self._link.send_batch(frame):
            self._playback.refused(time.monotonic_ns())
            return None
        sent_ns = time.monotonic_ns()
        if outgoing.batch.mode == HISTORICAL:
            self._inputs.historical.reached(batch.last_position)
        change = session.sent(outgoing, frame, sent_ns)
        if outgoing.batch.mode == LIVE:
            self._inputs.live.sent(session.window.next, after, outgoing.batch.arrival_ns)
        self._playback.sent(due, sent_ns, session.window.in_flight_batches)
        return change

    def _say_if_frozen(self) -> None:
        frozen_ns = self._playback.counters.frozen_ns - self._said_frozen_ns
        if frozen_ns >= SAID_FROZEN_NS:
            self._said_frozen_ns += frozen_ns
            log.warning("this process was suspended", seconds=round(frozen_ns / 1e9, 1))
