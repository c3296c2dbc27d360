"""What is left out of recordings is counted, and a resume anywhere decides and counts alike."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depth import few
from zreplay.historical import parse_ahead
from zreplay.historical.daily_session import DailySession
from zreplay.historical.historical_cursor import HistoricalCursor, left_out_before
from zreplay.historical.historical_source import HistoricalSource
from zreplay.historical.left_out import LeftOut, key_before_whole_arrival
from zreplay.historical.selection import Selection
from zreplay.ordering.order_cursor import OrderCursor
from zreplay.quotes.rejection import Rejection

HEADER = "index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
ROWS = st.tuples(
    st.integers(0, 4),
    st.sampled_from([0, 1000, 2000]),
    st.sampled_from("AB"),
    st.sampled_from("12"),
)
Row = tuple[int, int, str, str]


def refuse(rejection: Rejection) -> None:
    raise AssertionError(rejection)


def open_source(
    paths: list[Path], selection: Selection, cursor: bytes = b"", begin: OrderCursor | None = None
) -> HistoricalSource:
    return HistoricalSource(
        paths,
        horizon_ns=3 * 10**9,
        late="stop",
        max_rows=1000,
        reject=refuse,
        cursor=cursor,
        begin=begin,
        selection=selection,
    )


def written(path: Path, rows: list[Row]) -> Path:
    lines = (
        f"{number},2025-10-02 00:00:{second:02d},{ticker},1,{price},1,,{latency_ms}\n"
        for number, (second, latency_ms, ticker, price) in enumerate(rows)
    )
    path.write_text(HEADER + "".join(lines))
    return path


def played(source: HistoricalSource) -> tuple[list[int], list[bytes], list[OrderCursor | None]]:
    """Return the position of each quote, the place behind it, and a checkpoint for each piece."""
    positions, places, checkpoints = [], [], [source.checkpoint()]
    while (piece := source.read()) is not None:
        positions += piece.block.position.tolist()
        places += [piece.cursor_after(row + 1) for row in range(len(piece.block))]
        checkpoints.append(source.checkpoint())
    source.close()
    return positions, places, checkpoints


def plainly(
    files: list[list[Row]], selection: Selection
) -> tuple[list[Row], list[tuple[int, int]]]:
    """Return the rows that are sent, and how many were left out before each and in all.

    They are those outside the session, and those that repeat one.
    """
    ordered = sorted(
        ((row[0] * 1000 + row[1], number, at), row)
        for number, rows in enumerate(files)
        for at, row in enumerate(rows)
    )
    sent: list[Row] = []
    counts: list[tuple[int, int]] = []
    outside = repeated = 0
    session = selection.session or DailySession(0, 86_400)
    begin_ms, end_ms = session.begin_seconds * 1000, session.end_seconds * 1000
    for (arrival_ms, number, _), row in ordered:
        if not begin_ms <= arrival_ms < end_ms:
            outside += 1
        elif selection.dedupe and any(row in rows for rows in files[:number]):
            repeated += 1
        else:
            sent.append(row)
            counts.append((outside, repeated))
            if len(sent) == selection.limit:
                break
    return sent, [*counts, (outside, repeated)]


@pytest.mark.parametrize("block_bytes", [60, 150, 10_000])
@settings(max_examples=few(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tape=st.lists(ROWS, max_size=12).map(lambda rows: sorted(rows, key=lambda row: row[0])),
    cuts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=3),
    limit=st.none() | st.integers(1, 6),
    session=st.sampled_from([None, DailySession(1, 4), DailySession(2, 86_400)]),
    dedupe=st.booleans(),
)
def test_a_run_that_goes_on_anywhere_sends_and_counts_what_the_whole_one_does(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    block_bytes: int,
    tape: list[Row],
    cuts: list[tuple[int, int]],
    limit: int | None,
    session: DailySession | None,
    dedupe: bool,
) -> None:
    for name in ("BLOCK_BYTES", "FIRST_BLOCK_BYTES", "LEAST_BLOCK_BYTES"):
        monkeypatch.setattr(parse_ahead, name, block_bytes)
    files = [tape[min(cut) : max(cut)] for cut in cuts]
    paths = [written(tmp_path / f"{number}.csv", rows) for number, rows in enumerate(files)]
    selection = Selection(dedupe=dedupe, limit=limit, session=session)
    expected, counts = plainly(files, selection)

    source = open_source(paths, selection)
    positions, places, checkpoints = played(source)

    assert (len(expected), counts[-1]) == (len(positions), source.left_out)
    assert counts[:-1] == [left_out_before(place) for place in places]
    for number, place in enumerate(places):
        key = HistoricalCursor.unpack(place, len(paths)).last_key
        key = key_before_whole_arrival(key) if dedupe else key
        for begin in [None, *(one for one in checkpoints if one and one.last_key <= key)]:
            again = open_source(paths, selection, place, begin)
            rest, later, _ = played(again)

            assert (positions[number + 1 :], places[number + 1 :]) == (rest, later)
            assert source.left_out == again.left_out


def test_what_was_left_out_before_the_files_are_read_is_that_of_the_place(tmp_path: Path) -> None:
    rows: list[Row] = [(0, 0, "A", "1"), (1, 0, "A", "1"), (2, 0, "B", "1")]
    paths = [written(tmp_path / name, rows) for name in ("a.csv", "b.csv")]
    _, places, _ = played(open_source(paths, Selection(dedupe=True)))

    source = open_source(paths, Selection(dedupe=True), places[2])

    assert [LeftOut(repeated=2), LeftOut(repeated=0)] == [
        source.left_out,
        open_source(paths, Selection(dedupe=True)).left_out,
    ]
    source.close()


def test_without_the_option_each_quote_comes_as_often_as_it_stands_there(tmp_path: Path) -> None:
    rows: list[Row] = [(0, 0, "A", "1"), (0, 0, "A", "1")]
    paths = [written(tmp_path / name, rows) for name in ("a.csv", "b.csv")]

    assert [4, 2] == [
        len(played(open_source(paths, Selection(dedupe=dedupe)))[0]) for dedupe in (False, True)
    ]
