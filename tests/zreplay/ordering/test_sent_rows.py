"""Which rows of a block come behind the last one that was sent."""

import numpy as np
import pytest
from msgspec.structs import replace

from tests.zreplay.example_quotes import make_block
from zreplay.ordering.sent_rows import last_key, unsent
from zreplay.quotes.block import EMPTY

BLOCK = replace(make_block([5, 9, 5, 7, 9]), position=np.array([10, 20, 30, 40, 50]))


@pytest.mark.parametrize(
    ("sent_key", "expected"),
    [
        (None, [10, 20, 30, 40, 50]),
        ((4, 99), [10, 20, 30, 40, 50]),
        ((5, 10), [20, 30, 40, 50]),
        ((5, 30), [20, 40, 50]),
        ((9, 20), [50]),
        ((9, 50), []),
    ],
)
def test_rows_come_behind_the_one_that_was_sent_by_arrival_and_place(
    sent_key: tuple[int, int] | None, expected: list[int]
) -> None:
    assert expected == unsent(BLOCK, sent_key).position.tolist()


def test_of_no_rows_none_come() -> None:
    assert 0 == len(unsent(EMPTY, (5, 10)))


def test_the_last_to_leave_is_the_last_of_the_latest_arrival() -> None:
    assert (9, 50) == last_key(BLOCK)
