"""What is empty is the ticker's last value in the file, wherever blocks are cut."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.zreplay.example_quotes import make_block
from zreplay.historical.carry_forward import CARRIED, CarryForward, needs_memory
from zreplay.quotes.block import EMPTY, Block

NAN = math.nan
_rows = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from([NAN, 1.0, 2.0, 3.0])), max_size=20
)


def block_of(name: str, rows: list[tuple[str, float]]) -> Block:
    if not rows:
        return EMPTY
    block = make_block([5] * len(rows), [ticker for ticker, _ in rows])
    return replace(block, **{name: np.array([value for _, value in rows])})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CARRIED)
@given(rows=_rows, cuts=st.lists(st.integers(0, 20), max_size=4))
def test_it_is_what_a_loop_over_the_rows_gives(
    name: str, rows: list[tuple[str, float]], cuts: list[int]
) -> None:
    last: dict[str, float] = {}
    expected = []
    for ticker, value in rows:
        last[ticker] = last.get(ticker, NAN) if math.isnan(value) else value
        expected.append(last[ticker])
    carried = CarryForward()
    ends = sorted({0, *cuts, len(rows)})
    parts = [rows[begin:end] for begin, end in zip(ends, ends[1:], strict=False)]
    found = [getattr(carried.filled(block_of(name, part)), name) for part in parts]

    np.testing.assert_array_equal(expected, np.concatenate([*found, []]))


def test_nothing_else_is_changed() -> None:
    block = make_block([3, 2, 1], ["B", "A", "B"])
    filled = CarryForward().filled(block)

    assert block.arrival_ns.tolist() == filled.arrival_ns.tolist()
    assert block.ask_price.tolist() == filled.ask_price.tolist()
    assert (block.ticker_codes.tolist(), block.ticker_names) == (
        filled.ticker_codes.tolist(),
        filled.ticker_names,
    )


def test_a_replay_names_the_command() -> None:
    error = needs_memory("a.csv", "mine")

    assert ("Z402", True) == (error.code, error.fix.startswith("zreplay convert a.csv --to"))
