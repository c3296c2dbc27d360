"""A sparkline shows the newest at the right, in the given number of columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.screen.sparkline import ASCII, BLOCKS, sparkline


@given(st.lists(st.floats(0, 1e12)), st.floats(0, 1e12), st.integers(-1, 50), st.booleans())
def test_it_is_as_wide_as_it_was_given_and_of_its_marks_only(
    values: list[float], most: float, width: int, is_ascii: bool
) -> None:
    text = sparkline(values, most, width, is_ascii=is_ascii)

    assert max(0, width) == len(text)
    assert set(text) <= {" ", *(ASCII if is_ascii else BLOCKS)}


@pytest.mark.parametrize(
    ("values", "text"),
    [((), "    "), ((0, 8), "  ▁█"), ((8, 8, 0, 4, 8, 2), "▁▅█▃"), ((9,), "   █"), ((1,), "   ▂")],
)
def test_the_most_is_a_full_block_and_nothing_the_lowest(
    values: tuple[float, ...], text: str
) -> None:
    assert text == sparkline(values, 8, 4)
