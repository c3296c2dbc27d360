"""What comes from a replay, for a loop or an asynchronous one, with an end that somebody says."""

import asyncio
import time
import warnings
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, Self

from protocol import sockets
from protocol.endpoint_check import check_endpoint
from protocol.errors import KeyRefused, LinkError
from protocol.program.event_text import printable
from protocol.program.key_options import connecting_guard
from protocol.program_version import PROGRAM_VERSION
from protocol.refusals import context_of
from protocol.shown_address import shown_address
from zreplay.consumer.end_watch import EndWatch, Verdict
from zreplay.controls.control import ControlClient

ASK_TIMEOUT_MS: Final = 500
LONGEST_POLL_MS: Final = 100
"""So soon a stream that is closed from another thread notices it."""


class Stream[Item](ABC):
    """Iterates over what comes; `close` it, or use it in a `with`.

    Use it from one thread, or in one event loop.
    """

    def __init__(
        self,
        address: str,
        control: str,
        watch: EndWatch,
        has_ended: Callable[[], bool],
        key: str = "",
    ) -> None:
        """`has_ended` is called when nothing answers, and may raise what ended the replayer.

        Raises:
            SettingsError, LinkError: an address or the key will not do.
        """
        self.was_stopped = False
        """True behind the end if the replayer was stopped before its own."""
        self._address = address
        self._shown = shown_address(control)
        self._has_ended = has_ended
        self._context = context_of(connecting_guard(key))
        self._is_closed = False
        self._executor: ThreadPoolExecutor | None = None
        self._pending: Future[Item | None] | None = None
        self._ready: deque[Item] = deque()
        self._watch = watch
        self._other_version = ""
        try:
            check_endpoint(address)
            self._control = ControlClient(self._context, control, ASK_TIMEOUT_MS)
        except BaseException:
            self._context.destroy(linger=0)
            raise

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Item:
        """Return what comes next.

        Raises:
            StopIteration: the replay is at its end, or was stopped.
            KeyRefused: who listens does not let us in.
            LinkError: the replayer is gone in the middle.
            SettingsError: nothing is sent there to such a consumer.
            MalformedMessage, OtherVersion: what came is no message of this version.
        """
        item = self._next()
        if item is None:
            raise StopIteration
        return item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        """As `__next__`; what comes while this is cancelled is returned by the next one."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, "zreplay-subscription")
        if self._pending is None:
            self._pending = self._executor.submit(self._next)
        item = await asyncio.shield(asyncio.wrap_future(self._pending))
        self._pending = None
        if item is None:
            raise StopAsyncIteration
        return item

    def end(self) -> None:
        """End the iteration soon, from any thread."""
        self._is_closed = True

    def close(self) -> None:
        """Disconnect; what is on its way to this consumer is lost."""
        self._is_closed = True
        if self._executor is not None:
            self._executor.shutdown()
        self._context.destroy(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    @abstractmethod
    def _connected(self) -> sockets.Socket | None:
        """Return the socket to receive from, None if it cannot be connected yet."""

    @abstractmethod
    def _receive(self, socket: sockets.Socket) -> Iterable[Item]:
        """Receive a message that is there; return what it holds, maybe nothing."""

    @abstractmethod
    def _end(self, verdict: Verdict) -> Iterable[Item]:
        """Return what is to be told at the end, or raise why it is none."""

    @abstractmethod
    def _note(self, answer: dict[str, Any]) -> None:
        """Note what a replayer says of itself."""

    def _next(self) -> Item | None:
        while not self._ready and not self._is_closed:
            if (socket := self._connected()) is not None:
                self._ready.extend(self._come(socket))
        return self._ready.popleft() if self._ready else None

    def _come(self, socket: sockets.Socket) -> Iterable[Item]:
        """Wait for a message, and ask for the end in a silence."""
        watch = self._watch
        assert self._context.refusals is not None
        self._context.refusals.check()
        left_ns = max(0, watch.next_ns - time.monotonic_ns())
        if socket.poll(min(LONGEST_POLL_MS, left_ns // 1_000_000 + 1)):
            items = self._receive(socket)
            watch.received(time.monotonic_ns())
            return items
        now_ns = time.monotonic_ns()
        verdict = watch.waited(now_ns)
        if verdict is Verdict.GOES_ON and watch.is_to_ask(now_ns):
            verdict = self._look()
        if verdict is Verdict.GOES_ON:
            return ()
        self._is_closed = True
        self.was_stopped = watch.was_stopped
        if verdict is Verdict.IS_LOST:
            raise self._lost()
        return self._end(verdict)

    def _lost(self) -> LinkError:
        if not self._watch.has_answered:
            return LinkError(
                f"nothing comes any more, and nothing answers on {self._shown}, where the replayer "
                "is asked whether it was the end",
                fix="say where it is: control=ADDRESS, or out=DIR of a zreplay run",
                code="Z303",
            )
        return LinkError(
            f"the replayer on {self._shown} is gone: at its last answer it was at record "
            f"{self._watch.last_record:,}, and it was not at the end",
            fix="see why it ended, and begin again",
            code="Z303",
        )

    def _look(self) -> Verdict:
        answer = self._ask()
        if answer is None and self._has_ended():
            return Verdict.IS_OVER
        return self._answered(answer)

    def _answered(self, answer: dict[str, Any] | None) -> Verdict:
        if answer is not None:
            self._note(answer)
            self._compare(str(answer.get("version", PROGRAM_VERSION)))
        return self._watch.answered(answer, time.monotonic_ns())

    def _compare(self, version: str) -> None:
        """Warn once of a replayer of another version: its messages are understood all the same."""
        if version not in (PROGRAM_VERSION, self._other_version):
            self._other_version = version
            warnings.warn(
                f"the replayer on {self._shown} is zreplay {printable(version)}, this is "
                f"{PROGRAM_VERSION}: it works, but install one everywhere",
                stacklevel=2,
            )

    def _ask(self) -> dict[str, Any] | None:
        try:
            answer = self._control.ask("status")
        except KeyRefused:
            raise
        except LinkError:
            return None
        return answer if answer.get("ok", True) else None
