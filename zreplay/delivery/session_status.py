"""Where a session stands, read out at one instant for whoever looks."""

from typing import NamedTuple

from protocol.messages import Ack, Mode, Report
from zreplay.delivery.run_state import RunState
from zreplay.delivery.window import WindowStatus


class SessionStatus(NamedTuple):
    """What was sent, commanded, and said by the sink."""

    run: bytes
    epoch: int
    is_acknowledged: bool
    is_answered: bool
    """The sink let it in and answers, or there is none."""
    is_draining: bool
    are_inputs_open: bool
    is_at_end: bool
    """All quotes of the files were sent, and they do not begin again."""
    state: RunState
    target_mode: Mode
    target_loop: str
    sent_quotes: int
    """By this process, and so are its batches."""
    sent_batches: int
    window: WindowStatus
    ack: Ack | None
    report: Report | None
    sink_version: str

    @property
    def mids(self) -> int:
        return self.ack.mids if self.ack else 0

    @property
    def latency_skipped(self) -> int:
        return self.ack.skipped if self.ack else 0

    @property
    def stalled(self) -> str:
        """Which disk of the sink has no room, empty if all is well."""
        return self.ack.stalled if self.ack else ""
