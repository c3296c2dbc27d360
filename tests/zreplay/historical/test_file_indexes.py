"""A reading leaves an index behind; it is of one file and of one way to read it."""

import os
from pathlib import Path

import pytest

from tests.zreplay.small_blocks import keep_small_indexes, read_in_blocks
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.selection import Selection
from zreplay.historical.span import Span
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.index.entries import FirstRow
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.input_paths import STANDARD_INPUT

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
SECOND_NS = 1_000_000_000
MIDNIGHT_NS = 1_759_363_200 * SECOND_NS
DAY_NS = 86_400 * SECOND_NS


@pytest.fixture(autouse=True)
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_small_indexes(monkeypatch)
    read_in_blocks(monkeypatch, block_bytes=200, entry_rows=4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.csv"
    rows = [f"2025-10-02 00:00:{second:02d},T,1,2,1,1,10\n" for second in range(60)]
    path.write_text(HEADER + "".join(rows))
    return path


@pytest.fixture
def store(tmp_path: Path) -> IndexStore:
    return IndexStore(tmp_path / "cache")


def read(indexes: FileIndexes, path: Path, pieces: int = 2**30, **options: object) -> None:
    source = HistoricalSource(
        [path],
        horizon_ns=SECOND_NS,
        late="stop",
        max_rows=100,
        reject=lambda _: None,
        indexes=indexes,
        **options,  # type: ignore[arg-type]
    )
    while pieces and source.read() is not None:
        pieces -= 1
    source.close()


def at(second: float) -> int:
    return MIDNIGHT_NS + int(second * SECOND_NS)


def kept(store: IndexStore, folder: Path) -> int:
    cache = folder / "cache"
    return len(list(cache.iterdir())) if cache.exists() else 0


def test_a_reading_to_the_end_is_known_to_the_next_process(path: Path, store: IndexStore) -> None:
    read(FileIndexes([path], store=store), path)

    later = FileIndexes([path], store=store)
    entry = later.find(0, at(30))
    assert Span(at(0.01), at(59.01)) == later.span()
    assert later.look_up(0, at(30)).is_covered
    assert entry is not None
    assert at(26) < entry.before.greatest_arrival_ns < at(30)
    assert FirstRow(at(entry.before.rows), at(entry.before.rows + 0.01)) == entry.row


def test_a_reading_in_part_is_known_to_this_process_up_to_there(
    path: Path, store: IndexStore
) -> None:
    indexes = FileIndexes([path], store=store)
    read(indexes, path, pieces=6)

    assert [True, False] == [
        indexes.look_up(0, at(8)).is_covered,
        indexes.look_up(0, at(59)).is_covered,
    ]
    assert indexes.find(0, at(8)) is not None
    assert (None, 0) == (indexes.span(), kept(store, path.parent))
    read(indexes, path)
    assert (Span(at(0.01), at(59.01)), 1) == (indexes.span(), kept(store, path.parent))


def test_what_a_selection_leaves_out_is_in_the_index_all_the_same(
    path: Path, store: IndexStore
) -> None:
    read(FileIndexes([path], store=store), path, selection=Selection(tickers=("U",)))

    assert Span(at(0.01), at(59.01)) == FileIndexes([path], store=store).span()


def test_each_way_to_read_a_file_has_an_index_of_its_own(path: Path, store: IndexStore) -> None:
    model = LatencyModel("constant", 2000.0)
    read(FileIndexes([path], store=store, latency=model), path, latency=model)

    assert Span(at(2), at(61)) == FileIndexes([path], store=store, latency=model).span()
    called = FormatOptions({"bid_price": "bid"})
    for other in (
        FileIndexes([path], store=store),
        FileIndexes([path], store=store, latency=LatencyModel("constant", 1.0)),
        FileIndexes([path], store=store, latency=model, max_jump_ns=DAY_NS),
        FileIndexes([path], store=store, latency=model, columns=called),
    ):
        assert (None, None) == (other.span(), other.find(0, at(30)))


def test_a_file_that_changes_while_it_is_read_leaves_no_index(
    path: Path, store: IndexStore
) -> None:
    indexes = FileIndexes([path], store=store)
    source = HistoricalSource(
        [path],
        horizon_ns=SECOND_NS,
        late="stop",
        max_rows=100,
        reject=lambda _: None,
        indexes=indexes,
    )
    source.read()
    os.utime(path, ns=(0, 0))
    while source.read() is not None:
        pass
    source.close()

    assert (None, 0) == (indexes.span(), kept(store, path.parent))


def test_a_file_that_changes_after_it_was_read_loses_its_index(
    path: Path, store: IndexStore
) -> None:
    indexes = FileIndexes([path], store=store)
    read(indexes, path)
    assert indexes.look_up(0, at(30)).is_covered

    os.utime(path, ns=(0, 0))

    assert (None, None, False) == (
        indexes.span(),
        indexes.find(0, at(30)),
        indexes.look_up(0, 1).is_covered,
    )


def test_a_small_file_is_not_worth_a_place_in_the_cache(
    path: Path, store: IndexStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.historical.index_cache.LEAST_KEPT_BYTES", 10_000)
    indexes = FileIndexes([path], store=store)
    read(indexes, path)

    assert (Span(at(0.01), at(59.01)), 0) == (indexes.span(), kept(store, path.parent))


@pytest.mark.parametrize("least_bytes", [1, 10_000])
def test_of_a_file_that_is_another_at_its_end_nothing_is_known(
    path: Path, store: IndexStore, monkeypatch: pytest.MonkeyPatch, least_bytes: int
) -> None:
    monkeypatch.setattr("zreplay.historical.index_cache.LEAST_KEPT_BYTES", least_bytes)
    indexes = FileIndexes([path], store=store)
    indexes.begin(None)
    os.utime(path, ns=(0, 0))
    indexes.note(0, None)

    assert (None, None, 0) == (indexes.whole(0), indexes.span(), kept(store, path.parent))


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 4000])
def test_a_damaged_index_is_none(path: Path, store: IndexStore, damage: bytes) -> None:
    read(FileIndexes([path], store=store), path)
    [index] = (path.parent / "cache").iterdir()
    index.write_bytes(damage)

    later = FileIndexes([path], store=store)

    assert (None, None) == (later.span(), later.find(0, at(30)))
    read(later, path)
    assert Span(at(0.01), at(59.01)) == FileIndexes([path], store=store).span()


def test_standard_input_and_what_is_not_there_have_none(tmp_path: Path, store: IndexStore) -> None:
    indexes = FileIndexes([STANDARD_INPUT, tmp_path / "gone"], store=store)
    indexes.begin(None)
    indexes.note(0, None)

    assert [None, None] == [indexes.find(number, 0) for number in (0, 1)]
    assert indexes.span() is None
