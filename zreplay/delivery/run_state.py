"""The state of a run: mode, segment and pass. A command or the start of a segment changes it."""

from typing import NamedTuple

from protocol.messages import HISTORICAL, Mode
from zreplay.delivery.command import Command, SeekTo, SetLoop, SetMode
from zreplay.quotes.source import SegmentReason


class RunState(NamedTuple):
    """The part of a cursor that belongs to no source.

    `pass_number` counts the passes over the files from 0, `passes` is how many there will be;
    None is endless.
    """

    mode: Mode = HISTORICAL
    segment: int = 0
    reason: SegmentReason = SegmentReason.START
    pass_number: int = 0
    passes: int | None = 1

    @property
    def has_next_pass(self) -> bool:
        """True if the files start again after their end."""
        return self.passes is None or self.pass_number + 1 < self.passes

    def started(self, reason: SegmentReason | None) -> "RunState":
        """Return the state at a batch that starts a segment for this reason, None if it does not.

        A segment takes no record number and prints no line.
        """
        if reason is None:
            return self
        passed = self.pass_number + (reason is SegmentReason.LOOP)
        return self._replace(segment=self.segment + 1, reason=reason, pass_number=passed)

    def applied(self, command: Command) -> "RunState":
        """Return the state of the run once a command has been applied."""
        match command:
            case SetMode(mode):
                if mode == self.mode:
                    return self
                return self.started(SegmentReason.MODE)._replace(mode=mode)
            case SeekTo():
                return self.started(SegmentReason.SEEK)
            case SetLoop(passes):
                least = self.pass_number + 1
                return self._replace(passes=None if passes is None else max(passes, least))
