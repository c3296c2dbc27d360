"""The table of many files has a row for each case, and what is refused does not end it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.bench_parts import files as module
from scripts.bench_parts.file_cases import cases
from scripts.bench_parts.pipeline import Plan
from scripts.bench_parts.rounds import Spread
from scripts.bench_parts.usage import CommandFailed, Look, Memory, Usage
from tests.scripts.test_bench import bench


def usage(seconds: float, open_files: int) -> Usage:
    memory = Memory({("serve", 1): [Look(0.0, 2**20, 2**21, open_files)]})
    return Usage("a command", "", seconds, 2 * seconds, 0.0, memory)


@pytest.fixture
def told_notes() -> list[str]:
    """Give the notes of the last table but the one that all have."""
    return []


@pytest.fixture
def table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told_notes: list[str]
) -> Callable[..., dict[str, Any]]:
    """Give a way to say how long each run takes, None is refused; it returns rows by name."""

    def told(ours: Callable[[Path], float | None], **plan: Any) -> dict[str, Any]:
        def run_file(
            _: Plan, file: Path, *options: str, out: Path, is_watched: bool = False
        ) -> Any:
            seconds = ours(file)
            if seconds is None:
                raise CommandFailed(["run"], 2, "a warning\nerror Z405: too | many files\nfix: x")
            speeds = {"achieved_speed": 19.0, "lateness_ns": {"p50": 3_000_000}}
            return usage(seconds, 40 if is_watched else 99), speeds

        monkeypatch.setattr(module, "run_file", run_file)
        monkeypatch.setattr(module, "run_peer", lambda *words: usage(6.0 * (len(words) - 2), 3))
        monkeypatch.setattr(module, "install", lambda _: None)
        monkeypatch.setattr(module, "is_installed", lambda _: True)
        section = module.files(Plan(1_000, 1, tmp_path, **plan))
        told_notes[:] = section.notes[1:]
        return {str(row[""]): row for row in section.rows}

    return told


def test_every_case_has_a_row_beside_duckdb_and_the_one_file(table: Any) -> None:
    rows = table(lambda file: 3.0 if "by-ticker-10-" in str(file) else 2.0, against=("duckdb",))

    assert [case.name for case in cases(1_000)] == list(rows)
    ten = rows["10 by ticker"]
    assert Spread(2.0, 2.0, 2.0) == ten["its time / ours"] == ten["its CPU / ours"]
    assert ("1 CSV", 2 / 3) == (ten["beside"], ten["rate / its rate"].median)
    assert (2.0, 40) == (ten["peak MiB, replayer"], ten["open files"])
    assert (19.0, 3.0) == tuple(
        rows["300 at --speed 20"][name].median for name in ("speed", "late p50 ms")
    )
    assert "" == rows["300 at --speed 20"]["DuckDB, s"] == ten["speed"]


def test_of_many_files_duckdb_is_also_told_nothing(table: Any, told_notes: list[str]) -> None:
    table(lambda _: 2.0, against=("duckdb",))

    told = "900 by ticker: DuckDB that is told no columns takes 12 s, 6 times ours."
    assert [told] == told_notes


def test_what_is_refused_says_so_in_its_row(table: Any) -> None:
    rows = table(lambda file: None if "few" in str(file) else 2.0)
    refused = rows["1,000 rows in all"]

    assert ("refused: error Z405: too / many files", "") == (refused["lines"], refused["seconds"])
    assert "" != rows["1 CSV"]["seconds"]
    assert all("" == row["DuckDB, s"] for row in rows.values()), "it was not asked for"


def test_where_the_one_file_is_refused_nothing_is_compared_with_it(table: Any) -> None:
    rows = table(lambda file: None if "one-" in str(file) else 2.0)

    assert "" == rows["10 by ticker"]["beside"]


@pytest.mark.long
def test_the_table_is_made_of_real_runs(checkout: Path, tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    words = ("--against", "", "--cache", tmp_path / "cache", "--out", report)
    done = bench(checkout, "--files", "--rows", "400", "--rounds", "1", *words)
    rows = json.loads(report.read_text())["files"]["rows"]

    assert 0 == done.returncode, done.stderr
    assert [case.name for case in cases(400)] == [row[""] for row in rows]
    assert all(row["seconds"] or row["lines"].startswith("refused: ") for row in rows)
    assert all(0 < row["open files"] for row in rows if row["seconds"])


def test_a_count_of_rows_may_have_a_unit(checkout: Path) -> None:
    refused = bench(checkout, "--files", "--rows", "5x")

    assert 2 == refused.returncode
    assert "--rows" in refused.stderr


def test_only_the_cases_that_are_asked_for_run(table: Any) -> None:
    assert ["1 CSV", "365 days"] == [*table(lambda _: 2.0, only="365 days")][:2]
    assert ["1 CSV", "Parquet"] == [*table(lambda _: 2.0, only="Parquet")]
