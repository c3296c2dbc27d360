"""By columns or row by row: the lines are the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.messages import MODES, STAMPS
from tests.zmid.fakes import make_batch
from zmid.mid import FEW_ROWS, python_lines
from zmid.mid_columns import column_lines
from zmid.mid_rule import MidRule

times_ns = st.integers(-(2**62), 2**62)
numbers = st.floats() | st.sampled_from([0.0, 20.0, 100.5])
quotes_of_a_batch = st.lists(
    st.tuples(times_ns, numbers, numbers, numbers), min_size=1, max_size=FEW_ROWS
)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stamp", STAMPS)
@settings(max_examples=100, deadline=None)
@given(quotes=quotes_of_a_batch)
def test_columns_print_what_rows_do(
    mode: str, stamp: str, quotes: list[tuple[int, float, float, float]]
) -> None:
    batch, rule = make_batch(quotes, mode), MidRule(20.0, stamp)

    assert python_lines(batch, rule) == column_lines(batch, rule)
