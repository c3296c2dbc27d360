"""A processor gets the columns of a batch as they lie in its frame."""

import numpy as np
import pytest

from protocol import codec
from protocol.messages import Batch
from tests.zmid.processors.recorded import FIRST, batch
from zmid.processors.quotes import Quotes


def test_each_column_is_that_of_the_batch() -> None:
    quotes = Quotes.of(batch(4))

    assert ("historical", 0, FIRST, 4) == (
        *(quotes.mode, quotes.segment, quotes.first, quotes.count),
    )
    assert ["B", "C", "A", "B"] == quotes.ticker.tolist()
    assert [1000.0, 1001.0, 1002.0, 1003.0] == quotes.bid_price.tolist()
    assert [1002.0, 1003.0, 1004.0, 1005.0] == quotes.ask_price.tolist()
    assert ([3.0] * 4, [1.0] * 4) == (quotes.bid_amount.tolist(), quotes.ask_amount.tolist())
    assert [*range(FIRST, FIRST + 4)] == quotes.record.tolist() == quotes.index.tolist()
    assert (quotes.timestamp_ns + 1_000_000).tolist() == quotes.arrival_ns.tolist()


def test_columns_are_slices_of_the_frame_and_cannot_be_changed() -> None:
    frame = codec.encode(batch(4))
    decoded = codec.decode(frame)
    assert isinstance(decoded, Batch)
    quotes = Quotes.of(decoded)

    assert np.shares_memory(quotes.bid_price, np.frombuffer(frame, np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        quotes.bid_price[0] = 0.0
