"""In each form: the names that codes use, in their order, and the codes of those alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.quotes.used_names import used_names

pytestmark = pytest.mark.usefixtures("form")


@given(st.integers(1, 300), st.data())
def test_the_names_that_codes_use_keep_their_order(name_count: int, data: st.DataObject) -> None:
    names = tuple(f"T{number}" for number in range(name_count))
    codes = data.draw(st.lists(st.integers(0, name_count - 1), max_size=60))
    step = data.draw(st.sampled_from([1, 2]))
    given_codes = np.repeat(np.array(codes, np.int32), step)[::step]

    used, numbers = used_names(names, given_codes)

    assert tuple(names[code] for code in sorted({*codes})) == used
    assert [names[code] for code in codes] == [used[number] for number in numbers.tolist()]
    assert np.int32 == numbers.dtype


def test_names_all_of_which_are_used_are_the_same_tuple() -> None:
    names = ("A", "B")

    assert names is used_names(names, np.array([1, 0, 1], np.int32))[0]
