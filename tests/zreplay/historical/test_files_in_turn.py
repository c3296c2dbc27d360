"""A file is opened when it is asked for, goes on where it was left, and its share stays known."""

from pathlib import Path

import pytest

from protocol.errors import InputError
from zreplay.historical.files_in_turn import FilesInTurn
from zreplay.ordering.order_cursor import Resume
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.source_block import FilePlace

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
ROWS = [f"2025-10-02 00:00:0{second},T,1,2,1,1,0\n" for second in range(9)]
ROW_BYTES = len(ROWS[0])


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_text(HEADER + "".join(ROWS))
    return paths


def rows_of(files: FilesInTurn, number: int, most_rows: int) -> int:
    unparsed = files[number].cut(most_rows * ROW_BYTES)
    return 0 if unparsed is None else len(unparsed().source.block)


def test_nothing_is_open_before_it_is_asked_for(paths: list[Path]) -> None:
    files = FilesInTurn(paths)
    counts = [files.open_count]
    for number in (1, 2, 1):
        assert files[number].name == str(paths[number])
        counts.append(files.open_count)
    files.end(1)

    assert ([0, 1, 2, 2], 1) == (counts, files.open_count)
    files.close()


def test_a_file_that_was_closed_for_now_goes_on_where_it_was_left(paths: list[Path]) -> None:
    files = FilesInTurn(paths)
    assert 4 == rows_of(files, 0, 4)
    left = files.place(0)
    files.close_for_now(0)
    files.close_for_now(1)

    assert (0, left) == (files.open_count, files.place(0))
    assert FilePlace(len(HEADER) + 4 * ROW_BYTES, 6) == left
    assert (5, 0) == (rows_of(files, 0, 9), rows_of(files, 0, 9))
    assert 9 == rows_of(files, 1, 9)
    files.close()


def test_a_file_begins_at_its_place(paths: list[Path]) -> None:
    place = FilePlace(len(HEADER) + 7 * ROW_BYTES, 9)
    resumes = [Resume(FilePlace(0, 1), None), Resume(place, 5), Resume(FilePlace(0, 1), None)]
    files = FilesInTurn(paths, resumes=resumes)

    assert (place, 0) == (files.place(1), files.open_count)
    assert (9, 2) == (rows_of(files, 0, 9), rows_of(files, 1, 9))
    files.close()


def test_the_share_is_that_of_all_files_open_or_not(paths: list[Path]) -> None:
    files = FilesInTurn(paths)
    size = paths[0].stat().st_size
    reached = {0: size, 1: size // 2}
    shares = [files.share(reached)]
    assert 9 == rows_of(files, 0, 99) == rows_of(files, 1, 99)
    shares.append(files.share(reached))
    files.close_for_now(1)
    files.end(0)
    shares.append(files.share(reached))

    assert [pytest.approx(0.5, abs=0.01)] * 3 == shares
    assert 0 == files.share({}) == files.share({0: 0, 1: 0, 2: 0})


def test_what_is_not_there_is_said_at_once_and_what_is_no_recording_when_it_is_opened(
    paths: list[Path], tmp_path: Path
) -> None:
    paths[1].write_text("this,is,none\n")
    files = FilesInTurn([*paths, STANDARD_INPUT])
    with pytest.raises(InputError, match="no column"):
        _ = files[1]
    with pytest.raises(InputError, match="nowhere"):
        FilesInTurn([*paths, tmp_path / "nowhere"])

    assert 0 == files.open_count
