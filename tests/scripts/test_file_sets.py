"""However the quotes are split and packed, they are those of the one file."""

from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from scripts.bench_parts import file_sets
from scripts.bench_parts.file_sets import (
    DAY_US,
    FileSet,
    as_days,
    as_whole_days,
    by_ticker,
    in_turn,
    slower,
    spread,
    with_tickers,
)

ROWS = 3_000


def rows_of(pattern: Path) -> list[list[tuple[object, ...]]]:
    """Return the rows of each file, in the order of their names."""
    paths = sorted(pattern.parent.glob(pattern.name))
    read = pyarrow.csv.read_csv
    return [list(zip(*read(path).to_pydict().values(), strict=True)) for path in paths]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.bench_parts.recording.CHUNK_ROWS", 1_000)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
@pytest.mark.parametrize("split", [None, by_ticker(7), spread(7), in_turn(7, ROWS)])
def test_all_rows_are_there_once_and_in_order(
    tmp_path: Path, suffix: str, split: file_sets.Split | None
) -> None:
    [whole] = rows_of(FileSet("one", ROWS).pattern(tmp_path))
    parts = rows_of(FileSet("parts", ROWS, 7, suffix, split).pattern(tmp_path))

    assert whole == sorted(row for part in parts for row in part)
    assert all(sorted(part) == part for part in parts)
    assert (1 if split is None else 7) == len(parts)


def test_a_ticker_stands_in_one_file(tmp_path: Path) -> None:
    parts = rows_of(FileSet("tickers", ROWS, 7, split=by_ticker(7)).pattern(tmp_path))
    tickers = [{row[3] for row in part} for part in parts]

    assert sum(map(len, tickers)) == len(set().union(*tickers))


def test_each_day_begins_a_day_after_the_one_before(tmp_path: Path) -> None:
    days = FileSet("days", ROWS, 3, split=in_turn(3, ROWS), changed=as_days(3, ROWS))
    [first], [second] = (part[:1] for part in rows_of(days.pattern(tmp_path))[:2])

    assert 1_000 == second[0]
    assert pytest.approx(DAY_US / 1e6, rel=0.001) == (second[2] - first[2]).total_seconds()  # type: ignore[operator]


def test_a_whole_day_lasts_to_its_end_and_not_into_the_next(tmp_path: Path) -> None:
    days = FileSet("days", ROWS, 3, split=in_turn(3, ROWS), changed=as_whole_days(3, ROWS))
    first, second, _ = ([row[2] for row in part] for part in rows_of(days.pattern(tmp_path)))

    assert 0.8 * DAY_US < (max(first) - min(first)).total_seconds() * 1e6 < DAY_US  # type: ignore[operator]
    assert max(first) < min(second)


def test_slower_quotes_are_as_much_further_apart(tmp_path: Path) -> None:
    [whole] = rows_of(FileSet("one", ROWS).pattern(tmp_path))
    [slow] = rows_of(FileSet("slow", ROWS, changed=slower(10)).pattern(tmp_path))
    spans = [(rows[-1][2] - rows[0][2]).total_seconds() for rows in (whole, slow)]  # type: ignore[operator]

    assert pytest.approx(10 * spans[0], rel=0.01) == spans[1]


def test_so_many_tickers_are_there(tmp_path: Path) -> None:
    [rows] = rows_of(FileSet("named", ROWS, changed=with_tickers(2_000)).pattern(tmp_path))

    assert 2_000 == len({row[3] for row in rows})


def test_a_parquet_file_has_numbers_and_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_sets, "GROUP_ROWS", 500)
    pattern = FileSet("parquet", ROWS, suffix=".parquet").pattern(tmp_path)
    [path] = pattern.parent.glob(pattern.name)
    file = pyarrow.parquet.ParquetFile(path)

    assert (ROWS, 6) == (file.metadata.num_rows, file.num_row_groups)
    assert {"double"} == {
        str(field.type) for field in file.schema_arrow if field.name.endswith(("price", "amount"))
    }


def test_a_set_is_made_once(tmp_path: Path) -> None:
    pattern = FileSet("one", ROWS).pattern(tmp_path)
    [written] = pattern.parent.glob(pattern.name)
    written_ns = written.stat().st_mtime_ns

    assert pattern == FileSet("one", ROWS).pattern(tmp_path)
    assert written_ns == written.stat().st_mtime_ns
    assert [pattern.parent] == list(tmp_path.iterdir())
