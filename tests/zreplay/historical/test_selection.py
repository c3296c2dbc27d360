"""A selection takes what it should, counts it, and knows when a file is over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import SettingsError
from tests.reference_selection import fits
from tests.zreplay.example_quotes import make_block
from zreplay.historical.daily_session import DailySession
from zreplay.historical.selection import Selection, Selector, Window
from zreplay.quotes.rejection import Rejection, RowCode
from zreplay.recordings.source_block import FilePlace, SourceBlock

OPEN = Window(None, None)
HORIZON_NS = 5_000_000
NAMES = st.text("ABC/.[*?-", max_size=4)


def selector(window: Window = OPEN, sent: int = 0, **asked: object) -> Selector:
    return Selector(Selection(**asked), window, HORIZON_NS, sent)  # type: ignore[arg-type]


@given(st.lists(NAMES, max_size=20), st.lists(NAMES, max_size=3), st.lists(NAMES, max_size=3))
def test_tickers_are_those_that_fit_and_are_not_excluded(
    tickers: list[str], wanted: list[str], exclude: list[str]
) -> None:
    # The judge knows no pattern but `*`.
    wanted, exclude = ([n.translate({63: None, 91: None}) for n in ns] for ns in (wanted, exclude))
    chosen = selector(tickers=tuple(wanted), exclude=tuple(exclude))
    block = chosen.select(make_block(range(len(tickers)), tickers)).block

    expected = [
        ticker
        for ticker in tickers
        if (not wanted or fits(ticker, wanted)) and not fits(ticker, exclude)
    ]
    assert expected == [block.ticker_names[code] for code in block.ticker_codes.tolist()]
    assert len(expected) == chosen.sent


def test_case_counts() -> None:
    block = selector(tickers=("btc*",)).select(make_block([1, 2], ["BTC", "btcx"])).block

    assert [2] == block.arrival_ns.tolist()


@given(
    st.lists(st.integers(0, 9), max_size=20).map(sorted),
    st.none() | st.integers(-1, 10),
    st.none() | st.integers(-1, 10),
)
def test_a_window_has_its_start_and_not_its_end(
    arrivals: list[int], start_ns: int | None, end_ns: int | None
) -> None:
    block = selector(Window(start_ns, end_ns)).select(make_block(arrivals)).block

    assert [
        arrival
        for arrival in arrivals
        if (start_ns is None or arrival >= start_ns) and (end_ns is None or arrival < end_ns)
    ] == block.arrival_ns.tolist()


@given(st.lists(st.integers(0, 5), max_size=5), st.integers(1, 12))
def test_the_limit_counts_over_all_blocks_and_earlier_runs(sizes: list[int], limit: int) -> None:
    chosen = selector(sent=1, limit=limit + 1)
    counts = []
    for size in sizes:
        counts.append(len(chosen.select(make_block(range(size))).block))
        assert (sum(counts) == limit) == chosen.is_full

    assert min(sum(sizes), limit) == sum(counts)


def test_without_a_limit_it_is_never_full() -> None:
    assert not selector(sent=10**9).is_full


def test_a_file_is_over_behind_its_first_timestamp_beyond_the_horizon() -> None:
    times = np.array([3, 9, 8, 10, 2, 11]) * 1_000_000
    block = make_block(times + 1_000_000)
    source = SourceBlock(block, FilePlace(0, 1), FilePlace(9, 2), block.position, block.position)
    rejections = [Rejection("a", None, offset, "", "", "", RowCode.OTHER) for offset in range(6)]
    chosen = selector(Window(None, 5_000_000))

    assert not chosen.is_over(None)
    assert not chosen.is_over(9_999_999)
    part, kept, is_last = chosen.within(source, rejections)

    assert times[:4].tolist() == part.block.timestamp_ns.tolist()
    assert ([0, 1, 2], True) == ([rejection.offset for rejection in kept], is_last)
    assert chosen.is_over(10_000_000)


@pytest.mark.parametrize("end_ns", [None, 2**63 - 1])
def test_a_file_without_an_end_is_never_over(end_ns: int | None) -> None:
    block = make_block([1, 2, 3])
    source = SourceBlock(block, FilePlace(0, 1), FilePlace(9, 2), block.position, block.position)
    chosen = selector(Window(None, end_ns))

    assert (source, [], False) == chosen.within(source, [])
    assert not chosen.is_over(2**62)


def test_the_window_counts_from_the_first_arrival_or_from_an_instant() -> None:
    assert Window(None, None) == Selection(limit=1).window(5)
    assert Window(1, 2) == Selection(from_ns=1, to_ns=2).window(5)
    assert Window(7, None) == Selection(start_offset_ns=2).window(5)
    assert Window(7, 10) == Selection(start_offset_ns=2, duration_ns=3).window(5)
    assert Window(None, 8) == Selection(duration_ns=3).window(5)
    assert Window(1, 4) == Selection(from_ns=1, duration_ns=3).window(5)


def test_the_first_arrival_is_looked_for_only_where_it_counts() -> None:
    needs = [Selection(start_offset_ns=0), Selection(duration_ns=1)]
    needs_not = [Selection(), Selection(from_ns=1, duration_ns=1), Selection(to_ns=1, limit=1)]

    assert all(selection.needs_origin for selection in needs)
    assert not any(selection.needs_origin for selection in needs_not)


@pytest.mark.parametrize(
    "asked",
    [
        {"from_ns": 1, "start_offset_ns": 1},
        {"to_ns": 1, "duration_ns": 1},
        {"from_ns": 2, "to_ns": 2},
        {"limit": 0},
        {"limit": 2**63},
    ],
)
def test_what_contradicts_itself_is_refused(asked: dict[str, int]) -> None:
    with pytest.raises(SettingsError):
        Selection(**asked)  # type: ignore[arg-type]


def test_what_was_asked_is_written_down_and_everything_is_nothing() -> None:
    assert "" == str(Selection())
    assert "tickers=('A',) from_ns=0 limit=3" == str(Selection(("A",), from_ns=0, limit=3))
    assert "dedupe=True" == str(Selection(dedupe=True))
    session = DailySession(34_200, 57_600)
    assert str(Selection(session=session)) == f"session={session!r}"
    assert "--session '09:30-16:00 UTC'" == Selection(session=session).as_options()
    assert "--limit '3' --dedupe" == Selection(limit=3, dedupe=True).as_options()


def test_what_was_asked_for_is_said_as_it_was_asked() -> None:
    asked = Selection(
        tickers=("BTC*", "ETH*"), from_ns=1_500_000_000, duration_ns=90 * 10**9, limit=7
    )

    assert (
        "--tickers 'BTC*,ETH*' --from '1970-01-01 00:00:01.500' --duration '90s' --limit '7'"
        == asked.as_options()
    )
    assert "" == Selection().as_options()
