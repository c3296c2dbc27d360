"""The command: from a recording to a report and its tables."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def bench(checkout: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, checkout / "scripts" / "bench", *map(str, words)],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.mark.slow
def test_bench_runs_both_in_turn_and_keeps_what_it_found(checkout: Path, tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    words = ("--against", "plain_python", "--cache", tmp_path / "cache", "--out", report)
    done = bench(checkout, "--rows", 2_000, "--rounds", 1, *words)
    section = json.loads(report.read_text())["end_to_end"]

    assert 0 == done.returncode, done.stderr
    assert ["zreplay", "plain_python"] == [row[""] for row in section["rows"]]
    assert "same bytes" == section["rows"][1]["lines"]
    assert "-m zreplay run" in section["commands"]["zreplay"]
    assert section["command"].startswith("scripts/bench --rows 2000 --rounds 1")
    assert {"processor", "cores", "commit"} <= set(section["machine"])
    assert "2,000 rows, end to end" in bench(checkout, "--markdown", "--out", report).stdout


def test_an_alternative_that_is_none_is_refused(checkout: Path) -> None:
    done = bench(checkout, "--against", "duckdb,sqlite")

    assert 2 == done.returncode
    assert "sqlite is not one of duckdb, polars, plain_python" in done.stderr
