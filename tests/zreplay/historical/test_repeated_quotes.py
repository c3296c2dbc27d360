"""A quote is a repeat if an earlier file has an equal one, and nothing else is."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.zreplay.example_quotes import make_block
from zreplay.historical import repeated_quotes
from zreplay.historical.repeated_quotes import is_repeated
from zreplay.quotes.block import Block, first_position

VALUES = st.sampled_from([0.0, -0.0, 1.0, float("nan")])
ROWS = st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from("AB"), VALUES, VALUES)


def block_of(rows: list[tuple[int, int, str, float, float]]) -> Block:
    """Return quotes (arrival, file, ticker, bid, amount) in the order of a replay."""
    rows = sorted(rows, key=lambda row: row[:2])
    arrivals, files, tickers, bids, amounts = zip(*rows, strict=True) if rows else ((),) * 5
    count = len(rows)
    return replace(
        make_block(arrivals, tickers),
        position=np.array([first_position(file) for file in files], np.int64)
        + np.arange(count, dtype=np.int64),
        bid_price=np.array(bids, np.float64),
        ask_price=np.ones(count),
        ask_amount=np.array(amounts, np.float64),
    )


def text(value: float) -> str:
    return f"{value + 0.0}"  # -0.0 is 0.0, and one nan is as good as another


def plainly(rows: list[tuple[int, int, str, float, float]]) -> list[bool]:
    """Look for each quote through all the others."""
    rows = sorted(rows, key=lambda row: row[:2])
    keys = [(row[0], row[2], *map(text, row[3:])) for row in rows]
    return [
        any(keys[other] == key and rows[other][1] < rows[at][1] for other in range(len(rows)))
        for at, key in enumerate(keys)
    ]


@pytest.mark.parametrize("factor", [repeated_quotes._FACTOR, np.uint64(0)])
@given(rows=st.lists(ROWS, max_size=30))
def test_it_is_what_a_look_at_each_pair_says_also_where_all_digests_are_the_same(
    factor: np.uint64, rows: list[tuple[int, int, str, float, float]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeated_quotes, "_FACTOR", factor)
        found = is_repeated(block_of(rows))

    assert plainly(rows) == (found.tolist() if found is not None else [False] * len(rows))


def test_where_nothing_repeats_nothing_is_said() -> None:
    assert is_repeated(make_block([1, 1, 2])) is None


@pytest.mark.parametrize(
    "column",
    ["timestamp_ns", "latency_ms", "ask_amount", "ask_price", "bid_price", "bid_amount", "index"],
)
def test_all_columns_are_compared_but_index(column: str) -> None:
    block = block_of([(1, 0, "A", 1.0, 1.0), (1, 1, "A", 1.0, 1.0)])
    assert is_repeated(block) is not None
    changed: dict[str, Any] = {column: np.array([5, 6], getattr(block, column).dtype)}

    assert (column == "index") == (is_repeated(replace(block, **changed)) is not None)
