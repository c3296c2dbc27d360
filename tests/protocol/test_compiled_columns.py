"""The compiled narrowing refuses what does not fit, and reads nothing behind the end."""

import pytest

from protocol.narrow_head import HEAD, NO_SCALE
from tests.protocol.number_columns import packed

pytestmark = pytest.mark.usefixtures("compiled")


@pytest.mark.parametrize("size", [1, 7, 9])
def test_a_column_that_is_not_of_8_bytes_a_number_is_refused(size: int) -> None:
    from protocol import compiled_columns

    with pytest.raises(ValueError):
        compiled_columns.narrowed(bytes(size), False)


@pytest.mark.parametrize(
    ("narrow", "count"),
    [
        (b"", 0),
        (bytes(HEAD.size - 1), 1),
        (HEAD.pack(16, 0, 0, 0, 0, 0), 3),
        (HEAD.pack(0, 8, 0, 0, 0, 0) + bytes(24), 3),
        (HEAD.pack(0, 1, 10, 0, 0, 0) + bytes(3), 3),
        (HEAD.pack(NO_SCALE, 1, 0, 1, 0, 0) + bytes(3), 3),
        (HEAD.pack(0, 0, 0, 1, 0, 0), 3),
        (HEAD.pack(0, 1, 0, 2, 0, 0) + bytes(3), 3),
        (HEAD.pack(0, 1, 0, 0, 0, 0) + bytes(3), 4),
        (HEAD.pack(0, 1, 0, 0, 0, 0) + bytes(3), -1),
        (HEAD.pack(0, 1, 0, 0, 0, 0) + bytes(3), 2**62),
        (HEAD.pack(0, 7, 0, 0, 0, 0) + bytes(3), (2**63 + 2) // 7),
    ],
)
def test_a_head_that_does_not_fit_is_refused(narrow: bytes, count: int) -> None:
    from protocol import compiled_columns

    with pytest.raises(ValueError):
        compiled_columns.widened(narrow, count)


@pytest.mark.parametrize("width", [*range(1, 8)])
def test_the_last_items_are_whole(width: int) -> None:
    from protocol import compiled_columns

    offsets = [(2 ** (8 * width) - 1) * (row % 2) for row in range(12)]
    head = HEAD.pack(NO_SCALE, width, 0, 0, 0, 0)
    items = b"".join(offset.to_bytes(width, "little") for offset in offsets)

    assert packed(offsets) == compiled_columns.widened(head + items, 12)
