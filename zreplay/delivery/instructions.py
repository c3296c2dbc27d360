"""What a session asks of the loop around it: plain values, decided in session.py."""

from typing import NamedTuple

from protocol.messages import Batch
from zreplay.delivery.command import Command, SeekTo
from zreplay.quotes.source import SegmentReason


class Change(NamedTuple):
    """Commands whose record has come, and what playback is to do because of them."""

    applied: tuple[Command, ...] = ()
    seek: SeekTo | None = None
    is_mode_changed: bool = False


class Saving(NamedTuple):
    """What must be on disk before anything more is sent; void once another epoch has begun."""

    epoch: int
    commands: list[Command]


class Reopen(NamedTuple):
    """The run resumes at this record: open the inputs anew, then make the change."""

    epoch: int
    next: int
    resent_quotes: int
    """How many had been sent before, and are sent again even while paused."""
    change: Change
    period_ns: int
    """No batch may have quotes that arrived in two periods of this length; 0 is no matter."""


class Complete(NamedTuple):
    """The sink already has the whole run."""


class Left(NamedTuple):
    """The sink needs a HELLO again; `why` is for the log."""

    why: str


class Outgoing(NamedTuple):
    """A batch that is about to leave; if it cannot, nothing has happened."""

    batch: Batch
    after: bytes
    starts: SegmentReason | None
