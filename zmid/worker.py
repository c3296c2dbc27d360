"""The worker's loop: a batch in, its lines out. Stateless; as many as you like, any time.

One thread, one poller. A result that the sink does not take yet is held, and no further
batch is pulled: that is how a slow sink reaches the replayer.
"""

import os
import socket
import time
from typing import Any, Final

import zmq

from protocol import codec, sockets
from protocol.diagnostics import Log, RateLimit
from protocol.errors import EXIT_DONE, MalformedMessage
from protocol.messages import Batch, Result
from protocol.stop import StopSignal
from zmid.mid import MidRule, mid_lines
from zmid.settings import WorkerSettings

IDLE_WAIT_MS: Final = 1000
FAREWELL_NS: Final = 1_000_000_000

log = Log("worker")


def run_worker(settings: WorkerSettings, stop: StopSignal) -> int:
    """Compute until a stop is asked for; return the exit code."""
    context: sockets.Context = zmq.Context()
    try:
        _Worker(context, settings, stop).run()
    finally:
        context.term()
    return EXIT_DONE


class _Worker:
    def __init__(
        self, context: sockets.Context, settings: WorkerSettings, stop: StopSignal
    ) -> None:
        self._batches = sockets.batch_pull(context, settings.source, settings.hwm)
        self._results = sockets.result_push(context, settings.sink)
        self._name = settings.name or f"{socket.gethostname()}:{os.getpid()}"
        self._rule = MidRule(settings.latency_threshold_ms, settings.stamp)
        self._stop = stop
        self._parent_fd = settings.parent_fd
        self._limit = RateLimit()
        self._held: bytes | None = None
        self._is_over = False
        self._poller = zmq.Poller()
        for source in (stop.fd, settings.parent_fd):
            if source is not None:
                self._poller.register(source, zmq.POLLIN)
        self._poller.register(self._batches, zmq.POLLIN)

    def run(self) -> None:
        log.info("worker ready", worker=self._name, threshold_ms=self._rule.threshold_ms)
        while not self._is_over:
            if self._held is None:
                self._held = self._next_result()
            if self._held is None or not self._is_sent(self._held):
                self._wait()
            else:
                self._held = None
        self._farewell()
        self._batches.close()
        self._results.close()
        log.info("worker ended", worker=self._name)

    def _next_result(self) -> bytes | None:
        try:
            frames = self._batches.recv_multipart(zmq.DONTWAIT, copy=False)
        except zmq.Again:
            return None
        started_ns = time.perf_counter_ns()
        try:
            if len(frames) != 1:
                raise MalformedMessage(f"message had {len(frames)} frames, expected 1")
            batch = codec.decode(frames[0].buffer)
            if not isinstance(batch, Batch):
                raise MalformedMessage(f"{type(batch).__name__} is nothing for a worker")
        except MalformedMessage as error:
            held_back = self._limit.held_back(time.monotonic_ns())
            if held_back is not None:
                log.warning("message dropped", reason=error.what, held_back=held_back)
            return None
        lines = mid_lines(batch, self._rule)
        return codec.encode(
            Result(
                run=batch.run,
                epoch=batch.epoch,
                first=batch.first,
                count=batch.count,
                cursor=batch.cursor,
                threshold_ms=self._rule.threshold_ms,
                stamp=self._rule.stamp,
                mids=lines.mids,
                errors=lines.errors,
                skipped=lines.skipped,
                worker=self._name,
                busy_ns=time.perf_counter_ns() - started_ns,
            )
        )

    def _is_sent(self, frame: bytes) -> bool:
        try:
            self._results.send(frame, zmq.DONTWAIT)
        except zmq.Again:
            return False
        return True

    def _wait(self) -> None:
        if self._held is not None:
            self._poller.unregister(self._batches)
            self._poller.register(self._results, zmq.POLLOUT)
        for source, _ in self._poller.poll(IDLE_WAIT_MS):
            self._on_event(source)
        if self._held is not None:
            self._poller.unregister(self._results)
            self._poller.register(self._batches, zmq.POLLIN)

    def _on_event(self, source: Any) -> None:
        is_orphaned = source == self._parent_fd and not os.read(source, 1)
        self._is_over = self._is_over or is_orphaned or source == self._stop.fd

    def _farewell(self) -> None:
        """Hand over the result in hand if the sink takes it soon; else it is computed again."""
        if self._held is not None and self._results.poll(FAREWELL_NS // 1_000_000, zmq.POLLOUT):
            self._is_sent(self._held)
