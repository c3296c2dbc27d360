"""A byte of a file leads back to its line."""

import numpy as np
import pytest

from tests.zreplay.quotes import make_block
from zreplay.source_block import FilePlace, SourceBlock


@pytest.mark.parametrize(("line", "expected"), [(10, [10, 13]), (None, [None, None])])
def test_the_line_of_a_row_counts_from_the_start_of_its_block(
    line: int | None, expected: list[int | None]
) -> None:
    source = SourceBlock(
        make_block([]),
        FilePlace(100, line),
        FilePlace(300, None),
        row_offsets=np.array([100, 250]),
        row_numbers=np.array([0, 3]),
    )

    assert expected == [source.line_at(100), source.line_at(250)]
