"""The worker's loop: a batch in, its lines out. Stateless; as many as you like, any time.

One poll per turn. A second thread runs only beside processors of the user, to see how long they
take. A result that the sink does not accept yet is held, and no further
batch is pulled: that is how backpressure from a slow sink reaches the replayer.
"""

import contextlib
import os
import socket
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

import zmq
from msgspec.structs import replace

from protocol import codec, receiving, sockets
from protocol.endpoints import is_over_tcp
from protocol.errors import MalformedMessage, OtherVersion
from protocol.json_text import utf8_text
from protocol.keys.keyed_context import KeyedContext
from protocol.messages import NO_NONCE, Batch, Refused
from protocol.narrow_head import NARROW_FROM
from protocol.program.cut_connections import CutConnections
from protocol.program.diagnostics import Log, RateLimit
from protocol.program.other_versions import OtherVersions
from protocol.program.stop import StopSignal
from protocol.sending import send_frame
from zmid.mid import mid_lines, result_of
from zmid.mid_rule import MidRule
from zmid.settings import WorkerSettings

IDLE_WAIT_MS: Final = 1000
LOOK_NS: Final = 100_000_000
"""How often it is looked whether a socket is refused, while batches come."""
FAREWELL_MS: Final = 1000
"""What the sink has not accepted by then is computed again by another worker."""

log = Log("worker")


class Worker:
    """Two sockets, and in hand at most the results of one batch."""

    def __init__(
        self, context: sockets.Context, settings: WorkerSettings, stop: StopSignal
    ) -> None:
        self.name = utf8_text(settings.name or f"{socket.gethostname()}:{os.getpid()}")
        self.is_over = False
        self.dropped_messages = self.quotes = self.batches = self.busy_ns = 0
        self._rule = MidRule(settings.latency_threshold_ms, settings.stamp)
        self._processing = None
        if settings.processor or settings.table:
            from zmid.processors.from_settings import begin_processing

            self._processing = begin_processing(settings, self.name)
        self._stop = stop
        self._parent_fd = settings.parent_fd
        self._limit = RateLimit()
        self._versions = OtherVersions(log)
        self._cut = CutConnections()
        self._held: deque[bytes] = deque()
        self._unreported_ns = self._next_look_ns = 0
        self._batches = sockets.batch_pull(context, settings.source, settings.hwm, is_repeated=True)
        self._results = sockets.result_push(context, settings.sink)
        # Within a host a byte is cheap: lines travel as they are.
        self._is_far = is_over_tcp(settings.sink)
        self._refusals = context.refusals if isinstance(context, KeyedContext) else None
        self._for_a_batch = self._poller(self._batches, zmq.POLLIN)
        self._for_the_sink = self._poller(self._results, zmq.POLLOUT)

    @property
    def is_holding(self) -> bool:
        """Whether a result waits for the sink; no batch is pulled meanwhile."""
        return bool(self._held)

    def step(self, timeout_ms: int) -> None:
        """Wait at most this long, then compute a received batch or hand over what is held.

        Raises:
            KeyRefused: the replayer or the sink does not let this worker in.
        """
        poller = self._for_the_sink if self.is_holding else self._for_a_batch
        events = poller.poll(timeout_ms)
        for source, _ in events:
            if source is self._batches:
                self._held.extend(self._next_results())
            elif source == self._stop.fd or source == self._parent_fd:
                self.is_over = self.is_over or self._is_told_to_end()
        self._hand_over()
        now_ns = time.monotonic_ns()
        if self._refusals is not None and (not events or now_ns >= self._next_look_ns):
            self._next_look_ns = now_ns + LOOK_NS
            self._refusals.check()
            self._cut.say(self._refusals.take_cuts(), now_ns)

    def close(self, farewell_ms: int = FAREWELL_MS) -> None:
        """Close the sockets; the sink has this long to accept what is held and on its way."""
        deadline_ns = time.monotonic_ns() + farewell_ms * 1_000_000
        self._batches.close()
        if self.is_holding and self._results.poll(farewell_ms, zmq.POLLOUT):
            self._hand_over()
        left_ns = max(0, deadline_ns - time.monotonic_ns())
        self._results.close(linger=left_ns // 1_000_000)

    def _poller(self, data: sockets.Socket, events: int) -> zmq.Poller:
        poller = zmq.Poller()
        poller.register(data, events)
        poller.register(self._stop.fd, zmq.POLLIN)
        if self._parent_fd is not None:
            poller.register(self._parent_fd, zmq.POLLIN)
        return poller

    def _is_told_to_end(self) -> bool:
        if self._stop.requested:
            return True
        return self._parent_fd is not None and not os.read(self._parent_fd, 1)

    def _next_results(self) -> Sequence[bytes]:
        try:
            frame = receiving.only_frame(self._batches)
        except zmq.Again:
            return ()
        started_ns = time.perf_counter_ns()
        try:
            batch = _decoded(frame)
        except MalformedMessage as error:
            self._drop(error.what)
            return ()
        except OtherVersion as error:
            met = error.between("the replayer", "this worker")
            # In our version: whoever watches the sink learns that this worker has another.
            with contextlib.suppress(zmq.Again):
                self._results.send(codec.encode(Refused(NO_NONCE, met.what, met.fix)), zmq.DONTWAIT)
            raise met from None
        self._versions.met(batch.version, "the replayer")
        if self._processing is None:
            is_narrow = self._is_far and batch.count >= NARROW_FROM
            lines = mid_lines(batch, self._rule, is_narrow=is_narrow)
            results = [result_of(batch, lines, self._rule, worker=self.name, busy_ns=0)]
        else:
            results = self._processing.results(batch)
        computed_ns = time.perf_counter_ns()
        busy_ns = self._unreported_ns + computed_ns - started_ns
        results[0] = replace(results[0], busy_ns=busy_ns)
        frames = [codec.encode(result) for result in results]
        # A result cannot contain the time of its own encoding: the next one does.
        ended_ns = time.perf_counter_ns()
        self._unreported_ns = ended_ns - computed_ns
        self.busy_ns += ended_ns - started_ns
        self.quotes += batch.count
        self.batches += 1
        return frames

    def _drop(self, reason: str) -> None:
        self.dropped_messages += 1
        held_back = self._limit.held_back(time.monotonic_ns())
        if held_back is not None:
            log.warning("message dropped", reason=reason, held_back=held_back)

    def _hand_over(self) -> None:
        while self._held and send_frame(self._results, self._held[0]):
            self._held.popleft()


def _decoded(frame: zmq.Frame | None) -> Batch:
    if frame is None:
        raise MalformedMessage("message had several frames, expected one")
    batch = codec.decode(frame.buffer)
    if not isinstance(batch, Batch):
        raise MalformedMessage(f"message was a {type(batch).__name__}, expected a Batch")
    return batch
