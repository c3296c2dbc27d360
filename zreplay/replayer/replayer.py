"""The replayer's loop: the sink's conversation, the controls, and the player.

One thread, one poller, nothing blocks: the reader and the feed have threads of their own
and ring the wake-up. Nothing is decided here; the pure parts are asked.
"""

import gc
import secrets
import time
from typing import Final, Protocol

import msgspec
import zmq

from protocol import codec, sockets
from protocol.errors import InputError, NoRoom, PoisonBatch
from protocol.messages import NONCE_BYTES, Ack, Batch, Offer, Report, Welcome
from protocol.program.compiled_parts import warn_unless_compiled
from protocol.program.diagnostics import Log
from protocol.program.stop import StopSignal
from zreplay.delivery.admission import Admission
from zreplay.delivery.cursor import ReplayCursor
from zreplay.ordering import sorted_run
from zreplay.playback.replay_clock import FOREVER_NS
from zreplay.playback.start_gate import StartGate
from zreplay.recordings.csv import plain_rows
from zreplay.replayer.inputs import Deck
from zreplay.replayer.link import Link
from zreplay.replayer.player import Player
from zreplay.replayer.state import ReplayerState, run_identity
from zreplay.replayer.waiter import Waiter, sharpen_timer
from zreplay.settings import ReplaySettings

