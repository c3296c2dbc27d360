"""Runs the tasks of a backfill on an engine: whatever has `concurrent.futures.Executor` behind it.

It does not schedule: it submits a few tasks for each slot as slots become free, takes what they
return, and asks campaign.py what to do about what they raise.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from typing import Final, Protocol

from protocol.errors import ZreplayError
from zreplay.backfilling.campaign import Campaign
from zreplay.backfilling.partition import Task
from zreplay.backfilling.proof import Report

POLL_SECONDS: Final = 0.2
"""How soon a request to stop is seen."""

OnDone = Callable[[Task, Report], None]
OnFailed = Callable[[Task, ZreplayError], None]
Oldest = tuple[Task, int]


class Engine(Protocol):
    """Runs tasks side by side. What it raises ends the backfill, which can be gone on with."""

    @property
    def slots(self) -> int:
        """How many tasks can be run at once now."""

    @property
    def hosts(self) -> Mapping[str, int]:
        """How many of the slots are on which host."""

    @property
    def slow(self) -> float | None:
        """After so many times the median a task is run a second time, None is never."""

    def submit(self, task: Task) -> Future[Report]:
        """Run a task some time."""

    def poll(self, now_ns: int) -> None:
        """Look after workers; a task that will never be run is cancelled."""

    def renew(self) -> None:
        """Go on after an executor that broke.

        Raises:
            ZreplayError: it cannot.
        """

    def has_killed(self, error: BaseException) -> bool:
        """Tell whether an error says that a task killed its workers one after the other."""

    def close(self) -> None:
        """Run nothing more."""


def run_tasks(
    tasks: Sequence[Task],
    engine: Engine,
    *,
    on_done: OnDone,
    on_failed: OnFailed,
    on_poll: Callable[[Oldest | None], None] = lambda oldest: None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Run tasks until each is done or has failed, or those in flight if it is to stop."""
    campaign = Campaign(range(len(tasks)), engine.slow)
    pending: dict[Future[Report], int] = {}
    while not campaign.is_over:
        now_ns = time.monotonic_ns()
        if is_stopping():
            campaign.stop()
        engine.poll(now_ns)
        is_broken = False
        while not is_broken and (number := campaign.next(now_ns, engine.slots)) is not None:
            try:
                pending[engine.submit(tasks[number])] = number
            except BrokenExecutor:
                is_broken = True
        if pending:
            done, _ = wait(pending, POLL_SECONDS, FIRST_COMPLETED)
            done |= {future for future in pending if future.cancelled()}
        else:
            done = set()
            time.sleep(POLL_SECONDS)
        now_ns = time.monotonic_ns()
        for future in done:
            number = pending.pop(future)
            task = tasks[number]
            try:
                report = future.result()
            except BrokenExecutor:
                is_broken = True
            except CancelledError:
                campaign.lost(number)
            except Exception as error:
                if _may_pass(error):
                    has_failed = not campaign.retry(number, now_ns)
                else:
                    has_failed = campaign.ended(number, now_ns)
                if has_failed:
                    on_failed(task, _told(error, engine))
            else:
                if campaign.ended(number, now_ns):
                    on_done(task, report)
        if is_broken:
            # What had ended in time has its marker, and is not run again.
            pending.clear()
            campaign.died()
            engine.renew()
        oldest = campaign.oldest(now_ns)
        on_poll(None if oldest is None else (tasks[oldest[0]], oldest[1]))
    for number in campaign.failed:
        on_failed(tasks[number], _killed())


def _may_pass(error: Exception) -> bool:
    return error.may_pass if isinstance(error, ZreplayError) else isinstance(error, OSError)


def _told(error: Exception, engine: Engine) -> ZreplayError:
    if isinstance(error, ZreplayError):
        return error
    if engine.has_killed(error):
        return _killed()
    return ZreplayError(f"{type(error).__name__}: {error}")


def _killed() -> ZreplayError:
    return ZreplayError("the process that ran it died each time", code="Z701")
