"""The quotes of a large batch are the same, in fewer bytes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol import codec
from protocol.messages import HISTORICAL, Batch, Columns
from protocol.narrow_codes import widened_codes
from protocol.narrow_column import widened
from protocol.narrow_head import HEAD, NARROW_FROM
from tests.zreplay.example_quotes import make_block
from zreplay.delivery.narrow_batch import narrowed_batch
from zreplay.playback.batch_columns import unsent_batch

TICKERS = ("BTC@BINANCE", "ETH@KRAKEN", "ADA@OKX")


@given(st.integers(1, 3), st.lists(st.floats(0, 1e5), min_size=1, max_size=5), st.data())
def test_the_quotes_of_a_large_batch_are_the_same_and_take_fewer_bytes(
    ticker_count: int, prices: list[float], data: st.DataObject
) -> None:
    count = data.draw(st.integers(NARROW_FROM, NARROW_FROM + 99))
    tickers = [TICKERS[row % ticker_count] for row in range(count)]
    block = make_block(list(range(count)), tickers, TICKERS)
    block = replace(block, bid_price=np.resize(np.array(prices), count))
    wide = replace(unsent_batch(block, HISTORICAL), run=bytes(16))

    narrow = narrowed_batch(wide)

    for name in Columns.__struct_fields__[:7]:
        assert getattr(wide.columns, name) == widened(getattr(narrow.columns, name), count), name
    codes = widened_codes(narrow.columns.ticker_codes, count)
    assert tickers == [narrow.columns.ticker_names[code] for code in codes]
    assert HEAD.size == len(narrow.columns.index)
    assert (ticker_count > 1) * count == len(narrow.columns.ticker_codes)
    assert wide == replace(narrow, columns=wide.columns)
    received = codec.decode(codec.encode(narrow))
    assert isinstance(received, Batch)
    assert narrow == received


@given(st.integers(NARROW_FROM, NARROW_FROM + 99))
def test_a_column_that_is_narrow_already_stays_as_it_is(count: int) -> None:
    block = make_block(list(range(count)))
    as_numbers = replace(
        block,
        index=np.full(count, -1),
        ask_amount=np.full(count, np.nan),
        bid_amount=np.full(count, np.nan),
    )

    expected = narrowed_batch(unsent_batch(as_numbers, HISTORICAL))
    assert expected == narrowed_batch(unsent_batch(block.bare(), HISTORICAL))


def test_few_quotes_travel_wide() -> None:
    batch = unsent_batch(make_block([7] * (NARROW_FROM - 1)), HISTORICAL)

    assert batch is narrowed_batch(batch)
