"""What a session asks of the loop around it: plain values, decided in session.py."""

from typing import NamedTuple

from protocol.messages import Batch
from zreplay.delivery.command import Command, SeekTo
from zreplay.quotes.source import SegmentReason


class Change(NamedTuple):
    """Commands whose place has come, and what playback is to do because of them."""

    applied: tuple[Command, ...] = ()
    seek: SeekTo | None = None
    is_mode_changed: bool = False


class Saving(NamedTuple):
    """What is to be on disk before anything more is sent; void once another epoch has begun."""

    epoch: int
    commands: list[Command]


class Reopen(NamedTuple):
    """The run goes on from this record; the inputs are to be opened anew, and the change done."""

    epoch: int
    next: int
    resent_quotes: int
    """So many had left before, and leave again while paused too."""
    change: Change


class Complete(NamedTuple):
    """The sink has the whole run already."""


class Left(NamedTuple):
    """The sink asks to be told HELLO again; `why` is for the log."""

    why: str


class Outgoing(NamedTuple):
    """A batch that is about to leave; if it cannot, nothing has happened."""

    batch: Batch
    after: bytes
    starts: SegmentReason | None
