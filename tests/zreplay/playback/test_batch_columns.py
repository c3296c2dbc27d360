"""What is due becomes columns that come out of the codec as they went in."""

from unittest.mock import patch

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol import codec
from protocol.limits import MAX_BATCH_QUOTES, MAX_NAMES_BYTES, MAX_TICKER_CHARS
from protocol.messages import HISTORICAL, Batch, Columns
from protocol.narrow_column import widened
from protocol.narrow_head import HEAD
from tests.zreplay.example_quotes import make_block
from zreplay.playback import batch_columns as batch
from zreplay.playback.batch_columns import (
    columns_of,
    cut_of,
    due_count,
    even_share,
)
from zreplay.quotes.block import Block

TICKERS = ("BTC@BINANCE", "ÅSA@NORDIC", "", "ETH@KRAKEN", "ADA@OKX")
WIDE = {ord(str(digit)): 0x1F300 + digit for digit in range(10)}
ITEMS = {
    "index": "<i8",
    "timestamp_ns": "<i8",
    "latency_ms": "<f8",
    "ask_amount": "<f8",
    "ask_price": "<f8",
    "bid_price": "<f8",
    "bid_amount": "<f8",
}


def received(block: Block) -> Columns:
    """Send a block through the wire's bytes."""
    message = Batch(
        run=bytes(16),
        epoch=1,
        first=0,
        count=len(block),
        segment=0,
        reason="start",
        mode=HISTORICAL,
        attempt=1,
        cursor=b"",
        arrival_ns=0,
        version="",
        columns=columns_of(block),
    )
    decoded = codec.decode(codec.encode(message))
    assert isinstance(decoded, Batch)
    return decoded.columns


def bits(column: npt.NDArray[np.generic]) -> bytes:
    return column.astype(column.dtype.newbyteorder("<")).tobytes()


def tickers_of(columns: Columns) -> list[str]:
    return [columns.ticker_names[code] for code in np.frombuffer(columns.ticker_codes, "<i4")]


@given(st.lists(st.sampled_from(TICKERS), min_size=1, max_size=50), st.integers(0, 200))
def test_every_column_comes_out_of_the_codec_bit_for_bit(
    tickers: list[str], unused_names: int
) -> None:
    unused = [f"UNUSED{number}" for number in range(unused_names)]
    names = [*unused[::2], *reversed(TICKERS), *unused[1::2]]
    block = make_block(list(range(len(tickers))), tickers, names)

    columns = received(block)

    for name, item in ITEMS.items():
        sent = getattr(block, name)
        assert bits(sent) == bytes(getattr(columns, name)), name
        assert len(tickers) == len(np.frombuffer(getattr(columns, name), item))
    assert tickers == tickers_of(columns)
    assert set(tickers) == set(columns.ticker_names)


@given(st.integers(1, 40) | st.sampled_from([255, 256, 5000]))
def test_what_a_bare_block_leaves_out_travels_as_a_head(count: int) -> None:
    block = make_block(range(count)).bare()

    columns = received(block)

    for name in ITEMS:
        assert bits(getattr(block, name)) == bytes(widened(getattr(columns, name), count)), name
    sizes = [len(getattr(columns, name)) for name in ("index", "ask_amount", "bid_amount")]
    assert [min(8 * count, HEAD.size)] * 3 == sizes


def test_special_floats_keep_their_bits() -> None:
    values = np.array([np.nan, -0.0, 5e-324, 1.7976931348623157e308])
    block = make_block([0] * 4)
    block.bid_amount[:] = values

    assert values.tobytes() == bytes(received(block).bid_amount)


def test_a_strided_slice_of_a_block_travels_whole() -> None:
    block = make_block(range(10), list("ABABABABAB")).take(slice(1, 9, 2))

    columns = received(block)

    assert [1, 3, 5, 7] == (np.frombuffer(columns.ask_price, "<f8") - 101).tolist()
    assert ["B"] * 4 == tickers_of(columns)
    assert ("B",) == columns.ticker_names


def test_names_are_numbered_in_the_order_that_was_given() -> None:
    names = ("C", "A", "X", "B")
    for unused in (0, 100):  # few codes for many names take another way
        given_names = (*names, *(f"U{number}" for number in range(unused)))
        columns = columns_of(make_block([1, 2, 3], ["B", "A", "C"], given_names))

        assert ("C", "A", "B") == columns.ticker_names
        assert ["B", "A", "C"] == tickers_of(columns)


@given(st.lists(st.integers(0, 20), min_size=1), st.integers(-1, 21), st.data())
def test_due_is_what_has_arrived_by_now_from_a_row_on(
    arrivals: list[int], now_ns: int, data: st.DataObject
) -> None:
    arrivals.sort()
    start = data.draw(st.integers(0, len(arrivals)))

    expected = sum(arrival <= now_ns for arrival in arrivals[start:])
    assert expected == due_count(make_block(arrivals), start, now_ns)


@given(st.integers(1, 10**7), st.integers(1, 65_536))
def test_even_shares_use_the_fewest_batches_and_differ_by_little(count: int, most: int) -> None:
    sizes, left = [], count
    fewest = -(-count // most)
    while left and len(sizes) < 3:
        sizes.append(even_share(left, most))
        left -= sizes[-1]

    assert all(0 < size <= most for size in sizes)
    assert max(sizes) - min(sizes) <= 1
    assert left or fewest == len(sizes)


def different(count: int, length: int) -> Block:
    """Return quotes of different tickers of so many characters, each one of 4 bytes."""
    names = tuple(str(number).rjust(length, "0").translate(WIDE) for number in range(count))
    codes = np.arange(count, dtype=np.int32)
    return replace(make_block(range(count)), ticker_codes=codes, ticker_names=names)


@given(st.lists(st.text("Aß💥", max_size=6), min_size=1, max_size=60), st.integers(24, 120))
def test_a_cut_holds_as_many_quotes_as_have_room_for_their_names(
    tickers: list[str], most_bytes: int
) -> None:
    block = make_block(range(len(tickers)), tickers, ["unused", *dict.fromkeys(tickers)])

    with patch.multiple(batch, MAX_NAMES_BYTES=most_bytes, _FEW_NAMES=0):
        cut = cut_of(block)

    def names_bytes(count: int) -> int:
        return sum(len(name.encode()) for name in set(tickers[:count]))

    fitting = [count for count in range(1, len(tickers) + 1) if names_bytes(count) <= most_bytes]
    assert max(fitting) == cut.quotes
    assert tickers[: cut.quotes] == tickers_of(cut.columns)
    assert set(tickers[: cut.quotes]) == set(cut.columns.ticker_names)
    assert cut.quotes - 1 == cut.last_position


def test_a_whole_batch_of_the_longest_tickers_goes_in_several() -> None:
    block = different(MAX_BATCH_QUOTES, MAX_TICKER_CHARS)

    assert MAX_NAMES_BYTES // (4 * MAX_TICKER_CHARS) == cut_of(block).quotes


def test_a_whole_batch_of_usual_tickers_goes_in_one() -> None:
    assert MAX_BATCH_QUOTES == cut_of(different(MAX_BATCH_QUOTES, 32)).quotes
