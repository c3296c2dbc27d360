"""Rows taken from a block keep all their columns together, and tickers their names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from tests.zreplay.example_quotes import make_block
from zreplay.quotes.block import COLUMN_NAMES, Block, file_of, first_position, offset_of


def rows(block: Block) -> list[tuple[object, ...]]:
    """Return the block's quotes, each as its ticker and the text of its values."""
    tickers = [block.ticker_names[code] for code in block.ticker_codes]
    columns = [getattr(block, name) for name in COLUMN_NAMES if name != "ticker_codes"]
    values = zip(*([str(value) for value in column] for column in columns), strict=True)
    return list(zip(tickers, values, strict=True))


BLOCK = make_block(range(6), tickers=["A", "B", "A", "C", "B", "A"], names=["C", "B", "A", "X"])


@given(st.lists(st.integers(0, 5)))
def test_taking_rows_by_number_takes_them_whole_and_in_that_order(numbers: list[int]) -> None:
    taken = BLOCK.take(np.array(numbers, dtype=np.intp))

    assert [rows(BLOCK)[number] for number in numbers] == rows(taken)
    assert len(numbers) == len(taken)


@given(st.slices(6))
def test_a_slice_is_a_view_of_the_same_rows(part: slice) -> None:
    taken = BLOCK.take(part)

    assert rows(BLOCK)[part] == rows(taken)
    assert all(getattr(taken, name).base is not None for name in COLUMN_NAMES)


def test_every_column_but_the_names_has_an_item_for_each_row() -> None:
    assert {6} == {len(getattr(BLOCK, name)) for name in COLUMN_NAMES}
    assert "ticker_names" not in COLUMN_NAMES


LEFT_OUT = {"index": -1, "ask_amount": np.nan, "bid_amount": np.nan}


def as_if_read_without(block: Block) -> Block:
    """Return a block in whose files there were neither amounts nor an index."""
    return replace(block, **{name: np.full(len(block), LEFT_OUT[name]) for name in LEFT_OUT})


def test_a_bare_block_is_what_a_file_without_amounts_and_index_has() -> None:
    bare = BLOCK.bare()

    assert rows(as_if_read_without(BLOCK)) == rows(bare)
    assert (False, True) == (BLOCK.is_bare, bare.is_bare)
    assert bare is bare.bare()
    assert BLOCK.bounds == bare.bounds
    assert [getattr(BLOCK, name).dtype for name in COLUMN_NAMES] == [
        getattr(bare, name).dtype for name in COLUMN_NAMES
    ]
    assert not any(getattr(bare, name).flags.writeable for name in LEFT_OUT)


@given(st.lists(st.integers(0, 5)), st.slices(6))
def test_rows_of_a_bare_block_are_bare(numbers: list[int], part: slice) -> None:
    some = np.array(numbers, dtype=np.intp)
    bare = BLOCK.bare()

    for taken, expected in (
        (bare.take(some), BLOCK.take(some)),
        (bare.take(part), BLOCK.take(part)),
    ):
        assert taken.is_bare
        assert rows(as_if_read_without(expected)) == rows(taken)
    assert bare.renamed(bare.ticker_codes, bare.ticker_names).is_bare


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_block_with_one_of_them_is_not_bare(name: str) -> None:
    with_one = replace(BLOCK.bare(), **{name: getattr(BLOCK, name)})

    assert not with_one.is_bare
    assert rows(as_if_read_without(BLOCK)) == rows(with_one.bare())


times_ns = st.integers(0, 5) | st.integers(-(2**63), 2**63 - 1)


@given(
    st.lists(st.tuples(times_ns, times_ns), min_size=1) | st.just([(n, n + 1) for n in (1, 3, 3)])
)
def test_bounds_are_those_of_all_rows(rows: list[tuple[int, int]]) -> None:
    stamps, arrivals = (list(column) for column in zip(*rows, strict=True))
    made = make_block(arrivals)
    block = replace(made, timestamp_ns=np.array(stamps, np.int64))
    bounds = astuple(block.bounds)
    least_ns, greatest_ns, oldest_ns, newest_ns, are_in_order, newest_row, last_row = bounds

    assert (min(arrivals), max(arrivals)) == (least_ns, greatest_ns)
    assert (min(stamps), max(stamps)) == (oldest_ns, newest_ns)
    assert stamps.index(max(stamps)) == newest_row
    assert max(row for row, each in enumerate(arrivals) if each == max(arrivals)) == last_row
    is_behind = [arrival < max(stamps[: row + 1]) for row, arrival in enumerate(arrivals)]
    assert not (are_in_order and any(is_behind))
    if arrivals == sorted(arrivals) or stamps == sorted(stamps):
        assert are_in_order is not any(is_behind)
    assert block.bounds is block.bounds is block.renamed(block.ticker_codes, ("Z",)).bounds
    assert block.take(slice(0, 1)).bounds.greatest_arrival_ns == arrivals[0]


def test_renamed_rows_keep_all_but_their_tickers() -> None:
    renamed = BLOCK.renamed(np.zeros(6, np.int32), ("Z",))

    assert [("Z", values) for _, values in rows(BLOCK)] == rows(renamed)
    assert BLOCK.bounds == renamed.bounds


def test_a_position_orders_by_file_and_then_by_byte_up_to_256_tebibytes() -> None:
    last_byte_of_file_0 = first_position(1) - 1

    assert 2**48 - 1 == last_byte_of_file_0
    assert (0, 2**48 - 1) == (file_of(last_byte_of_file_0), offset_of(last_byte_of_file_0))
    assert first_position(999) < 2**63


def test_a_position_gives_back_its_file_and_its_byte_one_or_many_at_once() -> None:
    positions = [first_position(0) + 7, first_position(3), first_position(999) + 2**48 - 1]

    assert [0, 3, 999] == [file_of(position) for position in positions]
    assert [0, 3, 999] == file_of(np.array(positions)).tolist()
    assert [7, 0, 2**48 - 1] == [offset_of(position) for position in positions]
    assert [7, 0, 2**48 - 1] == offset_of(np.array(positions)).tolist()
