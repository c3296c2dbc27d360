"""Opens the inputs where the run continues: on the errands' thread, beside the running loop.

Until all is open nothing is played. What else a command changes takes effect at once: the clock
moves to the target of a seek, and the feed is connected for live.
"""

from collections.abc import Callable
from functools import partial

from protocol.program.diagnostics import Log
from zreplay.delivery.instructions import Change, Reopen
from zreplay.delivery.openings import Opening, OpenNextPass, OpenRun, OpenSought
from zreplay.delivery.session import Session
from zreplay.playback.playback import Playback
from zreplay.replayer.errands import Errand, Errands
from zreplay.replayer.inputs import Inputs

log = Log("zreplay")


class InputOpener:
    """Opens the inputs where the session wants them, and lets playback play them."""

    def __init__(
        self,
        session: Session,
        playback: Playback,
        inputs: Inputs,
        errands: Errands,
        fail: Callable[[Exception], None],
    ) -> None:
        self._session = session
        self._playback = playback
        self._inputs = inputs
        self._errands = errands
        self._fail = fail
        self._is_under_way = False
        self._select()

    def reopen(self, event: Reopen) -> None:
        """Continue where the run does; what was sent before is sent again, also while paused."""
        if self._playback.is_paused:
            self._playback.step(event.resent_quotes)
        self._playback.period_ns = event.period_ns
        self._playback.stand_at_next()
        self.do(event.change)
        self._select()

    def do(self, change: Change, *, forgets_steps: bool = False) -> None:
        """Carry out commands, except for what has to be opened."""
        if forgets_steps:
            self._playback.steps_left = 0
        for command in change.applied:
            log.info(command.verb, to=str(command), record=self._session.window.next)
        if change.seek is not None:
            self._playback.seek(change.seek.arrival_ns)
        elif change.is_mode_changed:
            self._playback.stand_at_next()
        if change.applied:
            self._select()

    def rewind(self) -> None:
        """Start the files again."""
        self._session.cursors.rewind()
        self._playback.stand_at_next()
        self._select()

    def open_wanted(self) -> None:
        """Open what is wanted, unless that is under way or the run ends."""
        is_wanted = not self._session.cursors.are_open and not self._session.ending.is_draining
        if is_wanted and not self._is_under_way:
            self._is_under_way = True
            self._errands.add(self._under_way(), is_own=True)

    def opening(self) -> Errand[None]:
        """Open all that is wanted.

        Raises:
            ZreplayError: an input cannot be opened there, and the run ends.
        """
        cursors = self._session.cursors
        while (wanted := cursors.to_open()) is not None:
            try:
                sought = yield partial(_open, self._inputs, wanted)
            except Exception as error:
                self._fail(error)
                raise
            cursors.opened(wanted, sought)
            self._select()

    def _under_way(self) -> Errand[None]:
        try:
            yield from self.opening()
        finally:
            self._is_under_way = False

    def _select(self) -> None:
        """Play the current mode, once all is open."""
        mode = self._session.state.mode
        self._inputs.select(mode)
        self._playback.play_from(self._inputs.heads if self._session.cursors.are_open else {}, mode)


def _open(inputs: Inputs, wanted: Opening) -> bytes:
    """Open what is wanted, which may take long; return the cursor of a seek."""
    match wanted:
        case OpenRun(cursors, is_begun):
            inputs.open(cursors, is_begun=is_begun)
        case OpenSought(arrival_ns, before):
            return inputs.historical.seek(arrival_ns, before)
        case OpenNextPass():
            inputs.historical.rewind()
        case _:
            inputs.historical.cancel_rewind()
    return b""
