"""The measured recordings are the same each time, and look like real ones."""

import csv
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from scripts.bench_parts import recording as module
from scripts.bench_parts.recording import LARGE_ROWS, QUOTES_PER_SECOND, chunks, recording


class Disk(NamedTuple):
    total: int
    used: int
    free: int


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as text:
        return list(csv.DictReader(text))


def test_a_recording_is_made_once_and_is_the_same_each_time(tmp_path: Path) -> None:
    first, elsewhere = recording(2_000, tmp_path / "a"), recording(2_000, tmp_path / "b")
    written_ns = first.stat().st_mtime_ns

    assert first == recording(2_000, tmp_path / "a")
    assert written_ns == first.stat().st_mtime_ns
    assert first.read_bytes() == elsewhere.read_bytes()
    assert [first] == list((tmp_path / "a").iterdir())


def test_a_recording_has_the_shape_of_the_bundled_sample(checkout: Path, tmp_path: Path) -> None:
    rows = rows_of(recording(20_000, tmp_path))
    sample = rows_of(checkout / "fixtures" / "historical_sample.csv")
    latencies = [float(row["latency"]) for row in rows]
    stamps = [row["timestamp"] for row in rows]

    assert list(sample[0]) == list(rows[0])
    assert [str(number) for number in range(20_000)] == [row[""] for row in rows]
    assert sorted(stamps) == stamps
    assert 20_000 / 30 < len(set(stamps)) < 20_000 / 5, "ties"
    assert 0.3 < sum(latency > 20 for latency in latencies) / len(rows) < 0.6
    assert 2_000 < len({row["ticker"] for row in rows})
    assert all(float(row["bid_price"]) < float(row["ask_price"]) for row in rows)


def test_a_recording_goes_on_from_chunk_to_chunk_at_the_real_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "CHUNK_ROWS", 5_000)
    columns = [chunk["timestamp"].to_numpy().astype("int64") for chunk in chunks(22_000)]
    seconds = (columns[-1][-1] - columns[0][0]) / 1e6

    assert [5_000, 5_000, 5_000, 5_000, 2_000] == [len(column) for column in columns]
    assert all(before[-1] <= after[0] for before, after in zip(columns, columns[1:], strict=False))
    assert 22_000 / QUOTES_PER_SECOND == pytest.approx(seconds, rel=0.05)


def test_a_large_recording_is_refused_where_the_disk_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(100, 99, 14 * 10**9))

    with pytest.raises(SystemExit, match="need 15 GB free in .*, found 14.0 GB"):
        recording(LARGE_ROWS, tmp_path)
    assert [] == list(tmp_path.iterdir())
