"""The operator's side of a running replayer: requests to it, and what it reports by itself.

The loop uses three members: `sockets` to wait on, `answer_waiting`, and `look`.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final

from protocol.program.diagnostics import Log
from protocol.program.service_manager import NOBODY, ServiceManager
from zreplay.controls.progress_readout import take_tick
from zreplay.controls.rates import Rates
from zreplay.controls.readout import state_now, status_at, status_of
from zreplay.controls.repeated_requests import RepeatedRequests
from zreplay.controls.responder import Answer, Request, Responder
from zreplay.controls.verbs import answer
from zreplay.controls.wait_reporter import WaitReporter

if TYPE_CHECKING:
    from protocol.sockets import Socket
    from zreplay.replayer.replayer import Replayer

ANSWER_SECONDS: Final = 2.0
MOST_WAITING: Final = 64
"""Of other threads that ask; who came first is not answered where there are more."""
LOOK_NS: Final = 20_000_000
"""To look takes longer than a small batch does."""

FAREWELL_NS: Final = 5_000_000_000
"""So long a replayer that has ended still answers: who listens learns that it has ended."""
FAREWELL_LOOK_MS: Final = 50

log = Log("zreplay")


class Operator:
    """Answers on the control socket, measures the rates, reports long waits."""

    def __init__(self, replayer: Replayer, service: ServiceManager = NOBODY) -> None:
        self._service = service
        self.rates = Rates(time.monotonic_ns())
        self._replayer = replayer
        self._waits = WaitReporter()
        self._responder = Responder(replayer.link.control, replayer.link.control_guard)
        self._repeated = RepeatedRequests()
        self._epoch = replayer.session.epoch
        self._asked: deque[Future[dict[str, Any]]] = deque(maxlen=MOST_WAITING)
        self._next_look_ns = 0

    @property
    def sockets(self) -> tuple[Socket, ...]:
        return (self._replayer.link.control,)

    def answer_waiting(self) -> set[bytes]:
        """Answer the requests, one that takes long when it is done; return who asked."""
        clients = self._responder.answer_waiting(self._answer)
        while self._asked:
            asked = self._asked.popleft()
            if asked.set_running_or_notify_cancel():
                asked.set_result(self.status(time.monotonic_ns()))
        return clients

    def say_farewell(self) -> None:
        """Answer on, until as many have asked as are connected now, or none is any more."""
        link, end_ns = self._replayer.link, time.monotonic_ns() + FAREWELL_NS
        clients, asked = link.clients.update(), set[bytes]()
        while len(asked) < clients and link.clients.update() and time.monotonic_ns() < end_ns:
            if link.control.poll(FAREWELL_LOOK_MS):
                asked |= self.answer_waiting()

    def _answer(self, request: Request) -> Answer | Future[Answer]:
        said = self._repeated.answer_of(request)
        if said is None:
            said = answer(self._replayer, self.rates, request, time.monotonic_ns)
            self._repeated.keep(request, said)
        return said

    def look(self, now_ns: int) -> int:
        """Measure, and report a wait that lasts; return when to look again at the latest."""
        self._service.turn(now_ns, is_ending=self._replayer.waiter.is_stop_requested)
        if now_ns < self._next_look_ns:
            return self._waits.look_at_ns
        self._next_look_ns = now_ns + LOOK_NS
        session, playback = status_at(self._replayer, now_ns), self._replayer.playback
        if session.epoch != self._epoch:  # the counters jump on resume; a jump is not a rate
            self._epoch = session.epoch
            self.rates.begin()
        moved = (session.window.next, session.window.committed)
        self.rates.sample(*moved, playback.counters.advanced_ns, now_ns)
        take_tick(self._replayer, self.rates, now_ns)
        state, waits_for = state_now(self._replayer, session, now_ns)
        for event, thing in self._waits.look(state, waits_for, moved, now_ns):
            log.info(event, **{"for": thing})
        return self._waits.look_at_ns

    def status(self, now_ns: int) -> dict[str, Any]:
        return status_of(self._replayer, self.rates, now_ns)

    def ask_status(self) -> dict[str, Any]:
        """Return the status from any other thread: the loop makes it, for it owns what is read.

        Raises:
            TimeoutError: the loop did not come round to it in ANSWER_SECONDS.
        """
        asked: Future[dict[str, Any]] = Future()
        self._asked.append(asked)
        self._replayer.waiter.wake()
        try:
            return asked.result(ANSWER_SECONDS)
        finally:
            asked.cancel()
