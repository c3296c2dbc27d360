"""The process that forks the workers of a backfill: it has what they import, once for all.

It is begun before anything else is known, and imports while this process does, and looks at the
files. Who never wants a worker has lost nothing but that: it ends when this process does.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from typing import Final

IMPORTED: Final = ("zreplay.backfilling.forked", "zreplay.__main__")
IMPORTED_FOR_TABLES: Final = "zreplay.backfilling.parquet_output"
SAFE_PATH: Final = "PYTHONSAFEPATH"


def begin_forking(*, is_table: bool) -> None:
    """Start the process that forks, unless there is one; do not wait for it.

    `is_table` says that workers will write Parquet files.
    """
    imported = (*IMPORTED, IMPORTED_FOR_TABLES) if is_table else IMPORTED
    fork_context().set_forkserver_preload([*imported])
    with _without_the_folder():
        resource_tracker.ensure_running()  # before the signal is blocked: it lets it through again
        # Ctrl-C is for this process alone, from the first moment on.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def fork_context() -> ForkServerContext:
    """Return what makes processes that are forked by that one."""
    return multiprocessing.get_context("forkserver")


def begin_worker(safe_path: str | None) -> None:
    """Leave Ctrl-C to the parent; what this one starts finds PYTHONSAFEPATH as it was there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if safe_path is None:
        os.environ.pop(SAFE_PATH, None)


@contextmanager
def _without_the_folder() -> Iterator[None]:
    """Let no process import what lies in the folder that this one was started in."""
    before = os.environ.get(SAFE_PATH)
    os.environ[SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SAFE_PATH]
        else:
            os.environ[SAFE_PATH] = before
