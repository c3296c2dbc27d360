"""The plan of files, and the keys of tasks."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from protocol.errors import InputError
from tests.object_server import BUCKET, stored_objects
from tests.reference import time_text
from tests.zreplay.backfilling.recordings import HEADER, rules
from zreplay.backfilling.file_ends import ends_of
from zreplay.backfilling.plan import Starts, first_starts
from zreplay.backfilling.preparation import (
    Prepared,
    check_unchanged,
    options_of,
    plan_counts,
    prepare,
    tasks_of,
)
from zreplay.backfilling.settings import BackfillSettings
from zreplay.recordings.object_path import checked_key

DAY_NS = 86_400 * 10**9


def day(folder: Path, number: int) -> Path:
    path = folder / f"{number}.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}{time_text(number * DAY_NS)},5,A,1,1,1,1\n".encode()))
    return path


def prepared(paths: list[Path], **more: Any) -> Prepared:
    return prepare(BackfillSettings(tuple(paths), rules(**more), paths[0].parent / "out", 1))


def starts_of(found: Prepared) -> Starts:
    return first_starts(found.plan, found.settings.rules.reorder_ns)


def keys(found: Prepared) -> list[str]:
    return [task.key for task in tasks_of(found, starts_of(found))]


@pytest.fixture
def days(tmp_path: Path) -> list[Path]:
    return [day(tmp_path, number) for number in range(1, 5)]


def test_each_day_is_a_window_and_its_task_reads_the_head_of_the_next(days: list[Path]) -> None:
    found = prepared(days)

    files = [[file.number for file in task.files] for task in tasks_of(found, starts_of(found))]
    assert [[0, 1], [1, 2], [2, 3], [3]] == files


def test_one_more_day_leaves_all_windows_but_the_last_as_they_are(days: list[Path]) -> None:
    before, now = keys(prepared(days[:3])), keys(prepared(days))

    assert (before[:2], True) == (now[:2], before[2] not in now)


def test_a_file_that_changes_changes_the_windows_that_read_it(days: list[Path]) -> None:
    before = keys(prepared(days))
    days[1].write_bytes(days[1].read_bytes() + gzip.compress(b"bad\n"))

    now = keys(prepared(days))

    assert [False, False, True, True] == [a == b for a, b in zip(before, now, strict=True)]


def test_other_options_are_another_backfill(days: list[Path]) -> None:
    asked: list[dict[str, Any]] = [{}, {"late": "reject"}, {"stamp": "arrival"}, {"reorder_ns": 1}]
    asked += [{"threshold_ms": 5.0}, {"max_jump_ns": 0}]

    found = [prepared(days, **each) for each in asked]

    assert len(asked) == len({options_of(each.settings) for each in found})
    assert len(asked) == len({keys(each)[0] for each in found})


def test_a_day_without_data_is_left_out_and_counted(days: list[Path]) -> None:
    days[1].write_bytes(gzip.compress(b""))

    found = prepared(days)

    assert (3, 1, days[:1] + days[2:]) == (
        found.plan.windows,
        found.days_without_data,
        list(found.paths),
    )


def test_nothing_but_days_without_data_is_an_error(days: list[Path]) -> None:
    days[0].write_bytes(gzip.compress(b""))

    with pytest.raises(InputError, match="none of the files has data"):
        prepared(days[:1])


def test_the_plan_says_what_is_read(days: list[Path]) -> None:
    counts = plan_counts(prepared(days))

    assert (4, 4, 2) == (counts["files"], counts["windows"], counts["most_files_of_a_window"])


def test_a_file_that_was_changed_since_the_plan_is_refused(days: list[Path]) -> None:
    found = prepared(days)
    check_unchanged(found)
    day(days[2].parent, 9).rename(days[2])

    with pytest.raises(InputError, match=r"3\.csv\.gz: it was changed"):
        check_unchanged(found)


def test_a_file_is_told_where_its_task_runs_if_that_is_elsewhere_and_an_object_is_the_same_there(
    days: list[Path], tmp_path: Path
) -> None:
    with stored_objects() as server:
        server.objects["q/9.csv.gz"] = day(tmp_path, 9).read_bytes()
        paths: tuple[Path, ...] = (days[0], checked_key(f"s3://{BUCKET}/q/9.csv.gz"))
        settings = BackfillSettings(paths, rules(), tmp_path / "out", 1)
        here, there = (
            prepare(replace(settings, is_elsewhere=is_elsewhere)) for is_elsewhere in (False, True)
        )

        tasks = [tasks_of(each, starts_of(each)) for each in (here, there)]

    told = [{file.number: file.ends for task in each for file in task.files} for each in tasks]
    assert [{0: None, 1: None}, {0: ends_of(days[0]), 1: None}] == told
    assert [task.key for task in tasks[0]] == [task.key for task in tasks[1]]
