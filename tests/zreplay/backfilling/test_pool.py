"""Tasks in processes, and on an executor of somebody else."""

from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import ZreplayError
from tests.zreplay.backfilling.recordings import HEADER, Here, rules
from zreplay.backfilling.file_reading import FileTask
from zreplay.backfilling.part_files import read_report
from zreplay.backfilling.partition import Task
from zreplay.backfilling.pool import Given, Pool, process_pool
from zreplay.backfilling.running import run_tasks
from zreplay.backfilling.store import FolderStore


@pytest.mark.slow
def test_processes_take_tasks_and_give_reports_and_errors(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(f"{HEADER}1970-01-01 00:00:00,5,A,1,1,1,1\n")
    bad.write_text("")
    failed: list[str] = []
    files = [FileTask(0, path, 0, (0,), frozenset({0}), None) for path in (good, bad)]
    pool = Pool(lambda: process_pool(2), 2, tmp_path)

    run_tasks(
        [Task(at, "k", None, None, (file,), rules()) for at, file in enumerate(files)],
        pool,
        on_done=lambda task, report: None,
        on_failed=lambda task, error: failed.append(f"{error.code} {error.fix}"),
    )
    pool.close()

    store = FolderStore(tmp_path)
    assert [True, False] == [read_report(store, window, "k") is not None for window in (0, 1)]
    assert ["Z402 give a CSV whose first line names the columns"] == failed


class Broken(Executor):
    """Takes nothing any more."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise BrokenProcessPool


class Dead(Here):
    """The process that starts the others was killed."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise self._error


@pytest.mark.parametrize("error", [EOFError(), ConnectionResetError()], ids=repr)
def test_a_pool_that_can_start_no_process_is_made_anew(tmp_path: Path, error: Exception) -> None:
    executors = iter([Dead(error), Here()])
    done: list[int] = []

    run_tasks(
        [Task(0, "k", None, None, (), rules())],
        Pool(lambda: next(executors), 1, tmp_path),
        on_done=lambda task, report: done.append(task.window),
        on_failed=lambda task, error: pytest.fail(str(error)),
    )

    assert [0] == done


def test_an_executor_of_somebody_else_is_used_and_left_open(tmp_path: Path) -> None:
    here = Here()
    engine = Given(here, 1, tmp_path)
    done: list[int] = []

    run_tasks(
        [Task(0, "k", None, None, (), rules())],
        engine,
        on_done=lambda task, report: done.append(task.window),
        on_failed=lambda task, error: None,
    )
    engine.close()

    assert [0] == done
    assert 3 == here.submit(int, "3").result()


def test_one_of_somebody_else_that_breaks_ends_it(tmp_path: Path) -> None:
    with pytest.raises(ZreplayError) as found:
        run_tasks(
            [Task(0, "k", None, None, (), rules())],
            Given(Broken(), 1, tmp_path),
            on_done=lambda task, report: None,
            on_failed=lambda task, error: None,
        )

    assert "Z701" == found.value.code
