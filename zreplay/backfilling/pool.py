"""Runs the tasks of a backfill on the cores of this machine, or on an executor that is given."""

import multiprocessing
import os
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait as wait_for
from pathlib import Path

from protocol.errors import ZreplayError
from protocol.program.memory import keep_freed_memory
from zreplay.backfilling.forking import SAFE_PATH, begin_forking, begin_worker, fork_context
from zreplay.backfilling.partition import Task, run_task
from zreplay.backfilling.proof import Report

NewExecutor = Callable[[], Executor]


def process_pool(workers: int, *, is_table: bool = False) -> Executor:
    """Return a pool of processes, which end with this one, however it ends."""
    begin_forking(is_table=is_table)
    return ProcessPoolExecutor(
        workers,
        mp_context=fork_context(),
        initializer=_begin_worker,
        initargs=(os.environ.get(SAFE_PATH),),
    )


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # which macOS has not
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool:
    """An engine of executors of one kind: one that breaks is made anew."""

    slow: float | None = None

    def __init__(
        self, new_executor: NewExecutor, workers: int, out: Path, scratch: Path | None = None
    ) -> None:
        self._new_executor = new_executor
        self._executor = new_executor()
        self._place = out, scratch
        self.slots = workers
        self.hosts: Mapping[str, int] = {socket.gethostname(): workers}

    def submit(self, task: Task) -> Future[Report]:
        try:
            return self._executor.submit(run_task, task, *self._place)
        except (EOFError, OSError) as error:  # the process that starts the others was killed
            raise BrokenExecutor(f"no process was started: {error}") from error

    def poll(self, now_ns: int) -> None:
        """There is nobody to look after."""

    def renew(self) -> None:
        self.close()
        self._executor = self._new_executor()

    def has_killed(self, error: BaseException) -> bool:
        return False

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)


class Given:
    """An engine of one executor, which belongs to somebody else: it is not shut down."""

    slow: float | None = None

    def __init__(
        self, executor: Executor, workers: int, out: Path, scratch: Path | None = None
    ) -> None:
        self._executor = executor
        self._place = out, scratch
        self.slots = workers
        self.hosts: Mapping[str, int] = {}

    def submit(self, task: Task) -> Future[Report]:
        return self._executor.submit(run_task, task, *self._place)

    def poll(self, now_ns: int) -> None:
        """Its owner looks after it."""

    def renew(self) -> None:
        raise ZreplayError(
            "the executor broke",
            fix="the same call with another executor goes on",
            code="Z701",
        )

    def has_killed(self, error: BaseException) -> bool:
        """KilledWorker of distributed is told by its name: it may not be installed."""
        return type(error).__name__ == "KilledWorker" or isinstance(error, BrokenExecutor)

    def close(self) -> None:
        """Its owner does."""


def _begin_worker(safe_path: str | None) -> None:
    """End with the parent, and not before it."""
    begin_worker(safe_path)
    keep_freed_memory()
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        wait_for([parent.sentinel])
        os._exit(1)

    threading.Thread(target=follow, name="parent", daemon=True).start()
