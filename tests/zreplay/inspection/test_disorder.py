"""Steps back, the reorder that is needed and what is late; the plain model checks the rest."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import force_setattr

from tests.zreplay.example_quotes import make_block
from zreplay.inspection.disorder import Disorder, joined
from zreplay.inspection.report import DisorderReport
from zreplay.quotes.block import Block

TIMES = st.integers(-(2**63), 2**63 - 1) | st.integers(-20, 20)


def block_of(rows: list[tuple[int, int]]) -> Block:
    """Return rows of (timestamp, arrival)."""
    block = make_block([arrival_ns for _, arrival_ns in rows])
    stamps = np.array([timestamp_ns for timestamp_ns, _ in rows], dtype=np.int64)
    force_setattr(block, "timestamp_ns", stamps)
    return block


@given(st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=20), st.integers(1, 5))
def test_with_the_reorder_that_is_needed_no_row_is_late_at_any_time_there_is(
    rows: list[tuple[int, int]], block_rows: int
) -> None:
    parts = [block_of(rows[at : at + block_rows]) for at in range(0, len(rows), block_rows)]

    first = Disorder(horizon_ns=0)
    for part in parts:
        first.add(part)
    needed_ns = first.report().reorder_needed_ns

    assert (needed_ns > 0) == (first.report().late > 0)
    if 0 < needed_ns < 2**63:
        enough, less = Disorder(needed_ns), Disorder(needed_ns - 1)
        for part in parts:
            enough.add(part)
            less.add(part)
        assert (True, False) == (enough.report().late == 0, less.report().late == 0)


def test_a_step_back_is_from_the_newest_timestamp_above_not_from_the_row_before() -> None:
    disorder = Disorder(horizon_ns=5)

    disorder.add(block_of([(10, 10), (3, 3), (4, 9)]))

    assert DisorderReport(2, 7, 7, 1) == disorder.report()


def test_of_several_files_rows_add_up_and_the_worst_of_each_stands() -> None:
    reports = [DisorderReport(1, 9, 3, 0), DisorderReport(2, 1, 8, 4)]

    assert DisorderReport(3, 9, 8, 4) == joined(reports)
