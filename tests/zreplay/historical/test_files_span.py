"""The span is what the ends of the files show, and exact if their indexes say it."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.zreplay.small_blocks import keep_small_indexes
from zreplay.historical.file_indexes import FileIndexes
from zreplay.historical.files_span import span_of
from zreplay.historical.indexing import make_indexes
from zreplay.historical.selection import Selection
from zreplay.historical.span import Span
from zreplay.recordings.index.index_store import IndexStore

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
MS_NS = 1_000_000
SECOND_NS = 1_000 * MS_NS
MIDNIGHT = datetime(2025, 10, 2, tzinfo=UTC)
MIDNIGHT_NS = 1_759_363_200 * SECOND_NS


def write(folder: Path, *files: list[tuple[int, int]]) -> list[Path]:
    """Write files of rows, each a second of the day and a latency in milliseconds."""
    paths = []
    for number, rows in enumerate(files):
        paths.append(folder / f"{number}.csv")
        times = [(MIDNIGHT + timedelta(seconds=second), latency) for second, latency in rows]
        lines = [f"{time:%Y-%m-%d %H:%M:%S},T,1,2,1,1,{latency}\n" for time, latency in times]
        paths[-1].write_text(HEADER + "".join(lines))
    return paths


def test_the_span_is_from_the_first_arrival_of_all_files_to_the_last(tmp_path: Path) -> None:
    paths = write(tmp_path, [(40, 500), (50, 0)], [(30, 2000), (45, 7)], [])

    seen = MIDNIGHT_NS + 32 * SECOND_NS, MIDNIGHT_NS + 50 * SECOND_NS
    assert Span(*seen, is_exact=False) == span_of(paths)
    assert Span(None, None, is_exact=False) == span_of(write(tmp_path, []))


def test_what_is_not_selected_does_not_belong_to_the_span(tmp_path: Path) -> None:
    paths = write(tmp_path, [(30, 0), (40, 0), (90, 0)])
    ends_ns = [MIDNIGHT_NS + second * SECOND_NS for second in (35, 50)]
    between = Selection(from_ns=ends_ns[0], to_ns=ends_ns[1])
    first = Selection(duration_ns=7 * SECOND_NS)

    assert (ends_ns[0], ends_ns[1] - 1) == span_of(paths, selection=between)[:2]
    seven = MIDNIGHT_NS + 30 * SECOND_NS, MIDNIGHT_NS + 37 * SECOND_NS - 1
    assert seven == span_of(paths, selection=first)[:2]


def test_the_span_is_exact_by_the_indexes_of_all_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_small_indexes(monkeypatch)
    rows = [(30 + number, 10) for number in range(200)]
    rows[100] = (130, 900_000)  # it arrives last, in the middle of the file
    plain = write(tmp_path, rows)[0]
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    paths = [plain, packed]

    store = IndexStore(tmp_path / "cache")

    assert span_of(paths, indexes=FileIndexes(paths, store=store)).last_ns is None
    make_indexes(paths, store=store)
    span = Span(MIDNIGHT_NS + 30_010 * MS_NS, MIDNIGHT_NS + 1030 * SECOND_NS)
    assert span == span_of(paths, indexes=FileIndexes(paths, store=store))
