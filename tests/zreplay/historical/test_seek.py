"""From the cursor of an instant exactly the quotes come that arrive then or later."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import InputError
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.seek import cursor_from, span_of
from zreplay.historical.selection import Selection
from zreplay.historical.span import Span
from zreplay.recordings.csv import csv_seek

HEADER = "timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
SECOND_NS = 1_000_000_000
MIDNIGHT_NS = 1_759_363_200 * SECOND_NS
HORIZON_NS = 5 * SECOND_NS
JUMP_NS = 86_400 * SECOND_NS


@pytest.fixture(autouse=True)
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_seek, "SCAN_BYTES", 150)
    monkeypatch.setattr(csv_seek, "PROBE_BYTES", 32)
    monkeypatch.setattr(csv_seek, "LATENCY_SLACK_NS", 4 * SECOND_NS)
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(f"zreplay.historical.parse_ahead.{name}", 300)


def row(second: int, latency_ms: int) -> str:
    return f"2025-10-02 00:{second // 60:02d}:{second % 60:02d},T,1,2,1,1,{latency_ms}\n"


def write(folder: Path, *files: list[tuple[int, int]]) -> list[Path]:
    paths = []
    for number, rows in enumerate(files):
        paths.append(folder / f"{number}.csv")
        paths[-1].write_text(HEADER + "".join(row(*each) for each in rows))
    return paths


def keys(paths: list[Path], cursor: bytes = b"", max_jump_ns: int = 0) -> list[tuple[int, int]]:
    source = HistoricalSource(
        paths,
        horizon_ns=HORIZON_NS,
        late="stop",
        max_rows=10_000,
        reject=lambda _: None,
        cursor=cursor,
        max_jump_ns=max_jump_ns,
    )
    found: list[tuple[int, int]] = []
    while (piece := source.read()) is not None:
        block = piece.block
        found += zip(block.arrival_ns.tolist(), block.position.tolist(), strict=True)
    source.close()
    return found


steps = st.lists(
    st.tuples(st.integers(-4, 20), st.sampled_from([0, 10, 900, 1999])), min_size=1, max_size=40
)


def rows_of(drawn: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return rows that go on in time, some a few seconds behind, none late."""
    newest, rows = 30, []
    for step, latency_ms in drawn:
        rows.append((max(newest + step, 30), latency_ms))
        newest = max(newest, rows[-1][0])
    return rows


@settings(max_examples=60, deadline=None)
@given(steps.map(rows_of), steps.map(rows_of), st.integers(0, 600_000))
def test_exactly_what_arrives_then_or_later_comes_in_its_order(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[tuple[int, int]],
    second: list[tuple[int, int]],
    milliseconds: int,
) -> None:
    paths = write(tmp_path_factory.mktemp("files"), first, second)
    target_ns = MIDNIGHT_NS + milliseconds * 1_000_000

    later = [key for key in keys(paths) if key[0] >= target_ns]
    assert later == keys(paths, cursor_from(paths, target_ns, HORIZON_NS))


def test_the_span_is_from_the_first_arrival_of_all_files_to_the_last(tmp_path: Path) -> None:
    paths = write(tmp_path, [(40, 500), (50, 0)], [(30, 2000), (45, 7)], [])

    assert Span(MIDNIGHT_NS + 32 * SECOND_NS, MIDNIGHT_NS + 50 * SECOND_NS) == span_of(paths)
    assert Span(None, None) == span_of(write(tmp_path, []))


def test_a_compressed_file_is_read_through_and_its_end_is_not_known(tmp_path: Path) -> None:
    rows = [(30 + number, 10) for number in range(200)]
    (plain,) = write(tmp_path, rows)
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    target_ns = MIDNIGHT_NS + 150 * SECOND_NS

    assert Span(MIDNIGHT_NS + 30_010_000_000, None) == span_of([packed])
    cursor = cursor_from([packed], target_ns, HORIZON_NS)
    assert keys([plain], cursor_from([plain], target_ns, HORIZON_NS)) == keys([packed], cursor)


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    for ask in (
        lambda: span_of([tmp_path / "no.csv"]),
        lambda: cursor_from([tmp_path / "no"], 1, 1),
    ):
        with pytest.raises(InputError, match="no"):
            ask()


def test_what_is_not_selected_does_not_belong_to_the_span(tmp_path: Path) -> None:
    paths = write(tmp_path, [(30, 0), (40, 0), (90, 0)])
    ends_ns = [MIDNIGHT_NS + second * SECOND_NS for second in (35, 50)]
    between = Selection(from_ns=ends_ns[0], to_ns=ends_ns[1])
    first = Selection(duration_ns=7 * SECOND_NS)

    assert Span(ends_ns[0], ends_ns[1] - 1) == span_of(paths, selection=between)
    assert Span(MIDNIGHT_NS + 30 * SECOND_NS, MIDNIGHT_NS + 37 * SECOND_NS - 1) == span_of(
        paths, selection=first
    )


@settings(max_examples=60, deadline=None)
@given(steps.map(rows_of), st.sets(st.integers(0, 40), max_size=3), st.integers(0, 600_000))
def test_strays_change_nothing_of_what_comes_after_a_seek(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, int]],
    strays: set[int],
    milliseconds: int,
) -> None:
    paths = write(tmp_path_factory.mktemp("files"), rows)
    header, *lines = paths[0].read_text().splitlines(keepends=True)
    for place in sorted(place for place in strays if place + 4 <= len(lines)):
        lines.insert(place, row(40, 0).replace("2025", "2099"))
    paths[0].write_text("".join([header, *lines]))
    target_ns = MIDNIGHT_NS + milliseconds * 1_000_000

    later = [key for key in keys(paths, b"", JUMP_NS) if key[0] >= target_ns]
    assert later == keys(paths, cursor_from(paths, target_ns, HORIZON_NS), JUMP_NS)
    assert span_of(paths, max_jump_ns=JUMP_NS).last_ns == max(keys(paths, b"", JUMP_NS))[0]
