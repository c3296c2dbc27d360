"""The replayer's loop: the sink's conversation, the controls, and the player.

One thread, one poller, nothing blocks: the reader and the feed have threads of their own
and ring the wake-up. Nothing is decided here; the pure parts are asked.
"""

import gc
import secrets
import time
from functools import partial
from typing import Final, Protocol

import zmq

from protocol import sockets
from protocol.errors import InputError
from protocol.messages import NONCE_BYTES
from protocol.program.compiled_parts import ORDER, ROWS, are_in_use, lack_of
from protocol.program.diagnostics import Log
from protocol.program.stop import StopSignal
from zreplay.delivery.instructions import Complete, Left, Reopen
from zreplay.delivery.resend import next_frame
from zreplay.delivery.run_state import RunState
from zreplay.delivery.session import Session
from zreplay.delivery.window import CreditWindow
from zreplay.playback.start_gate import StartGate
from zreplay.replayer.command_writer import CommandWriter
from zreplay.replayer.errands import Errands
from zreplay.replayer.inputs import Inputs
from zreplay.replayer.link import Link
from zreplay.replayer.player import Player
from zreplay.replayer.state import ReplayerState, run_identity
from zreplay.replayer.waiter import Waiter, sharpen_timer
from zreplay.settings import ReplaySettings

DRAIN_LIMIT_NS: Final = 5_000_000_000
SINK_SILENCE_NS: Final = 1_000_000_000
FAILURE_DRAIN_LIMIT_NS: Final = 60_000_000_000
LOOK_NS: Final = 20_000_000
"""How often to look for what is overdue: that can take longer than a small batch does."""

log = Log("zreplay")


class Controls(Protocol):
    """Who may ask things of a running replayer: zreplay/controls/operator.py."""

    @property
    def sockets(self) -> tuple[sockets.Socket, ...]: ...

    def answer_waiting(self) -> None: ...

    def look(self, now_ns: int) -> int:
        """Look at how the replayer does; return when to look again at the latest."""


