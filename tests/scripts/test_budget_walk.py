"""The timed path is that of the programs: it writes the same bytes."""

from pathlib import Path

from scripts.bench_parts.budget_walk import floor, walk
from scripts.bench_parts.recording import recording
from tests.reference import reference_logs

ROWS = 3_000


def test_the_walk_writes_the_logs_of_a_run_and_times_each_stage(tmp_path: Path) -> None:
    file = recording(ROWS, tmp_path / "cache")
    stages = walk(file, tmp_path)
    mids, errors, _ = reference_logs([file])

    assert mids == (tmp_path / "mid_prices.log").read_bytes()
    assert errors == (tmp_path / "errors.log").read_bytes()
    assert ["parse", "order", "gather, encode", "decode", "mid, text"] == list(stages)[:5]
    assert all(0 < microseconds < 1_000 for microseconds in stages.values())


def test_the_floor_is_parsing_alone_and_a_copy(tmp_path: Path) -> None:
    found = floor(recording(ROWS, tmp_path))

    assert 3 == len(found)
    assert found["copy of its text"] < found["parse alone, one core"]
