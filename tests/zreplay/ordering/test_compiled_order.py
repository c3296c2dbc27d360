"""The compiled sort and merge refuse arguments that do not match."""

import struct

import numpy as np
import pytest

from zreplay.ordering.sorted_run import MAX_COMPILED_RUNS

pytestmark = pytest.mark.usefixtures("compiled")

NUMBERS = struct.pack("<4q", 1, 2, 3, 4)
ROWS = struct.pack("<4i", 0, 1, 2, 3)


def test_buffers_of_a_sort_that_do_not_fit_are_refused() -> None:
    from zreplay.ordering import compiled_order

    for sizes in ((32, 24, 16), (32, 32, 12), (31, 31, 15), (32, 40, 16)):
        arrival_ns, sorted_ns, found = map(bytearray, sizes)
        with pytest.raises(ValueError):
            compiled_order.sort(arrival_ns, sorted_ns, found)


@pytest.mark.parametrize(
    ("run", "columns"),
    [
        ((NUMBERS, None, np.zeros(4)), (np.zeros(3),)),
        ((NUMBERS, None, np.zeros(3)), (np.zeros(4),)),
        ((NUMBERS[:-1], None, np.zeros(4)), (np.zeros(4),)),
        ((NUMBERS, ROWS[:-1], np.zeros(4)), (np.zeros(4),)),
        ((NUMBERS, ROWS[:-4], np.zeros(4)), (np.zeros(4),)),
        ((NUMBERS, ROWS, np.zeros(3)), (np.zeros(4),)),
        ((NUMBERS, struct.pack("<4i", 0, -1, 2, 3), np.zeros(4)), (np.zeros(4),)),
        ((NUMBERS, struct.pack("<4i", 0, 4, 2, 3), np.zeros(4)), (np.zeros(4),)),
        ((NUMBERS, ROWS, np.zeros(4), np.zeros(5)), (np.zeros(4), np.zeros(4))),
        ((NUMBERS, ROWS, np.zeros(4, np.int32)), (np.zeros(4),)),
        ((NUMBERS, ROWS, np.zeros(4, np.int16)), (np.zeros(4, np.int16),)),
        ((NUMBERS, ROWS), (np.zeros(4),)),
        ((NUMBERS, ROWS), ()),
        ((NUMBERS, ROWS, *[np.zeros(4)] * 11), (*[np.zeros(4)] * 11,)),
        ([NUMBERS, ROWS, np.zeros(4)], (np.zeros(4),)),
        ((NUMBERS, ROWS, np.zeros(8)[::2]), (np.zeros(4),)),
    ],
)
def test_a_run_that_does_not_fit_is_refused(run: object, columns: tuple[object, ...]) -> None:
    from zreplay.ordering import compiled_order

    with pytest.raises(ValueError):
        compiled_order.merge((run,), columns)


def test_more_runs_than_the_compiled_code_merges_are_refused() -> None:
    from zreplay.ordering import compiled_order

    compiled_order.merge(((b"", None, np.zeros(0)),) * MAX_COMPILED_RUNS, (np.zeros(0),))
    with pytest.raises(ValueError):
        compiled_order.merge(((b"", None, np.zeros(0)),) * (MAX_COMPILED_RUNS + 1), (np.zeros(0),))
