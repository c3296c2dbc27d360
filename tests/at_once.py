"""Threads without a thread: the work is done while it is handed over."""

from concurrent.futures import Executor, Future
from typing import Any


class AtOnce(Executor):
    """Does the work of a thread, or of a pool, in the one that asks."""

    def submit(self, work: Any, /, *arguments: Any, **options: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            done.set_result(work(*arguments, **options))
        except Exception as error:
            done.set_exception(error)
        return done
