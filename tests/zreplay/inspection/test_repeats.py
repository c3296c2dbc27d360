"""A row repeats another if all but its number is equal; a digest alone decides nothing."""

import numpy as np
import pytest
from msgspec.structs import force_setattr

from tests.zreplay.example_quotes import make_block
from zreplay.inspection import repeats
from zreplay.inspection.repeats import repeats_in
from zreplay.quotes.block import Block


def rows(count: int) -> Block:
    """Return rows that differ in their number only; no amount is known of them."""
    block = make_block([7] * count)
    for name in ("ask_price", "bid_price", "ask_amount"):
        force_setattr(block, name, np.full(count, 1.5))
    return block


def test_rows_that_differ_in_their_number_only_repeat_the_first() -> None:
    assert 3 == repeats_in(rows(4))


@pytest.mark.parametrize(
    "column",
    ("arrival_ns", "timestamp_ns", "ask_price", "bid_price", "ask_amount", "bid_amount"),
)
def test_a_row_that_differs_in_any_column_repeats_nothing(column: str) -> None:
    block = rows(4)
    getattr(block, column)[2] = 5

    assert 2 == repeats_in(block)


def test_the_same_quote_of_another_ticker_is_another_row() -> None:
    block = make_block([7, 7], ["A", "B"])
    force_setattr(block, "ask_price", np.array([1.0, 1.0]))
    force_setattr(block, "bid_price", np.array([1.0, 1.0]))
    force_setattr(block, "ask_amount", np.array([0.0, -0.0]))

    assert 0 == repeats_in(block)
    force_setattr(block, "ticker_codes", np.array([0, 0], dtype=np.int32))
    assert 1 == repeats_in(block)


def test_different_rows_with_one_digest_are_looked_at_in_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    block = rows(5)
    block.bid_price[3:] = 9

    monkeypatch.setattr(
        repeats, "_digests", lambda columns: np.zeros(len(columns[0]), dtype=np.uint64)
    )

    assert 3 == repeats_in(block)
