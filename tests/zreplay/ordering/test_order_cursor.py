"""A place in the order of several files is packed and unpacked, whatever the numbers in it."""

import pytest

from zreplay.ordering.order_cursor import PLACE_BYTES, OrderCursor, Resume
from zreplay.recordings.source_block import FilePlace

FARTHEST = 2**48 - 1
LARGEST = 2**63 - 1
START = Resume(FilePlace(10, 2), None)
SECOND = Resume(FilePlace(500, None, -3), -5)


def test_the_files_come_back_in_their_order() -> None:
    assert (START, SECOND) == OrderCursor.of((-5, 7), (START, SECOND)).files


@pytest.mark.parametrize("number", [1, 2**32 - 1, 2**32, FARTHEST])
def test_a_place_may_be_anywhere_in_a_file(number: int) -> None:
    resume = Resume(FilePlace(number, number, -number), number)

    assert (resume,) == OrderCursor.of((1, 2), (resume,)).files


def test_every_place_takes_the_same_bytes() -> None:
    widest = Resume(FilePlace(FARTHEST, FARTHEST, LARGEST), -LARGEST)

    assert 2 * PLACE_BYTES == len(OrderCursor.of((LARGEST, LARGEST), (widest, START)).places)


def test_a_file_may_be_read_on_from_an_earlier_place_and_never_from_a_later_one() -> None:
    cursor = OrderCursor.of((-5, 7), (SECOND, SECOND))

    assert cursor == cursor.not_after({})
    assert (SECOND, START) == cursor.not_after({1: START}).files
    assert (START, SECOND) == OrderCursor.of((-5, 7), (START, SECOND)).not_after({0: SECOND}).files
