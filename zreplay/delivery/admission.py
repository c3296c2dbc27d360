"""The replayer's side of the sync conversation. Messages in, messages and events out.

Until admitted it sends HELLO, from then on PING. A restarted sink (another incarnation) always
means HELLO again: one recovery path.
"""

from typing import Final

import msgspec

from protocol.errors import Fenced, ProtocolError, ResultLogError
from protocol.messages import (
    NO_NONCE,
    Ack,
    FencedNotice,
    Hello,
    Message,
    Offer,
    Ping,
    Refused,
    Report,
    Welcome,
)
from protocol.program_version import PROGRAM_VERSION

REPEAT_NS: Final = 200_000_000
IDLE_REPEAT_NS: Final = 1_000_000_000
"""If nothing is in flight and the last PING was answered, there is no hurry."""

Event = Welcome | Ack | Report | Offer


class Admission(msgspec.Struct):
    """This replayer's standing with the sink; `nonce` is new for each admission."""

    run: bytes
    nonce: bytes
    epoch: int = 0
    is_in: bool = False
    heard_ns: int = 0
    sink_version: str = ""
    """Empty until it was let in."""
    _sink_incarnation: int = 0
    _sink_epoch: int = 0
    _sent_ns: int | None = None
    _asking_since_ns: int = 0

    def due_ns(self, *, is_idle: bool = False) -> int:
        """Return when `to_send` has a message again; `is_idle`: nothing is in flight."""
        if self._sent_ns is None:
            return 0
        is_answered = self.is_in and self.heard_ns >= self._asking_since_ns
        return self._sent_ns + (IDLE_REPEAT_NS if is_idle and is_answered else REPEAT_NS)

    def silent_ns(self, now_ns: int) -> int:
        """Return for how long the sink has not answered."""
        is_answered = self.heard_ns >= self._asking_since_ns
        return 0 if is_answered else now_ns - self._asking_since_ns

    def to_send(
        self, now_ns: int, end: int | None, commanded: int = 0, *, is_idle: bool = False
    ) -> Message | None:
        """Return the message that is due, or None; `end` and `commanded` are those of a PING."""
        if now_ns < self.due_ns(is_idle=is_idle):
            return None
        if self.heard_ns >= self._asking_since_ns:
            self._asking_since_ns = now_ns
        self._sent_ns = now_ns
        if self.is_in:
            return Ping(self.run, self.epoch, end, commanded)
        return Hello(
            self.run,
            self.nonce,
            self.epoch,
            self._sink_incarnation,
            self._sink_epoch,
            PROGRAM_VERSION,
        )

    def hurry(self) -> None:
        """Send the next message at once."""
        self._sent_ns = None

    def leave(self, new_nonce: bytes) -> None:
        """Ask for admission again, after the sink was restarted."""
        self.is_in = False
        self.nonce = new_nonce
        self.hurry()

    def is_of_other_incarnation(self, ack: Ack) -> bool:
        """Return whether this acknowledgement comes from a sink that was restarted."""
        return ack.sink_incarnation != self._sink_incarnation

    def on_message(self, message: Message, now_ns: int) -> Event | None:
        """Process a message from the sink; return what the loop must act on, if anything.

        Raises:
            Fenced: a newer replayer has taken over.
            ResultLogError: the sink serves another run.
            ProtocolError: the sink grants an epoch that is over.
        """
        match message:
            case Offer(nonce=self.nonce) if not self.is_in:
                self._sink_incarnation = message.sink_incarnation
                self._sink_epoch = message.sink_epoch
                self.hurry()
            case Welcome(nonce=self.nonce) if not self.is_in:
                if message.epoch <= self.epoch and not message.finished:
                    raise ProtocolError(
                        f"the sink gave epoch {message.epoch} to a replayer that had {self.epoch}"
                    )
                self.is_in = True
                self.epoch = message.epoch
                self._sink_incarnation = message.sink_incarnation
                self.sink_version = message.version
                self.heard_ns = now_ns
                self.hurry()
                return message
            case Ack(run=self.run, epoch=self.epoch) if self.is_in:
                self.heard_ns = now_ns
                return message
            case Report() if self.is_in:
                return message
            case Offer() if self.is_in and message.nonce == NO_NONCE:
                return message
            case FencedNotice(held_epoch=self.epoch):
                raise Fenced(
                    f"a newer replayer (epoch {message.epoch}) has taken over from this one "
                    f"(epoch {self.epoch}); what this one sends is ignored",
                    fix="nothing to do, unless this one should continue: then restart it",
                )
            case Refused(nonce=self.nonce) if not self.is_in:
                raise ResultLogError(message.what, fix=message.fix, code="Z603")
        return None
