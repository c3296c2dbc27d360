"""Unpacked rows equal those of the block, however they are sliced."""

from hypothesis import given
from hypothesis import strategies as st

from tests.zreplay.example_quotes import make_block
from zreplay.playback.batch_columns import cut_of, due_count
from zreplay.playback.unpacked_rows import UNPACKED_ROWS, UnpackedRows

TICKERS = ("BTC@BINANCE", "ÅSA@NORDIC", "", "ETH@KRAKEN", "ADA@OKX")
ROWS = UNPACKED_ROWS + 40


@given(
    st.lists(st.sampled_from(TICKERS), min_size=1, max_size=12),
    st.integers(0, 60),
    st.data(),
)
def test_a_cut_of_a_strip_is_that_of_the_block(
    tickers: list[str], start: int, data: st.DataObject
) -> None:
    names = data.draw(st.permutations([*TICKERS, "UNUSED"]))
    block = make_block(range(ROWS), [tickers[row % len(tickers)] for row in range(ROWS)], names)
    unpacked = UnpackedRows(block, start)
    row = data.draw(st.integers(start, unpacked.end - 1))
    count = data.draw(st.integers(1, unpacked.end - row))

    cut, expected = unpacked.cut(row, count), cut_of(block.take(slice(row, row + count)))

    assert expected.columns == cut.columns
    assert expected.arrivals_ns.tolist() == cut.arrivals_ns
    assert expected.last_position == cut.last_position


@given(st.lists(st.integers(0, 20), min_size=1, max_size=50), st.integers(-1, 21), st.data())
def test_due_is_what_has_arrived_by_now_from_a_row_on(
    arrivals: list[int], now_ns: int, data: st.DataObject
) -> None:
    block = make_block(sorted(arrivals))
    start = data.draw(st.integers(0, len(arrivals) - 1))
    row = data.draw(st.integers(start, len(arrivals) - 1))
    unpacked = UnpackedRows(block, start)

    assert due_count(block, row, now_ns) == unpacked.due_count(row, now_ns)
    assert sorted(arrivals)[row] == unpacked.arrival_ns(row)


def test_a_strip_ends_with_its_block() -> None:
    block = make_block(range(10))

    assert [(0, 10), (9, 10)] == [
        (each.start, each.end) for each in (UnpackedRows(block, 0), UnpackedRows(block, 9))
    ]


def test_a_strip_holds_so_many_rows_at_most() -> None:
    assert UNPACKED_ROWS + 3 == UnpackedRows(make_block(range(3 * UNPACKED_ROWS)), 3).end
