"""The table of a run is read on from where it was read to, and anew if it is another's."""

from pathlib import Path

import pytest

from protocol.errors import ResultLogError, SettingsError
from protocol.rotation import Rotation
from tests.zmid.processors.recorded import batch
from tests.zreplay.test_result_tables import TABLES, Sink
from zreplay.controls import ticker_reading
from zreplay.controls.ticker_reading import TickerReading, tickers_of


def quotes(reading: TickerReading) -> dict[str, int]:
    listed, _ = reading.tally.listed(10)
    return {row.ticker: row.quotes for row in listed}


def test_each_look_counts_what_was_committed_since(tmp_path: Path) -> None:
    sink, reading = Sink(tmp_path, TABLES), TickerReading(tmp_path)
    for number in range(3):
        sink.commit(batch(3, 1000 + 3 * number))
        reading.look()
        reading.look()
        assert {name: number + 1 for name in "ABC"} == quotes(reading)
        assert not reading.is_behind


def test_a_look_ends_when_it_has_read_enough_and_the_next_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticker_reading, "TAKEN_ROWS", 3)
    Sink(tmp_path, TABLES).commit(batch(9))
    reading = TickerReading(tmp_path)
    seen = []
    while reading.is_behind:
        reading.look(most_rows=3)
        seen.append(sum(quotes(reading).values()))

    assert [3, 6, 9, 9] == seen


def test_a_look_that_failed_loses_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(batches: object, rows: int) -> object:
        raise OSError("a segment is away")
        yield

    sink, reading = Sink(tmp_path, TABLES), TickerReading(tmp_path)
    sink.commit(batch(3))
    reading.look()
    sink.commit(batch(3, 1003))
    with monkeypatch.context() as patched:
        patched.setattr(ticker_reading, "joined", fails)
        with pytest.raises(OSError, match="away"):
            reading.look()
    reading.look()

    assert dict.fromkeys("ABC", 2) == quotes(reading)


def test_another_run_in_the_folder_is_counted_from_its_start(tmp_path: Path) -> None:
    for name, count in (("first", 6), ("second", 3)):
        (tmp_path / name).mkdir()
        Sink(tmp_path / name, TABLES).commit(batch(count))
    reading = TickerReading(tmp_path / "first")
    reading.look()
    (tmp_path / "first").rename(tmp_path / "away")
    (tmp_path / "second").rename(tmp_path / "first")
    reading.look()

    assert {"A": 1, "B": 1, "C": 1} == quotes(reading)


def test_segments_that_are_gone_before_they_were_read_are_counted(tmp_path: Path) -> None:
    sink, reading = Sink(tmp_path, TABLES, Rotation(size_bytes=100)), TickerReading(tmp_path)
    for number in range(6):
        sink.commit(batch(3, 1000 + 3 * number))
        if number == 2:
            reading.look()
    closed = sorted((tmp_path / "segments").glob("mids.0*"))
    for path in (closed[0], closed[4]):
        path.unlink()
    reading.look()

    assert (1, dict.fromkeys("ABC", 5)) == (reading.missing_segments, quotes(reading))
    assert 2 == tickers_of(tmp_path)["missing_segments"]


def test_all_of_it_is_what_ctl_prints_as_json(tmp_path: Path) -> None:
    Sink(tmp_path, TABLES).commit(batch(4))
    found = tickers_of(tmp_path)
    first = found["listed"][0]

    assert (3, {"tickers": 0, "quotes": 0}) == (found["count"], found["left_out"])
    assert 0 == found["missing_segments"]
    assert ("B", 2, 2, 0, 1004.0, 2.0) == tuple(first.values())


def test_a_folder_without_a_run_or_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultLogError, match="holds no run"):
        tickers_of(tmp_path)
    Sink(tmp_path, []).commit(batch(3))
    with pytest.raises(SettingsError, match="--table"):
        tickers_of(tmp_path)
