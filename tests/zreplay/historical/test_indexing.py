"""An index built ahead is the one that a replay leaves behind."""

import gzip
import os
from pathlib import Path

import pytest

from protocol.errors import InputError, SettingsError
from tests.zreplay.small_blocks import keep_small_indexes, read_in_blocks
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.indexing import complete, make_indexes
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.seek import cursor_from
from zreplay.recordings.byte_reader import FileBytes
from zreplay.recordings.compressed_bytes import CompressedBytes
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.input_paths import STANDARD_INPUT

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
DAY_NS = 86_400 * 10**9


def row(second: int, day: str = "2025-10-02") -> str:
    return f"{day} 00:{second // 60:02d}:{second % 60:02d},T,1,2,1,1,10\n"


@pytest.fixture(autouse=True)
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_small_indexes(monkeypatch)
    read_in_blocks(monkeypatch, block_bytes=200, entry_rows=4)


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    lines = [row(second) for second in range(60)]
    paths[0].write_text(HEADER + "".join(lines))
    lines[30:30] = ["junk\n", row(30, "2099-01-01"), "\n"]
    paths[1].write_text(HEADER + "".join(lines))
    return paths


@pytest.mark.parametrize("latency", [None, LatencyModel("constant", 2000.0)])
def test_it_is_what_a_replay_leaves_behind(
    paths: list[Path], tmp_path: Path, latency: LatencyModel | None
) -> None:
    ahead, replay = IndexStore(tmp_path / "ahead"), IndexStore(tmp_path / "replay")
    source = HistoricalSource(
        paths,
        horizon_ns=DAY_NS,
        late="stop",
        max_rows=1000,
        reject=lambda _: None,
        latency=latency,
        max_jump_ns=DAY_NS,
        indexes=FileIndexes(paths, max_jump_ns=DAY_NS, latency=latency, store=replay),
    )
    while source.read() is not None:
        pass
    source.close()

    found = make_indexes(paths, max_jump_ns=DAY_NS, latency=latency, store=ahead)

    assert [(60, 0), (60, 2)] == [(whole.rows, whole.refused) for whole in found]
    left = [
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("ahead", "replay")
    ]
    assert left[0] == left[1]
    assert 2 == len(left[0])


def test_a_file_that_has_its_index_is_not_read_again(paths: list[Path], tmp_path: Path) -> None:
    store = IndexStore(tmp_path / "cache")
    shares: list[float] = []
    first = make_indexes(paths, store=store, progress=shares.append)

    assert (sorted(shares), 1.0) == (shares, shares[-1])
    shares.clear()
    assert first == make_indexes(paths, store=store, progress=shares.append)
    assert [] == shares


def test_a_file_that_changes_meanwhile_is_an_error(paths: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.csv: changed while it was read"):
        make_indexes(
            paths,
            store=IndexStore(tmp_path / "cache"),
            progress=lambda share: os.utime(paths[0], ns=(0, 0)),
        )


def test_standard_input_has_none() -> None:
    with pytest.raises(SettingsError, match="standard input"):
        make_indexes([STANDARD_INPUT])


def test_a_small_file_has_entries_too(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zreplay.historical.parse_ahead.BLOCK_BYTES", 10**6)
    store = IndexStore(tmp_path / "cache")
    make_indexes(paths, store=store)

    entry = FileIndexes(paths, store=store).find(0, 2**62)

    assert entry is not None
    assert 50 < entry.before.rows < 60


def test_a_gz_has_its_points_too_and_a_seek_reads_by_them(
    paths: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("indexed_gzip", reason="scripts/test --extras installs indexed_gzip")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.setattr("zreplay.recordings.gzip_bytes.FAR_BYTES", 100)
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(paths[0].read_bytes()))
    make_indexes([packed])
    indexes, target_ns = FileIndexes([packed]), 1_759_363_200 * 10**9 + 50 * 10**9
    cursor = cursor_from([packed], target_ns, DAY_NS, indexes=indexes).cursor
    read_through: list[int] = []
    honest = CompressedBytes.read

    def read(self: CompressedBytes, offset: int, most_bytes: int) -> FileBytes:
        read_through.append(offset)
        return honest(self, offset, most_bytes)

    monkeypatch.setattr(CompressedBytes, "read", read)
    source = HistoricalSource(
        [packed],
        horizon_ns=DAY_NS,
        late="stop",
        max_rows=1000,
        reject=lambda _: None,
        cursor=cursor,
        indexes=indexes,
    )
    count = sum(len(piece.block) for piece in iter(source.read, None))
    source.close()

    assert (10, {0}) == (count, set(read_through))  # the header alone


@pytest.mark.parametrize("most_bytes", [0, 10**6])
def test_what_is_small_is_read_while_somebody_waits_for_it(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch, most_bytes: int
) -> None:
    monkeypatch.setattr("zreplay.historical.indexing.MOST_BYTES", most_bytes)
    indexes = FileIndexes([*paths, STANDARD_INPUT], max_jump_ns=DAY_NS)
    complete(indexes, [*paths, STANDARD_INPUT], max_jump_ns=DAY_NS)

    found = [indexes.whole(number) for number in range(3)]
    expected = [60, 60, None] if most_bytes else [None, None, None]
    assert expected == [None if whole is None else whole.rows for whole in found]


def test_what_cannot_be_read_to_its_end_is_not_known_after_it_either(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress((HEADER + row(1)).encode())[:-12])
    indexes = FileIndexes([path])
    complete(indexes, [path])

    assert None is indexes.whole(0)
