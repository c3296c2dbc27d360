"""A cursor travels whole, is small enough, and never points behind an unsent quote."""

import msgpack
import pytest

from protocol.errors import ProtocolError
from protocol.limits import MAX_CURSOR_BYTES
from zreplay.ordering.order_cursor import MAX_FILES, OrderCursor, Resume
from zreplay.quotes.block import first_position
from zreplay.recordings.source_block import FilePlace

LARGEST = 2**63 - 1
FARTHEST = first_position(1) - 1
START = Resume(FilePlace(10, 2), None)
SECOND = Resume(FilePlace(500, None, -3), -5)


def test_a_cursor_comes_back_as_it_was_packed() -> None:
    cursor = OrderCursor.of((-5, 7), (START, SECOND))

    assert cursor == OrderCursor.unpack(cursor.pack(), 2)
    assert (START, SECOND) == cursor.files


@pytest.mark.parametrize("number", [1, 2**32 - 1, 2**32, 2**40 + 5, FARTHEST])
def test_a_place_is_packed_as_far_as_a_file_reaches(number: int) -> None:
    cursor = OrderCursor.of((1, 2), (Resume(FilePlace(number, number, -number), number),))

    assert cursor == OrderCursor.unpack(cursor.pack(), 1)


def test_the_cursor_of_an_older_version_says_what_to_do() -> None:
    data = msgpack.packb((1, 5, 6, [(7, 8, 9), (1, None, None)]))

    with pytest.raises(ProtocolError, match="version 1 and 2 files") as caught:
        OrderCursor.unpack(data, 2)
    assert "--fresh" in caught.value.fix


def test_the_largest_cursor_leaves_room_for_what_travels_with_it() -> None:
    widest = Resume(FilePlace(FARTHEST, FARTHEST, LARGEST), -LARGEST)

    assert (
        len(OrderCursor.of((LARGEST, LARGEST), (widest,) * MAX_FILES).pack())
        < MAX_CURSOR_BYTES - 4096
    )


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\x00", b"\xc1", OrderCursor.of((0, 0), (START,)).pack(), b"\x94\x02\x00\x00\x90"),
        *(b"\x94\x01\x00\x00\x90", b"\x94\x01\x00\x00\x05", b"\x94\x02\x00\x00\xc4\x01a"),
    ],
)
def test_a_cursor_of_other_files_or_another_version_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        OrderCursor.unpack(data, 2)
