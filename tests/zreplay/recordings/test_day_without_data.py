"""A day without data, an empty .gz, is a recording like any other; one that is cut off is none."""

import gzip
from pathlib import Path

import pytest

import zreplay
from protocol.errors import InputError
from zreplay.historical import parse_ahead
from zreplay.recordings.day_without_data import DayWithoutData, is_empty_gzip
from zreplay.recordings.index.entries import BEGINNING
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.recording_layout import check_files

HEADER = "timestamp,ticker,ask_price,bid_price\n"
NOTHING = gzip.compress(b"")


def days(folder: Path, count: int) -> list[Path]:
    """Write a file a day, every other one of which has no data."""
    paths = [folder / f"{day:02d}.csv.gz" for day in range(1, count + 1)]
    for number, path in enumerate(paths):
        row = f"2025-10-{number + 1:02d} 00:00:00,A,2,1\n"
        path.write_bytes(gzip.compress(f"{HEADER}{row}".encode()) if number % 2 else NOTHING)
    return paths


@pytest.mark.parametrize("few_files", [0, 16])
def test_files_are_read_as_if_it_were_not_there(
    few_files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse_ahead, "FEW_FILES", few_files)
    paths = days(tmp_path, 9)

    batches = list(zreplay.read(paths))
    found = zreplay.inspect(tmp_path)

    assert [2, 4, 6, 8] == [time.day for batch in batches for time in batch["arrival"].to_pylist()]
    assert [number % 2 for number in range(9)] == [file["rows"] for file in found["files"]]


def test_there_is_no_place_in_it_but_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(NOTHING)
    recording = open_recording(path, 0)
    recording.seek(BEGINNING)

    assert isinstance(recording, DayWithoutData)
    assert [None] == check_files([path])
    assert (None, (None, None)) == (recording.cut(1), recording.ends())
    assert (BEGINNING, 1.0) == (recording.place, recording.share(0))
    recording.close()


@pytest.mark.parametrize("size", [1, 10, len(NOTHING) - 1])
def test_one_that_is_cut_off_is_not_taken_for_it(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(NOTHING[:size])

    with pytest.raises(InputError):
        open_recording(path, 0)


def test_one_that_holds_something_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"\n") + NOTHING)

    assert not is_empty_gzip(path)
