"""Work that may take seconds, beside the running loop: one thread, one piece of work at a time.

An errand is a generator: what it yields runs on the thread, the rest in the loop. So it
reads like the code that would block, and needs no lock: only the loop touches what the loop owns.
"""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, Final

from protocol.errors import SettingsError

MAX_WAITING: Final = 16

type Errand[T] = Generator[Callable[[], Any], Any, T]


class Errands:
    """Runs errands in order; `advance` never waits."""

    def __init__(self, wake: Callable[[], None], thread: Executor | None = None) -> None:
        self._wake = wake
        self._thread = thread or ThreadPoolExecutor(1, "errands")
        self._waiting: deque[tuple[Errand[Any], Future[Any]]] = deque()
        self._work: Future[Any] | None = None

    def add[T](self, errand: Errand[T], *, is_own: bool = False) -> "Future[T]":
        """Queue an errand; return a future of its result, which `advance` sets.

        Raises:
            SettingsError: too many are waiting; our own errands are exempt from the limit.
        """
        if len(self._waiting) >= MAX_WAITING and not is_own:
            raise SettingsError(
                f"{MAX_WAITING} commands are already waiting", fix="try again", code="Z212"
            )
        outcome: Future[T] = Future()
        self._waiting.append((errand, outcome))
        self.advance()
        return outcome

    def advance(self) -> None:
        """Advance every errand that can."""
        while self._waiting and (self._work is None or self._work.done()):
            errand, outcome = self._waiting[0]
            work, self._work = self._work, None
            try:
                next_work = _resumed(errand, work)
            except StopIteration as end:
                self._waiting.popleft()
                outcome.set_result(end.value)
            except BaseException as error:
                self._waiting.popleft()
                outcome.set_exception(error)
            else:
                self._work = self._thread.submit(next_work)
                self._work.add_done_callback(lambda _: self._wake())

    def close(self) -> None:
        """Wait for the work on the thread; errands that have not begun are dropped."""
        self._thread.shutdown(cancel_futures=True)
        for errand, _ in self._waiting:
            errand.close()


def _resumed(errand: Errand[Any], work: "Future[Any] | None") -> Callable[[], Any]:
    error = work.exception() if work is not None else None
    if error is not None:
        return errand.throw(error)
    return errand.send(work.result() if work is not None else None)
