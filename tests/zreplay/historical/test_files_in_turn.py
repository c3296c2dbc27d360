"""A file is opened when it is asked for, goes on where it was left, and its share stays known."""

import gzip
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

from protocol.errors import InputError
from zreplay.historical.files_in_turn import FilesInTurn
from zreplay.historical.files_share import share_of
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
    """A CSV holds no descriptor, and need not be opened again; its place is the same."""
    pa_parquet.write_table(pa_csv.read_csv(paths[1]), paths[1])
    for number, open_count in ((0, 1), (1, 0)):
        files = FilesInTurn(paths)
        assert 4 == rows_of(files, number, 4) or files[number].holds_resources
        files.close_for_now(number)
        files.close_for_now(2)
        assert open_count == files.open_count
        left = files.place(number)
        assert files[number].place == left
        assert left.offset > 0
        files.close()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no telling what is open")
def test_of_a_year_of_files_that_were_looked_at_none_holds_a_descriptor(
    paths: list[Path],
) -> None:
    files = FilesInTurn(paths)
    given = [rows_of(files, number, 4) for number in range(3)]
    for number in range(3):
        files.close_for_now(number)
    held = {os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()} & {*map(str, paths)}
    rest = [rows_of(files, number, 9) for number in range(3)]

    assert ([4] * 3, set(), [5] * 3) == (given, held, rest)
    files.close()


def test_a_parquet_file_that_was_closed_for_now_gives_the_rest(paths: list[Path]) -> None:
    table = pa_csv.read_csv(paths[0])
    pa_parquet.write_table(pa.concat_tables([table] * 300), paths[0])
    files = FilesInTurn(paths)
    first = rows_of(files, 0, 1)
    files.close_for_now(0)
    rest = 0
    while (unparsed := files[0].cut(1)) is not None:
        rest += len(unparsed().source.block)
    files.close()

    assert 0 < first < 2700 == first + rest


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
    shares = [share_of(files.extents(), reached)]
    assert 0 == files.open_count
    assert 9 == rows_of(files, 0, 99) == rows_of(files, 1, 99)
    shares.append(share_of(files.extents(), reached))
    files.close_for_now(1)
    files.end(0)
    shares.append(share_of(files.extents(), reached))

    assert [pytest.approx(0.5, abs=0.01)] * 3 == shares
    assert 0 == share_of(files.extents(), {})
    assert 0 == share_of(files.extents(), {0: 0, 1: 0, 2: 0})


def test_the_share_is_that_of_the_extents_whatever_is_packed_open_or_over(
    paths: list[Path],
) -> None:
    paths[1].write_bytes(gzip.compress(paths[1].read_bytes()))
    pa_parquet.write_table(pa_csv.read_csv(paths[2]), paths[2])
    files = FilesInTurn([*paths, paths[0]])
    size = paths[0].stat().st_size
    shares, expected = [], []
    for step in range(5):
        reached = {0: size // 3 * step, 1: size // 3, 2: 3} if step else {}
        shares.append(files.share(reached))
        expected.append(share_of(files.extents(), reached))
        if step < 3:
            assert 9 == rows_of(files, step, 99)
        else:
            files.end(step - 3)
    files.close()

    assert expected == pytest.approx(shares)
    assert 3 <= len(set(shares))


def test_a_closed_file_is_as_far_as_it_was_and_begins_again_where_it_is_told_to(
    paths: list[Path],
) -> None:
    files = FilesInTurn(paths)
    rows_of(files, 1, 2)
    files[1].holds_resources = True
    place = files.place(1)
    files.close_for_now(1)
    assert 0 == files.open_count
    assert place.offset > 0
    assert [0, place.offset, 0] == [each.place.offset for each in files.extents()]
    files.begin_again(1)
    assert [0, 0, 0] == [each.place.offset for each in files.extents()]

    assert 9 == rows_of(files, 1, 99)
    files.close()


def test_what_stands_where_stays_known_of_a_file_that_was_closed(paths: list[Path]) -> None:
    pa_parquet.write_table(pa_csv.read_csv(paths[1]), paths[1])
    files = FilesInTurn(paths)
    opened = [files[number].layout for number in (0, 1)]
    assert None not in opened
    files.end(0)
    files.close_for_now(1)

    assert 0 == files.open_count
    assert [*opened, None] == files.layouts


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


@pytest.mark.parametrize("change", ["shorter", "another"])
def test_a_file_that_has_changed_before_its_turn_is_refused(paths: list[Path], change: str) -> None:
    files = FilesInTurn(paths)
    if change == "another":
        other = paths[0].with_name("other")
        other.write_bytes(paths[0].read_bytes())
        other.replace(paths[0])
    else:
        with paths[0].open("r+b") as file:
            file.truncate(len(HEADER))
    with pytest.raises(InputError, match="a: is not the file that it was"):
        _ = files[0]
    assert 9 == rows_of(files, 1, 9)
    files.close()


def test_a_file_that_has_grown_before_its_turn_is_read_as_it_is_then(paths: list[Path]) -> None:
    files = FilesInTurn(paths)
    with paths[0].open("a") as file:
        file.write(ROWS[8])

    assert 10 == rows_of(files, 0, 99)
    files.close()
