"""A block as Arrow: the same values, its tickers as text."""

import pyarrow as pa

from tests.zreplay.example_quotes import make_block
from zreplay.quotes.arrow_batch import SCHEMA, TickerNames, batch_of


def test_a_batch_has_the_values_of_the_block() -> None:
    block = make_block([7, 9], ["B", "A"], ["A", "X", "B"])
    batch = batch_of(block, TickerNames())

    assert SCHEMA == batch.schema
    assert [7, 9] == batch["arrival"].cast(pa.int64()).to_pylist()
    assert ["B", "A"] == batch["ticker"].to_pylist()
    assert block.bid_price.tolist() == batch["bid_price"].to_pylist()


def test_names_that_are_the_same_are_made_once() -> None:
    names = TickerNames()
    known = ("A", "B")

    assert names.of(known) is names.of(known)
    assert ["C"] == names.of(("C",)).to_pylist()
