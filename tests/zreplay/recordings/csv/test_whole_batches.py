"""A block is a little less than whole batches of quotes, if it has room for one."""

import pytest

from protocol.limits import MAX_BATCH_QUOTES
from zreplay.recordings.csv.whole_batches import whole_batches_bytes

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("line_bytes", "batches"), [(116.0, 1), (100.5, 1), (60.0, 2), (40.0, 3), (134.0, 1)]
)
def test_a_block_has_the_rows_of_whole_batches_or_a_few_less(
    line_bytes: float, batches: int
) -> None:
    rows = whole_batches_bytes(4 * MIB, line_bytes) / line_bytes

    assert 0.94 * batches * MAX_BATCH_QUOTES < rows < batches * MAX_BATCH_QUOTES


@pytest.mark.parametrize("line_bytes", [0.0, 135.0, 1e6, 1e-9])
def test_where_the_lines_are_not_known_or_too_long_it_is_as_large_as_it_may_be(
    line_bytes: float,
) -> None:
    assert 4 * MIB == whole_batches_bytes(4 * MIB, line_bytes)


@pytest.mark.parametrize("most_bytes", [1, 4096, MIB])
def test_a_block_that_has_no_room_for_a_batch_is_as_it_was_asked_for(most_bytes: int) -> None:
    assert most_bytes == whole_batches_bytes(most_bytes, 116.0)
