"""Tasks on an executor, whatever becomes of it."""

from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import InputError, NoRoom, ZreplayError
from tests.zreplay.backfilling.recordings import rules
from zreplay.backfilling import campaign
from zreplay.backfilling.partition import Task
from zreplay.backfilling.pool import Pool
from zreplay.backfilling.proof import Counts, Report
from zreplay.backfilling.running import run_tasks
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.object_store import failed


class Scripted(Executor):
    """Answers the windows of tasks as it is told: with an error, or that the pool is broken."""

    def __init__(self, answers: dict[int, list[Exception]]) -> None:
        self.answers = answers
        self.is_broken = False

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        task: Task = args[0]
        future: Future[Any] = Future()
        errors = self.answers.get(task.window, [])
        error = BrokenProcessPool() if self.is_broken else errors.pop(0) if errors else None
        self.is_broken |= isinstance(error, BrokenProcessPool)
        if error is None:
            future.set_result(Report("k", [], [], Counts(0, 0, 0, 0)))
        else:
            future.set_exception(error)
        return future


def run(answers: dict[int, list[Exception]], count: int = 4) -> tuple[list[int], dict[int, str]]:
    """Return the windows that were done, and the code of each that failed."""
    done: list[int] = []
    failed: dict[int, str] = {}

    def on_failed(task: Task, error: ZreplayError) -> None:
        failed[task.window] = error.code

    run_tasks(
        [Task(window, "k", None, None, (), rules()) for window in range(count)],
        Pool(lambda: Scripted(answers), 2, Path()),
        on_done=lambda task, report: done.append(task.window),
        on_failed=on_failed,
    )
    return sorted(done), failed


def test_each_task_is_done() -> None:
    assert ([0, 1, 2, 3], {}) == run({})


def test_what_a_task_raises_fails_it_alone_and_at_once() -> None:
    answers: dict[int, list[Exception]] = {
        1: [InputError("damaged", code="Z408")],
        2: [ValueError("of the code")],
    }

    assert ([0, 3], {1: "Z408", 2: "Z700"}) == run(answers)


def test_a_pool_that_breaks_is_made_anew() -> None:
    assert ([0, 1, 2, 3], {}) == run({1: [BrokenProcessPool()]})


def test_a_task_that_breaks_each_pool_fails_and_the_others_are_done() -> None:
    answers: dict[int, list[Exception]] = {1: [BrokenProcessPool() for _ in range(9)]}

    assert ([0, 2, 3], {1: "Z701"}) == run(answers)


def test_a_task_that_is_lost_is_run_again() -> None:
    assert ([0, 1, 2, 3], {}) == run({1: [CancelledError(), CancelledError()]})


def test_a_full_disk_is_waited_for_and_fails_the_task_at_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(campaign, "FIRST_WAIT_NS", 1)
    answers: dict[int, list[Exception]] = {
        1: [NoRoom("full")] * 2,
        2: [OSError("gone")] * 3,
        3: [NoRoom("full")] * 3,
    }

    assert ([0, 1], {2: "Z700", 3: "Z607"}) == run(answers)


def test_a_store_that_does_not_answer_is_asked_again_and_one_that_denies_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(campaign, "FIRST_WAIT_NS", 1)
    path = ObjectPath("s3://bucket/a.csv")
    busy, denied = (failed(path, "x", OSError(f"HTTP status {n}")) for n in (503, 403))

    assert ([0, 1, 3], {2: "Z401"}) == run({1: [busy, busy], 2: [denied]})


def test_it_stops_when_it_is_asked_to() -> None:
    done: list[int] = []

    run_tasks(
        [Task(window, "k", None, None, (), rules()) for window in range(9)],
        Pool(lambda: Scripted({}), 1, Path()),
        on_done=lambda task, report: done.append(task.window),
        on_failed=lambda task, error: None,
        is_stopping=lambda: bool(done),
    )

    assert [0, 1] == sorted(done)
