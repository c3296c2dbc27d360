"""The columns are those of `zreplay.read`, with null for what is missing."""

import numpy as np

from tests.zreplay.example_quotes import make_block
from zreplay.conversion.quote_table import LATENCY, QuoteTable
from zreplay.quotes.arrow_batch import SCHEMA


def test_names_and_types_are_those_of_the_library_and_what_may_be_missing_may_be_null() -> None:
    schema = QuoteTable(has_latency=True).schema

    assert (SCHEMA.names, SCHEMA.types) == (schema.names, schema.types)
    nullable = [field.name for field in schema if field.nullable]
    assert ["ask_price", "bid_price", "ask_amount", "bid_amount", "index"] == nullable
    assert [name for name in SCHEMA.names if name != LATENCY] == QuoteTable(
        has_latency=False
    ).schema.names


def test_what_is_missing_is_null_and_nothing_else_is() -> None:
    block = make_block([0, 1])
    block.ask_price[0] = np.nan
    block.index[1] = -1
    batch = QuoteTable(has_latency=True).batch(block)

    assert [None, 102.0] == batch["ask_price"].to_pylist()
    assert [None, None] == batch["bid_amount"].to_pylist()
    assert [1, None] == batch["index"].to_pylist()
    assert 0 == batch["bid_price"].null_count
