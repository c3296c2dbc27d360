"""The replayer's loop: receive, send, wait.

One thread, one poller, nothing blocks: the reader, the feed and the errands have threads of their
own and ring the wake-up. The pure parts decide what is due and what is sent; this asks them.
"""

import gc
import time

from protocol.compiled_parts import ORDER, ROWS, TICKERS, are_in_use, lack_of
from protocol.errors import InputError
from protocol.keys.role import REPLAYER
from protocol.program.diagnostics import Log
from protocol.program.key_options import listening_guard
from protocol.program.stop import StopSignal
from protocol.refusals import context_of
from zreplay.playback.start_gate import StartGate
from zreplay.replayer.command_writer import CommandWriter
from zreplay.replayer.controls import Controls
from zreplay.replayer.conversation import Conversation
from zreplay.replayer.drain import DRAIN_LIMIT_NS, Drain
from zreplay.replayer.errands import Errands
from zreplay.replayer.from_settings import (
    inputs_of,
    live_clock_of,
    playback_of,
    session_of,
    start_ns_of,
)
from zreplay.replayer.input_opener import InputOpener
from zreplay.replayer.link import Link
from zreplay.replayer.sender import Sender
from zreplay.replayer.state import ReplayerState
from zreplay.replayer.waiter import Waiter, sharpen_timer
from zreplay.settings import ReplaySettings

log = Log("zreplay")


class Replayer:
    """One replayer process; `run` returns when the run is finished or stopped."""

    def __init__(self, settings: ReplaySettings, state: ReplayerState, stop: StopSignal) -> None:
        self.settings, self.state = settings, state
        self.waiter = Waiter(stop, settings.parent_fd)
        self.context = context_of(listening_guard(settings.key, settings.allowed, REPLAYER))
        self.link = link = Link(self.context, settings)
        self.waiter.watch(*link.readable)
        self.session = session = session_of(settings, state)
        self.inputs = inputs = inputs_of(settings, state, session, self.waiter.wake)
        start_ns = start_ns_of(settings)
        self.playback = playback = playback_of(settings, start_ns)
        self.drain = Drain(session)
        self.gate = StartGate(settings.wanted_consumers, settings.delay_ns, start_ns)
        self.errands = Errands(self.waiter.wake)
        self.sender = Sender(session, playback, inputs, link)
        self.opener = InputOpener(session, playback, inputs, self.errands, self.drain.fail)
        self.commands = CommandWriter(session, state, self.opener, self.errands, self.drain.fail)
        self.conversation = Conversation(session, self.opener, link, inputs.rejected, self._go_on)
        self._clock = live_clock_of(settings, state.paths)
        self._look_at_ns = 0
        if settings.start_paused:
            playback.pause(time.monotonic_ns())

    def run(self, controls: Controls) -> None:
        """Replay until the run is finished, or until a stop has been drained.

        Raises:
            ZreplayError: the run cannot go on; what was sent before is right.
        """
        session, bind = self.session, self.settings.bind
        run, compiled = session.run.hex()[:8], are_in_use(ORDER, ROWS, TICKERS)
        log.info("replayer ready", run=run, bind=bind, compiled=compiled)
        if lack := lack_of(ORDER, ROWS, TICKERS):
            log.warning("compiled parts are missing", **lack)
        if not session.is_acknowledged:
            self.opener.reopen(session.begin_without_sink())
        gc.freeze()  # what is there now stays: collections need not look at it again
        sharpen_timer()
        self.waiter.watch(*controls.sockets)
        while not self._is_over():
            now_ns = time.monotonic_ns()
            # What is due goes first: whoever speaks can wait for as long as a batch takes.
            has_sent = self.play(now_ns)
            is_spoken_to = True
            if not has_sent or self.playback.is_next_timed:
                is_spoken_to = self._wait(now_ns)
            now_ns = time.monotonic_ns()
            if is_spoken_to or now_ns >= self._next_ping_ns():
                self.conversation.turn(now_ns, files_ended=self.playback.files_ended)
                self.inputs.live.acknowledged(session.window.committed)
                self.errands.advance()
                self.sender.resend_overdue(now_ns)
                self._look_at_ns = controls.look(now_ns)
                controls.answer_waiting()
        if session.ending.failure is not None:
            raise session.ending.failure
        if self._clock is not None and not self.waiter.is_orphaned:
            self._clock.end_well()

    def close(self) -> None:
        self.errands.close()
        self.inputs.close()
        self.link.close()
        self.context.destroy()
        self.waiter.close()

    def play(self, now_ns: int) -> bool:
        """Send what is due, if allowed; an input that fails ends the run behind what it gave."""
        if not self._may_play(now_ns):
            return False
        try:
            change = self.sender.send_due(now_ns)
        except InputError as error:
            self.drain.fail(error)
            return False
        if change is not None:
            self.state.begin()
            self.opener.do(change)
        elif self.playback.is_played_out and self.session.stream.wants_next_pass:
            self.opener.rewind()
        return change is not None

    def _go_on(self, now_ns: int) -> None:
        """Begin without delay and unpaused: the run began before this process."""
        self.gate.hurry()
        self.playback.clock.unschedule()
        if self.settings.start_paused:
            self.playback.resume(now_ns)

    def _may_play(self, now_ns: int) -> bool:
        if self.session.may_send:
            return self.gate.is_open(self.link.consumers, now_ns)
        self.commands.save_records(now_ns)
        self.opener.open_wanted()
        return False

    def _is_over(self) -> bool:
        if self.waiter.is_orphaned:
            return True
        now_ns = time.monotonic_ns()
        has_ended = self._clock is not None and self._clock.has_ended(now_ns)
        if self.waiter.is_stop_requested or has_ended:
            self.drain.begin(now_ns)
        elif (overload := self.inputs.live.overload) is not None:
            self.drain.fail(overload, DRAIN_LIMIT_NS)
        return self.session.is_over(now_ns, files_ended=self.playback.files_ended)

    def _next_ping_ns(self) -> int:
        if not self.session.is_acknowledged:
            return self._look_at_ns
        return self.session.due_ns(files_ended=self.playback.files_ended)

    def _wait(self, now_ns: int) -> bool:
        """Wait for the next thing to do; return whether something has come meanwhile."""
        wake_ns = min(self.waiter.latest_ns(now_ns), self._next_ping_ns())
        is_room_wanted = is_exact = False
        if self._may_play(now_ns):
            due_ns = self.playback.due_ns()
            is_exact = due_ns < wake_ns and not self.playback.is_gathering(due_ns)
            wake_ns = min(wake_ns, due_ns)
            is_room_wanted = self.playback.is_blocked and bool(self.session.room())
        else:
            retry_ns = self.commands.due_ns(now_ns)
            wake_ns = min(wake_ns, retry_ns, max(self.gate.due_ns(), now_ns))
        return self.waiter.wait(
            wake_ns, self.link.push if is_room_wanted else None, is_exact=is_exact
        )
