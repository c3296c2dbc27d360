"""A place is found once, ahead of its seek, and is then that of the present replay."""

from pathlib import Path
from typing import Any

import pytest

from protocol.errors import SettingsError
from zreplay.historical.historical_cursor import HistoricalCursor
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.seek import cursor_from
from zreplay.replayer.historical_places import HistoricalPlaces
from zreplay.settings import ReplaySettings

FIRST_NS = 1_759_449_594_000_000_000
TARGET_NS = FIRST_NS + 200_000_000


@pytest.fixture
def settings(tmp_path: Path) -> ReplaySettings:
    path = tmp_path / "a.csv"
    rows = [f"2025-10-02 23:59:54.{10 * n:03d},A,1,2,1,1,0\n" for n in range(40)]
    header = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
    path.write_text(header + "".join(rows))
    return ReplaySettings(historical=(path,), reorder_ns=50_000_000)


def read_to_its_end(settings: ReplaySettings, places: HistoricalPlaces) -> bytes:
    """Read the files, which leaves an index; return the cursor behind the fifth quote."""
    source = HistoricalSource(
        settings.historical,
        horizon_ns=settings.reorder_ns,
        late="stop",
        max_rows=1000,
        reject=lambda rejection: None,
        max_jump_ns=settings.max_jump_ns,
        indexes=places.indexes,
    )
    pieces = [piece for piece in iter(source.read, None) if len(piece.block)]
    source.close()
    return pieces[0].cursor_after(5)


def test_how_many_files_a_seek_reads_through_is_known(settings: ReplaySettings) -> None:
    without = HistoricalPlaces(settings).find(TARGET_NS, b"")
    places = HistoricalPlaces(settings)
    read_to_its_end(settings, places)

    assert (1, 0, 0) == (without, places.find(TARGET_NS, b""), places.find(None, b""))


def test_a_place_that_was_found_is_taken_once_and_counts_what_was_sent_since(
    settings: ReplaySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[Any] = []

    def searching(*arguments: Any, **options: Any) -> Any:
        searched.append(arguments[1])
        return cursor_from(*arguments, **options)

    monkeypatch.setattr("zreplay.historical.seek.cursor_from", searching)
    places = HistoricalPlaces(settings)
    before = read_to_its_end(settings, places)
    places.find(TARGET_NS, b"")
    taken = places.take(TARGET_NS, before)

    assert [TARGET_NS] == searched
    assert 5 == HistoricalCursor.unpack(taken, 1).sent
    places.take(TARGET_NS, before)

    assert [TARGET_NS] * 2 == searched


def test_the_start_is_no_place_to_be_found(settings: ReplaySettings) -> None:
    places = HistoricalPlaces(settings)
    places.find(TARGET_NS, b"")

    assert b"" == places.take(None, b"")
    assert places._found is None


def test_the_span_is_that_of_the_files(settings: ReplaySettings) -> None:
    assert (FIRST_NS, FIRST_NS + 390_000_000, True) == HistoricalPlaces(settings).span()


def test_standard_input_can_only_be_read_on() -> None:
    places = HistoricalPlaces(ReplaySettings(historical=(Path("-"),)))
    with pytest.raises(SettingsError, match="standard input"):
        places.span()
    with pytest.raises(SettingsError, match="standard input"):
        ReplaySettings(historical=(Path("-"),), loop=2)


def large(settings: ReplaySettings, monkeypatch: pytest.MonkeyPatch) -> HistoricalPlaces:
    """Return places in a file that nobody waits for to be read."""
    for name in ("MOST_BYTES", "MOST_BYTES_A_FILE"):
        monkeypatch.setattr(f"zreplay.historical.indexing.{name}", 0)
    return HistoricalPlaces(settings)


def test_of_a_large_file_without_an_index_the_span_is_what_the_ends_show(
    settings: ReplaySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = large(settings, monkeypatch)
    assert (FIRST_NS, FIRST_NS + 390_000_000, False) == places.span()

    read_to_its_end(settings, places)
    assert places.span().is_exact


def test_what_a_seek_reads_through_is_said_until_the_next_one(
    settings: ReplaySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = large(settings, monkeypatch)
    assert "" == places.reading()
    places.find(TARGET_NS, b"")
    places.take(TARGET_NS, b"")
    assert "1 file without an index, 0% read" == places.reading()

    read_to_its_end(settings, places)
    assert "1 file without an index, 100% read" == places.reading()
    places.take(TARGET_NS, b"")
    assert "" == places.reading()
    places.take(None, b"")
    assert "" == places.reading()
