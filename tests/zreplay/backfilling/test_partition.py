"""One task: its part, once."""

from pathlib import Path
from typing import Any

import pytest

from protocol.errors import InputError
from tests.reference import reference_logs
from tests.zreplay.backfilling.recordings import HEADER, MS, rules
from zreplay.backfilling import partition
from zreplay.backfilling.file_reading import FileTask
from zreplay.backfilling.part_files import read_report
from zreplay.backfilling.partition import Task, run_task
from zreplay.backfilling.proof import Counts
from zreplay.backfilling.store import FolderStore

ROWS = "".join(f"1970-01-01 00:00:00.{ms:03d},{ms},A,1,2,1,1\n" for ms in range(10, 60))


def task_of(path: Path, **more: Any) -> Task:
    files = (FileTask(0, path, 0, (0,), frozenset({0}), None),)
    return Task(0, "k", None, None, files, rules())._replace(**more)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}{ROWS}bad\n")
    return path


def contents(out: Path) -> list[bytes]:
    report = read_report(FolderStore(out), 0, "k")
    assert report is not None
    return [(out / report.files[kind].name).read_bytes() for kind in ("mids", "errors")]


def test_the_part_is_the_lines_of_the_window(path: Path, out: Path) -> None:
    found = run_task(task_of(path), out)

    assert [*reference_logs([path])[:2]] == contents(out)
    assert Counts(quotes=50, skipped=39, blank=0, rejected=1) == found.counts


def test_a_window_is_half_open(path: Path, out: Path) -> None:
    found = run_task(task_of(path, start_ns=30 * MS, end_ns=40 * MS), out)

    assert 5 == found.counts.quotes  # those of 15 to 19 ms, which take as long again


def test_rows_that_are_at_home_elsewhere_are_counted_as_read_twice(path: Path, out: Path) -> None:
    task = task_of(path)
    (file,) = task.files
    elsewhere = task._replace(files=(file._replace(homes=frozenset()),))

    assert [0, 50] == [
        run_task(each, out / str(n)).rows_read_twice for n, each in enumerate((task, elsewhere))
    ]


def test_what_is_done_is_not_run_again(
    path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_task(task_of(path), out)
    monkeypatch.delattr(partition, "PartWriter")

    assert first == run_task(task_of(path), out)


def test_a_task_that_fails_leaves_nothing(path: Path, out: Path) -> None:
    with path.open("a") as file:
        file.write("1970-01-01 00:00:20,0,A,1,1,1,1\n1970-01-01 00:00:01,0,A,1,1,1,1\n")

    with pytest.raises(InputError) as found:
        run_task(task_of(path), out)

    assert ("Z403", None) == (found.value.code, read_report(FolderStore(out), 0, "k"))
    assert [] == list((out / "parts").iterdir())


def test_a_window_without_a_file_is_an_empty_part(out: Path) -> None:
    assert 0 == run_task(Task(0, "k", None, None, (), rules()), out).counts.quotes
    assert [b"", b""] == contents(out)