class Replayer:
    """One replayer process; `run` returns when the run is finished or stopped."""

    def __init__(self, settings: ReplaySettings, state: ReplayerState, stop: StopSignal) -> None:
        self.settings = settings
        self.state = state
        self.waiter = Waiter(stop, settings.parent_fd)
        self.inputs = Inputs(settings, state.paths, self.waiter.wake)
        self.context: sockets.Context = zmq.Context()
        self.link = Link(self.context, settings)
        self.waiter.watch(self.link.sync, self.link.peers.socket)
        self.session = new_session(settings, state)
        if self.session.is_acknowledged:
            self.inputs.keep_checkpoints(self.session.run)
        self.player = Player(settings, self.session, self.inputs, self.link)
        self.gate = StartGate(settings.wait_workers, settings.delay_ns)
        if settings.start_paused:
            self.player.schedule.pause(time.monotonic_ns())
        self.started_ns = time.monotonic_ns()
        self.errands = Errands(self.waiter.wake)
        self.commands = CommandWriter(self.session, state, self.player, self.errands, self._fail)
        self._has_begun = False
        self._drain_until_ns = self._next_look_ns = self._look_at_ns = 0
        self._failure: InputError | None = None

    def run(self, controls: Controls) -> None:
        """Replay until the run is finished, or until a stop has been drained.

        Raises:
            ZreplayError: the run cannot go on; what was sent before is right.
        """
        name, bind = self.session.run.hex()[:8], self.settings.bind
        log.info("replayer ready", run=name, bind=bind, compiled=are_in_use(ORDER, ROWS))
        if lack := lack_of(ORDER, ROWS):
            log.warning("compiled parts are missing", **lack)
        if not self.session.is_acknowledged:
            self.player.reopen(self.session.begin_without_sink())
        gc.freeze()  # what is there now stays: collections need not look at it again
        sharpen_timer()
        self.waiter.watch(*controls.sockets)
        while not self._is_over():
            now_ns = time.monotonic_ns()
            # What is due goes first: whoever speaks can wait for as long as a batch takes.
            has_sent = self.play(now_ns)
            is_spoken_to = True
            if not has_sent or self.player.is_next_timed:
                is_spoken_to = self._wait(now_ns)
            now_ns = time.monotonic_ns()
            if is_spoken_to or now_ns >= self._next_ping_ns():
                self._converse(now_ns)
                self.errands.advance()
                if now_ns >= self._next_look_ns:
                    self._next_look_ns = now_ns + LOOK_NS
                    self._resend(now_ns)
                    self._look_at_ns = controls.look(now_ns)
                controls.answer_waiting()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        self.errands.close()
        self.inputs.close()
        self.link.close()
        self.context.term()
        self.waiter.close()

    @property
    def end(self) -> int | None:
        """The length of the run, once it is known to have one."""
        return self.session.end(files_ended=self.inputs.files_ended)

    @property
    def is_settled(self) -> bool:
        """True when no command can change the run any more."""
        return self.session.is_settled(files_ended=self.inputs.files_ended)

    @property
    def is_end_without_sink(self) -> bool:
        """True when all has been sent and nobody acknowledges."""
        return not self.session.is_acknowledged and self.end is not None

    def is_sink_silent(self, now_ns: int) -> bool:
        """Tell whether the sink has not answered for longer than a few questions take."""
        silent_ns = self.session.admission.silent_ns(now_ns)
        return self.session.is_acknowledged and silent_ns > SINK_SILENCE_NS

    def drain(self, now_ns: int, limit_ns: int = DRAIN_LIMIT_NS) -> None:
        """Send nothing new, wait for what is in flight, then end."""
        if not self.session.is_draining:
            in_flight_quotes = self.session.window.in_flight_quotes
            log.info("draining; Ctrl-C ends at once", in_flight_quotes=in_flight_quotes)
            self.session.is_draining = True
            self._drain_until_ns = now_ns + limit_ns

    def play(self, now_ns: int) -> bool:
        """Send what is due, if it may be; an input that cannot go on ends the run behind it."""
        try:
            has_sent = self._may_play(now_ns) and self.player.play(now_ns)
        except InputError as error:
            self._fail(error)
            return False
        if has_sent:
            self.state.begin()
        return has_sent

    def _may_play(self, now_ns: int) -> bool:
        self.commands.save_places(now_ns)
        if self.commands.error is not None:
            raise self.commands.error
        return self.session.may_send and self.gate.is_open(self.link.peers.count, now_ns)

    def _converse(self, now_ns: int) -> None:
        session = self.session
        self.link.listeners.update(now_ns)
        for message in self.link.received(now_ns):
            match session.on_message(message, now_ns, files_ended=self.inputs.files_ended):
                case Reopen() as reopen:
                    self._reopen(reopen, now_ns)
                case Complete():
                    self.inputs.rejected.recount()
                case Left(why):
                    log.warning(f"{why}: asking to be let in again")
        due = session.to_send(now_ns, files_ended=self.inputs.files_ended)
        if due is not None:
            self.link.send_sync(due)

    def _reopen(self, reopen: Reopen, now_ns: int) -> None:
        log.info("let in by the sink", epoch=reopen.epoch, next=reopen.next)
        if reopen.next and not self._has_begun:  # a restart goes on
            self.gate.hurry()
            if self.settings.start_paused:
                self.player.schedule.resume(now_ns)
        self._has_begun = True
        self.player.reopen(reopen)

    def _resend(self, now_ns: int) -> None:
        while batch := self.session.overdue():
            frame = next_frame(batch) if self.link.has_room else b""
            if not frame or not self.link.send_batch(frame):
                return
            self.session.window.resent(batch, frame, now_ns)
            log.debug("batch resent", first=batch.first, count=batch.count)

    def _fail(self, error: InputError) -> None:
        self._failure = error
        self.drain(time.monotonic_ns(), FAILURE_DRAIN_LIMIT_NS)

    def _is_over(self) -> bool:
        if self.waiter.is_orphaned:
            return True
        now_ns = time.monotonic_ns()
        if self.waiter.is_stop_requested:
            self.drain(now_ns)
        session = self.session
        if session.is_draining:
            is_late = now_ns > self._drain_until_ns
            return is_late or session.window.is_empty or not session.is_in
        return session.is_finished or self.is_end_without_sink

    def _next_ping_ns(self) -> int:
        if not self.session.is_acknowledged:
            return self._look_at_ns
        return self.session.due_ns(files_ended=self.inputs.files_ended)

    def _wait(self, now_ns: int) -> bool:
        """Wait for the next thing to do; tell whether something has come meanwhile."""
        wake_ns = min(self.waiter.latest_ns(now_ns), self._next_ping_ns())
        if (save_ns := self.commands.due_ns(now_ns)) is not None:
            wake_ns = min(wake_ns, save_ns)
        wants_worker = False
        if not self._may_play(now_ns):
            wake_ns = min(wake_ns, max(self.gate.due_ns(), now_ns))
        else:
            wake_ns = min(wake_ns, self.player.due_ns())
            wants_worker = self.player.is_blocked and not self.player.is_window_full
        return self.waiter.wait(wake_ns, self.link.push if wants_worker else None)


def new_session(settings: ReplaySettings, state: ReplayerState) -> Session:
    """Return the session of the run that the settings name, with the commands it has accepted."""
    run = run_identity(settings, state)
    is_acknowledged = settings.acks == "sink"
    return Session(
        run,
        RunState(settings.start_mode, passes=settings.loop),
        state.read_commands(run) if is_acknowledged else [],
        CreditWindow(settings.window_quotes, settings.window_bytes),
        partial(secrets.token_bytes, NONCE_BYTES),
        is_acknowledged=is_acknowledged,
        exits_when_done=settings.exit_when_done,
    )
