"""Some rows of a batch are the batch that the replayer would have made of them."""

import pytest

from protocol.checks import misfit
from tests.zmid.processors.recorded import FIRST, batch
from zmid.batch_rows import rows_of


@pytest.mark.parametrize("start, stop", [(0, 6), (0, 1), (2, 5), (5, 6), (1, 3)])
def test_rows_are_those_of_a_batch_of_their_own(start: int, stop: int) -> None:
    rows = rows_of(batch(6), start, stop)

    assert batch(stop - start, FIRST + start) == rows
    assert "" == misfit(rows)
