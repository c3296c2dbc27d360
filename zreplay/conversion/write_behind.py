"""Blocks are written by a thread of their own, while the next are read."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from typing import Final, Self

from protocol.program.failpoint import reach
from zreplay.conversion.targets import Target
from zreplay.quotes.block import Block

MOST_WAITING: Final = 3
"""So many blocks wait to be written at most; who has one more waits."""


class WriteBehind:
    """Hands blocks to a target in their order; `reported` says which errors are told, and how.

    `new_target` is called when the first block comes, or at the end.
    """

    def __init__(
        self,
        new_target: Callable[[], Target],
        reported: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._new_target = new_target
        self._reported = reported
        self._target: Target | None = None
        self._waiting: deque[Future[None]] = deque()
        self._thread = ThreadPoolExecutor(1, "writer")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of what was not finished."""
        self._thread.shutdown(cancel_futures=True)
        if self._target is not None:
            with suppress(Exception):  # what is left of it is removed
                self._target.close()

    def write(self, block: Block) -> None:
        """Take one row or more; they may be written later.

        Raises:
            ZreplayError: these, or some before them, cannot be written.
        """
        target = self._begun()
        self._waiting.append(self._thread.submit(_write, target, block))
        while len(self._waiting) > MOST_WAITING:
            self._wait()

    def finish(self) -> int:
        """Write all to the end; return how many files there are."""
        target = self._begun()
        while self._waiting:
            self._wait()
        self._target = None
        with self._reported():
            target.close()
        return target.files

    def _begun(self) -> Target:
        if self._target is None:
            with self._reported():
                self._target = self._new_target()
        return self._target

    def _wait(self) -> None:
        with self._reported():
            self._waiting.popleft().result()


def _write(target: Target, block: Block) -> None:
    reach("convert.write")
    target.write(block)
