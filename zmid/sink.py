"""The sink's loop: results and the replayer's messages in, commits and acknowledgements out.

One thread, one poller. Two things block it: the disk, and a sleep of up to GATHER_NS in which
results gather for one commit. The PULL socket is read again right after: the backlog is bounded
by the window.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import zmq

from protocol import codec, receiving, sockets
from protocol.errors import MalformedMessage, OtherVersion, ProtocolError
from protocol.keys.guard import Guard
from protocol.keys.keyed_context import guard_of
from protocol.keys.role import RESULTS, SYNC
from protocol.messages import (
    NO_NONCE,
    Ack,
    Buffer,
    Hello,
    Message,
    Refused,
    Report,
    Result,
)
from protocol.program.diagnostics import Log, RateLimit
from protocol.program.earlier import Earlier
from protocol.program.failpoint import reach
from protocol.program.listeners import Listeners
from protocol.program.other_versions import OtherVersions
from protocol.program.recent_diagnostics import RECENT
from protocol.program.service_manager import ServiceManager
from protocol.program.stop import StopSignal
from zmid.closed_logs import ClosedLogs
from zmid.disk import Folder
from zmid.narrow_result import widened_result
from zmid.settings import SinkSettings
from zmid.sink_state import SinkState

if TYPE_CHECKING:
    from zmid.publisher import Publisher

RESULTS_PER_TURN: Final = 16
SYNC_PER_TURN: Final = 64
IDLE_WAIT_NS: Final = 1_000_000_000
FAREWELL_NS: Final = 500_000_000
"""A finished sink still answers for this long, so that the replayer learns of the end."""
UNASKED_NS: Final = 5_000_000_000
"""A sink restarted on a finished run exits after this long without a PING: its replayer is gone."""
CHECK_NS: Final = 1_000_000_000
"""How often the files are checked: a removed folder would swallow lines unnoticed."""
LOOK_NS: Final = 20_000_000
"""How often it is looked who connects and whether to end, while results flow steadily."""
LEFT_CHECK_NS: Final = 20_000_000
"""How often a finished sink looks whether all that was closed is compressed."""

log = Log("sink")


class Ends(NamedTuple):
    """The sockets of a sink."""

    results: sockets.Socket
    sync: sockets.Socket
    publisher: "Publisher | None" = None


class Sink:
    """One run of the loop over a folder and its sockets."""

    def __init__(
        self,
        settings: SinkSettings,
        state: SinkState,
        folder: Folder,
        earlier: Earlier,
        ends: Ends,
        stop: StopSignal,
        listeners: Listeners,
    ) -> None:
        self._listeners = listeners
        self._settings = settings
        self._state = state
        self._folder = folder
        self._earlier = earlier
        self._results, self._sync, self._publisher = ends
        self._results_guard = guard_of(self._results, settings.bind)
        self._sync_guard = guard_of(self._sync, settings.sync)
        self._stop = stop
        self._limit = RateLimit()
        self._versions = OtherVersions(log)
        self._service = ServiceManager.of(os.environ)
        self._replayer: bytes | None = None
        self._is_end_said = False
        self._next_check_ns = self._next_look_ns = 0
        self._closed_logs = ClosedLogs(settings, state.log, self._publisher)
        self._publish_ns: int | None = None
        self._is_over = False
        self._was_stalled = False
        self._poller = zmq.Poller()
        if self._publisher is not None:
            self._state.on_committed = self._publisher.publish
            self._poller.register(self._publisher.socket, zmq.POLLIN)
        for source in (self._results, self._sync, stop.fd, settings.parent_fd):
            if source is not None:
                self._poller.register(source, zmq.POLLIN)

    def run(self) -> None:
        settings, last = self._settings, self._state.log.last
        committed = last.next if last else 0
        log.info("sink ready", out=settings.out, bind=settings.bind, committed=committed)
        end_ns: int | None = None
        has_looked = True
        # As a part of `zreplay run` it does not exit before the replayer has learned of the end.
        if settings.exit_when_done and settings.parent_fd is None and self._state.is_finished:
            end_ns = time.monotonic_ns() + UNASKED_NS
        while not self._is_over:
            now_ns = time.monotonic_ns()
            if settings.exit_when_done and self._is_end_said:
                end_ns = min(end_ns or now_ns + FAREWELL_NS, now_ns + FAREWELL_NS)
            if end_ns is not None and now_ns > end_ns:
                if not self._closed_logs.are_left(now_ns):
                    break
                end_ns = now_ns + LEFT_CHECK_NS
            if has_looked:
                self._listeners.update(now_ns)
                self._service.turn(now_ns)
            is_busy = self._receive_results(now_ns)
            self._converse(now_ns)
            if self._publisher is not None:
                self._publish_ns = self._publisher.turn(now_ns, self._state.log.last)
            if gather_ns := self._state.gather_ns(now_ns):
                time.sleep(gather_ns / 1e9)
                has_looked = False
                continue
            self._commit(now_ns)
            self._closed_logs.turn(now_ns)
            self._note_room()
            rest_ns = self._state.rest_ns(now_ns) if now_ns < self._next_look_ns else 0
            has_looked = not rest_ns
            if rest_ns:
                time.sleep(rest_ns / 1e9)
                continue
            self._next_look_ns = now_ns + LOOK_NS
            self._poll(0 if is_busy else self._wait_ns(now_ns, end_ns))
        self._service.turn(time.monotonic_ns(), is_ending=True)
        while self._state.has_commit_due(now_ns := time.monotonic_ns()):
            self._commit(now_ns)
        self._closed_logs.end(time.monotonic_ns())
        last = self._state.log.last
        if self._publisher is not None:
            while again_ns := self._publisher.turn(time.monotonic_ns(), last, is_ending=True):
                time.sleep(max(0, again_ns - time.monotonic_ns()) / 1e9)
        log.info("sink ended", committed=last.next if last else 0)

    def _receive_results(self, now_ns: int) -> bool:
        """Receive from the workers; return whether there may be more."""
        for _ in range(RESULTS_PER_TURN):
            if not receiving.has_message(self._results):
                return False
            frame = receiving.only_frame(self._results)
            guard = self._results_guard  # without one nobody asks who sent it
            if guard and frame and not self._may(guard, receiving.user_of(frame), RESULTS):
                continue
            try:
                message = self._decoded(frame.buffer if frame else None, now_ns)
            except OtherVersion as error:
                self._meet(error.between("a worker", "this sink"), now_ns)
                continue
            if isinstance(message, Result):
                self._versions.met(message.version, "worker", message.worker)
                refused = self._state.refused
                self._state.on_result(message, now_ns)
                if self._state.refused > refused:
                    reason = self._state.problem
                    self._warn(now_ns, "result refused", reason, ProtocolError.code)
        return True

    def _converse(self, now_ns: int) -> None:
        for _ in range(SYNC_PER_TURN):
            received = receiving.message_and_user(self._sync)
            if received is None:
                return
            (identity, *frames), user = received
            if not self._may(self._sync_guard, user, SYNC):
                continue
            try:
                message = self._decoded(frames[0] if len(frames) == 1 else None, now_ns)
            except OtherVersion as error:
                met = error.between("a replayer", "this sink")
                # In our version, from which it learns of ours.
                self._send(identity, Refused(NO_NONCE, met.what, met.fix))
                self._meet(met, now_ns)
                continue
            if message is None:
                continue
            epoch = self._state.epoch
            for answer in self._state.on_sync(message, now_ns):
                if isinstance(answer, Report):
                    answer = msgspec.structs.replace(answer, diagnostics=RECENT.latest())
                if isinstance(answer, Refused):
                    self._warn(now_ns, "replayer refused", answer.what, ProtocolError.code)
                self._send(identity, answer)
                if isinstance(answer, Ack):
                    self._replayer = identity
            if self._state.epoch != epoch:
                log.info("replayer admitted", epoch=self._state.epoch)
                if isinstance(message, Hello):
                    self._versions.met(message.version, "the replayer")
                if self._settings.parent_fd is None:
                    self._earlier.remove()

    def _may(self, guard: Guard | None, user: str, socket: str) -> bool:
        """Return whether a sender may speak: its key may have been revoked since it came."""
        if guard is None or guard.check(user, socket):
            return True
        self._state.dropped += 1
        return False

    def _meet(self, error: OtherVersion, now_ns: int) -> None:
        """End, unless a replayer of our version is there: anyone else may say anything."""
        if self._replayer is None:
            self._sync.close(linger=FAREWELL_NS // 1_000_000)
            raise error
        self._state.dropped += 1
        self._warn(now_ns, "message of another version dropped", error.what, error.code)

    def _commit(self, now_ns: int) -> None:
        if not self._state.has_commit_due(now_ns):
            return
        if now_ns >= self._next_check_ns:
            self._folder.check_in_place()
            self._next_check_ns = now_ns + CHECK_NS
        is_room = self._state.commit(now_ns)
        if is_room and self._replayer is not None:
            reach("sink.before_ack")
            self._send(self._replayer, self._state.ack())
            reach("sink.after_ack")

    def _note_room(self) -> None:
        """Log once that the disk is full, and once that it has space again."""
        stalled = self._state.stalled
        if bool(stalled) != self._was_stalled:
            self._was_stalled = bool(stalled)
            if stalled:
                log.warning("the disk is full: waiting for space", reason=stalled)
            else:
                log.warning("the disk has space again")

    def _decoded(self, frame: Buffer | None, now_ns: int) -> Message | None:
        try:
            if frame is None:
                raise MalformedMessage("message had several frames, expected one")
            message = codec.decode(frame)
            return widened_result(message) if isinstance(message, Result) else message
        except MalformedMessage as error:
            self._state.dropped += 1
            self._warn(now_ns, "message dropped", error.what, error.code)
            return None

    def _warn(self, now_ns: int, event: str, reason: str, code: str) -> None:
        held_back = self._limit.held_back(now_ns)
        if held_back is not None:
            log.warning(event, code=code, reason=reason, held_back=held_back)

    def _send(self, identity: bytes, message: Message) -> None:
        """Answer; an answer that cannot be sent is dropped, for the PING is repeated."""
        if getattr(message, "finished", False):
            self._folder.check_in_place()  # no FINISHED for logs that are gone
        with contextlib.suppress(zmq.ZMQError):
            self._sync.send_multipart([identity, codec.encode(message)], zmq.DONTWAIT)
            self._is_end_said |= getattr(message, "finished", False)

    def _wait_ns(self, now_ns: int, end_ns: int | None) -> int:
        if self._state.has_commit_due(now_ns):
            return 0
        ends = [now_ns + IDLE_WAIT_NS, *self._instants(end_ns)]
        return max(0, min(ends) - now_ns)

    def _instants(self, end_ns: int | None) -> Iterator[int]:
        if end_ns is not None:
            yield end_ns
        if self._state.retry_ns is not None:
            yield self._state.retry_ns
        if self._publish_ns is not None:
            yield self._publish_ns

    def _poll(self, wait_ns: int) -> None:
        for source, _ in self._poller.poll(-(-wait_ns // 1_000_000)):
            is_orphaned = source == self._settings.parent_fd and not os.read(source, 1)
            if is_orphaned or source == self._stop.fd:
                self._is_over = True
