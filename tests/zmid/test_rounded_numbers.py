"""What is computed by column is the number that the text of the definition reads back as."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zmid.plain_text import rounded
from zmid.rounded_numbers import rounded_numbers


@given(
    st.lists(
        st.floats(0, 1e300)
        | st.floats(-1e9, 1e9)
        | st.tuples(st.integers(0, 10**15), st.integers(0, 16)).map(lambda d: d[0] / 10 ** d[1])
        | st.tuples(st.integers(0, 10**9), st.integers(0, 9), st.floats(-3, 3)).map(
            lambda d: (d[0] / 10 ** d[1]) * (1 + d[2] * 1e-15)
        )
        | st.tuples(st.integers(1, 10**8), st.floats(0.2, 0.8)).map(
            lambda d: d[0] * 1e-1 + d[1] * 1e-15 * d[0]
        ),
        min_size=1,
        max_size=20,
    )
)
def test_a_number_is_what_its_text_reads_back_as(numbers: list[float]) -> None:
    column = np.array(numbers)
    read = rounded_numbers(column, np.ones(len(column), np.bool_))

    assert [float(rounded(number)) for number in numbers] == read.tolist()


def test_of_what_is_not_asked_nothing_is_computed_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("zmid.rounded_numbers.rounded", None)
    read = rounded_numbers(np.array([1.5, math.nan, 1e300]), np.array([True, False, False]))

    assert 1.5 == read[0]