DRAIN_LIMIT_NS: Final = 5_000_000_000
SINK_SILENCE_NS: Final = 1_000_000_000
FAILURE_DRAIN_LIMIT_NS: Final = 60_000_000_000
FULL_DISK_RETRY_NS: Final = 200_000_000
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
        self.run_id = run_identity(settings, state)
        self.is_acknowledged = settings.acks == "sink"
        self.waiter = Waiter(stop, settings.parent_fd)
        self.deck = Deck(settings, state.paths, self.waiter.wake)
        self.context: sockets.Context = zmq.Context()
        self.link = Link(self.context, settings)
        self.waiter.watch(self.link.sync, self.link.peers.socket)
        commands = state.read_commands(self.run_id) if self.is_acknowledged else []
        self.player = Player(settings, self.run_id, commands, self.deck, self.link)
        self.gate = StartGate(settings.wait_workers, settings.delay_ns)
        if settings.start_paused:
            self.player.schedule.pause(time.monotonic_ns())
        self.admission = Admission(self.run_id, secrets.token_bytes(NONCE_BYTES))
        self.started_ns = time.monotonic_ns()
        self.last_ack: Ack | None = None
        self.last_report: Report | None = None
        self._has_begun = self.was_complete = self.is_finished = self.is_draining = False
        self.stalled = ""
        self._save_again_ns: int | None = None
        self._drain_until_ns = self._next_look_ns = self._look_at_ns = 0
        self._failure: InputError | None = None

    def run(self, controls: Controls) -> None:
        """Replay until the run is finished, or until a stop has been drained.

        Raises:
            ZreplayError: the run cannot go on; what was sent before is right.
        """
        is_compiled = plain_rows.IS_COMPILED and sorted_run.IS_COMPILED
        name, bind = self.run_id.hex()[:8], self.settings.bind
        log.info("replayer ready", run=name, bind=bind, compiled=is_compiled)
        warn_unless_compiled(is_compiled, log)
        if not self.is_acknowledged:
            self.player.load(None, 0, FOREVER_NS)
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
                if now_ns >= self._next_look_ns:
                    self._next_look_ns = now_ns + LOOK_NS
                    self._resend(now_ns)
                    self._look_at_ns = controls.look(now_ns)
                controls.answer_waiting()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        self.deck.close()
        self.link.close()
        self.context.term()
        self.waiter.close()

    @property
    def is_let_in(self) -> bool:
        return self.admission.is_in or not self.is_acknowledged

    def is_sink_silent(self, now_ns: int) -> bool:
        """Tell whether the sink has not answered for longer than a few questions take."""
        return self.is_acknowledged and self.admission.silent_ns(now_ns) > SINK_SILENCE_NS

    def _may_play(self, now_ns: int) -> bool:
        return (
            self.is_let_in
            and not self.is_draining
            and self._are_commands_kept(now_ns)
            and self.gate.is_open(self.link.peers.count, now_ns)
        )

    @property
    def end(self) -> int | None:
        """The length of the run, once it is known to have one."""
        is_last = self.settings.exit_when_done and self.player.is_at_end
        return self.player.window.next if is_last and not self.is_draining else None

    @property
    def is_end_without_sink(self) -> bool:
        """True when all has been sent and nobody acknowledges."""
        return not self.is_acknowledged and self.end is not None

    def drain(self, now_ns: int, limit_ns: int = DRAIN_LIMIT_NS) -> None:
        """Send nothing new, wait for what is in flight, then end."""
        if not self.is_draining:
            in_flight_quotes = self.player.window.in_flight_quotes
            log.info("draining; Ctrl-C ends at once", in_flight_quotes=in_flight_quotes)
            self.is_draining = True
            self._drain_until_ns = now_ns + limit_ns

    def _converse(self, now_ns: int) -> None:
        self.link.listeners.update(now_ns)
        for message in self.link.received(now_ns):
            match self.admission.on_message(message, now_ns):
                case Welcome() as welcome:
                    self._welcomed(welcome, now_ns)
                case Ack() as ack:
                    self._acknowledged(ack, now_ns)
                case Report() as report:
                    self.last_report = report
                case Offer():
                    log.warning("the sink does not know this run: asking to be let in again")
                    self.admission.leave(secrets.token_bytes(NONCE_BYTES))
        if self.is_acknowledged:
            due = self.admission.to_send(now_ns, self.end, is_idle=self._is_idle)
            if due is not None:
                self.link.send_sync(due)

    def _welcomed(self, welcome: Welcome, now_ns: int) -> None:
        log.info("let in by the sink", epoch=welcome.epoch, next=welcome.next)
        if welcome.finished:
            self.was_complete = True
            self.deck.rejected.recount()
            return
        cursor = ReplayCursor.unpack(welcome.cursor) if welcome.cursor else None
        self.player.epoch = welcome.epoch
        if welcome.next and not self._has_begun:  # a restart goes on
            self.gate.hurry()
            if self.settings.start_paused:
                self.player.schedule.resume(now_ns)
        self._has_begun = True
        is_placed = self.player.load(cursor, welcome.next, welcome.limit)
        if is_placed:
            self._save_again_ns = now_ns
            self._are_commands_kept(now_ns)

    def _are_commands_kept(self, now_ns: int) -> bool:
        """Tell whether the places of all commands are on disk; nothing is sent before that."""
        if self._save_again_ns is None:
            return True
        if now_ns < self._save_again_ns:
            return False
        try:
            self.state.write_commands(self.run_id, self.player.timeline.kept)
        except NoRoom as full:
            self.stalled, self._save_again_ns = full.what, now_ns + FULL_DISK_RETRY_NS
            return False
        self.stalled, self._save_again_ns = "", None
        return True

    def _acknowledged(self, ack: Ack, now_ns: int) -> None:
        if self.admission.is_of_other_incarnation(ack):
            log.warning("the sink was restarted", epoch=ack.epoch)
            self.admission.leave(secrets.token_bytes(NONCE_BYTES))
            return
        self.last_ack = ack
        self.is_finished = self.is_finished or ack.finished  # an older answer may come later
        if self.was_complete:
            return
        self.player.acknowledged(ack, now_ns)
        if ack.next == self.end and not ack.finished:
            self.admission.hurry()

    def _resend(self, now_ns: int) -> None:
        window = self.player.window
        while batch := window.overdue(self.admission.heard_ns):
            if window.is_poison(batch):
                last = batch.first + batch.count - 1
                raise PoisonBatch(
                    f"records {batch.first} to {last} were sent {batch.attempts} times "
                    "and never came back, while later ones did",
                    fix="look at the workers' diagnostics; the run goes on where it stopped",
                )
            if not self.link.has_room:
                return
            message = codec.decode(batch.frame)
            assert isinstance(message, Batch)
            frame = codec.encode(msgspec.structs.replace(message, attempt=batch.attempts + 1))
            if not self.link.send_batch(frame):
                return
            window.resent(batch, frame, now_ns)
            log.debug("batch resent", first=batch.first, count=batch.count)

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

    def apply_commands(self) -> None:
        """Apply what has its place here.

        Raises:
            InputError: the files cannot be read from there, and the run ends.
        """
        try:
            self.player.apply_commands()
        except InputError as error:
            self._fail(error)
            raise

    def _fail(self, error: InputError) -> None:
        self._failure = error
        self.drain(time.monotonic_ns(), FAILURE_DRAIN_LIMIT_NS)

    def _is_over(self) -> bool:
        if self.waiter.is_orphaned:
            return True
        now_ns = time.monotonic_ns()
        if self.waiter.is_stop_requested:
            self.drain(now_ns)
        if self.is_draining:
            is_late = now_ns > self._drain_until_ns
            return is_late or self.player.window.is_empty or not self.is_let_in
        return self.is_finished or self.is_end_without_sink

    @property
    def _is_idle(self) -> bool:
        """True while nothing is in flight, and the end of the run is not to be told."""
        return self.player.window.is_empty and self.end is None

    def _next_ping_ns(self) -> int:
        ping_ns = self.admission.due_ns(is_idle=self._is_idle)
        return ping_ns if self.is_acknowledged else self._look_at_ns

    def _wait(self, now_ns: int) -> bool:
        """Wait for the next thing to do; tell whether something has come meanwhile."""
        wake_ns = min(self.waiter.latest_ns(now_ns), self._next_ping_ns())
        if self._save_again_ns is not None:
            wake_ns = min(wake_ns, self._save_again_ns)
        wants_worker = False
        if not self._may_play(now_ns):
            wake_ns = min(wake_ns, max(self.gate.due_ns(), now_ns))
        else:
            wake_ns = min(wake_ns, self.player.due_ns())
            wants_worker = self.player.is_blocked and not self.player.is_window_full
        return self.waiter.wait(wake_ns, self.link.push if wants_worker else None)
