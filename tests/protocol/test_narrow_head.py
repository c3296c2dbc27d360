"""A column whose head does not fit its bytes is named before anything is made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.limits import MAX_BATCH_QUOTES
from protocol.narrow_column import widened
from protocol.narrow_head import HEAD, NO_SCALE, column_misfit, column_of_one


@pytest.mark.parametrize(
    ("head", "rest", "what"),
    [
        ((16, 1, 0, 0), 40, "scale 16"),
        ((254, 1, 0, 0), 40, "scale 254"),
        ((0, 8, 0, 0), 40, "width 8"),
        ((0, 1, 10, 0), 40, "unit 10"),
        ((0, 1, 0, 2), 40, "has_nan 2"),
        ((NO_SCALE, 1, 0, 1), 40, "has_nan 1"),
        ((0, 0, 0, 1), 0, "has_nan 1"),
        ((0, 1, 0, 0), 39, "59 bytes, expected 60"),
        ((0, 1, 0, 0), 41, "61 bytes, expected 60"),
        ((0, 0, 0, 0), 1, "21 bytes, expected 20"),
        ((0, 1, 0, 0), 299, "319 bytes, expected 60"),
    ],
)
def test_what_does_not_fit_is_named(head: tuple[int, ...], rest: int, what: str) -> None:
    column = HEAD.pack(*head, 0, 0) + bytes(rest)

    assert what in column_misfit(column, 40)


@pytest.mark.parametrize("size", [0, 1, HEAD.size - 1, 8 * 40 - 1, 8 * 40 + 1, 2**20])
def test_a_size_of_no_column_is_named(size: int) -> None:
    assert f"had {size} bytes" in column_misfit(bytes(size), 40)


@given(st.binary(min_size=HEAD.size, max_size=HEAD.size + 90), st.integers(1, 30))
def test_whatever_fits_can_be_widened(column: bytes, count: int) -> None:
    if not column_misfit(column, count):
        assert 8 * count == len(widened(column, count))


@given(st.binary(min_size=8, max_size=8), st.integers(1, 5) | st.just(MAX_BATCH_QUOTES))
def test_a_number_that_stands_in_all_rows_takes_a_head_at_most(bits: bytes, count: int) -> None:
    column = column_of_one(bits, count)

    assert "" == column_misfit(column, count)
    assert bits * count == widened(column, count)
    assert min(HEAD.size, 8 * count) >= len(column)


def test_a_head_alone_is_as_many_numbers_as_a_batch_may_have() -> None:
    head = HEAD.pack(0, 0, 0, 0, 1, 2)

    assert "" == column_misfit(head, MAX_BATCH_QUOTES)
    assert 8 * MAX_BATCH_QUOTES == len(widened(head, MAX_BATCH_QUOTES))
