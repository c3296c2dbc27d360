"""A row is late by the rows before it in its own file, and by nothing else."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.limits import INT64_MIN
from tests.zreplay.example_quotes import make_block
from zreplay.ordering import late_rows as late_rows_module
from zreplay.ordering.late_rows import (
    Newest,
    late_error,
    late_rejections,
    late_rows,
    may_have_late_rows,
    watermark_ns,
)
from zreplay.quotes.block import Block
from zreplay.recordings.source_block import FilePlace, SourceBlock

SECOND_NS = 1_000_000_000
NOTHING = Newest()


def source_of(timestamps_s: list[int], latencies_s: list[int] | None = None) -> SourceBlock:
    """Rows 10 bytes apart, on lines from 2 on."""
    timestamps = np.array(timestamps_s, np.int64) * SECOND_NS
    delays = np.array(latencies_s or [0] * len(timestamps_s), np.int64) * SECOND_NS
    count = len(timestamps_s)
    block = replace(
        make_block([0] * count),
        timestamp_ns=timestamps,
        arrival_ns=timestamps + delays,
        position=np.arange(count) * 10 + (5 << 48),
    )
    offsets = np.arange(count) * 10
    return SourceBlock(block, FilePlace(0, 2), FilePlace(count * 10, None), offsets, offsets // 10)


def rows(block: Block, newest_ns: int = INT64_MIN, horizon_s: int = 5) -> list[int]:
    return late_rows(block, newest_ns, horizon_s * SECOND_NS).rows.tolist()


def test_a_row_is_late_strictly_below_the_watermark_of_the_rows_before_it() -> None:
    assert [3] == rows(source_of([0, 10, 5, 4, 20]).block)


def test_a_row_counts_for_those_below_it_only() -> None:
    assert [] == rows(source_of([0, 100]).block)
    assert [1] == rows(source_of([100, 0]).block)


def test_it_is_the_arrival_that_is_late() -> None:
    assert [2] == rows(source_of([10, 4, 7], [0, 1, -3]).block)


def test_the_newest_before_the_block_counts() -> None:
    assert [0] == rows(source_of([94, 95]).block, 100 * SECOND_NS)


def test_the_first_row_of_a_file_is_never_late() -> None:
    assert [] == rows(source_of([-9_000_000_000], [-200_000_000]).block, horizon_s=0)


def test_the_watermark_does_not_wrap_around() -> None:
    assert INT64_MIN == watermark_ns(INT64_MIN, 10**18)
    assert [] == rows(source_of([-9_223_372_036, -9_223_372_036]).block, horizon_s=10**9)


times_s = st.integers(0, 30) | st.just(-9_223_372_036) | st.just(9_223_372_036)


@given(st.lists(st.tuples(times_s, st.integers(-9, 3))), times_s, st.sampled_from([0, 5, 10**9]))
@example([(0, 0)] * 3 + [(20, 0)] * 3 + [(1, 0)] * 3, 0, 5)
def test_a_quick_look_misses_no_late_row(
    rows: list[tuple[int, int]], newest_s: int, horizon_s: int
) -> None:
    block = source_of([max(time, -9_223_372_000) for time, _ in rows], [late for _, late in rows])
    look = block.block, newest_s * SECOND_NS, horizon_s * SECOND_NS
    with (
        patch.object(late_rows_module, "FEW_ROWS", 0),
        patch.object(late_rows_module, "LOOKED_AT_ROWS", 3),
    ):
        assert may_have_late_rows(*look) or not len(late_rows(*look).rows)


def test_a_quick_look_is_enough_where_some_rows_on_end_are_within_the_horizon() -> None:
    times = [1, 0, *range(2, 10_000)]

    assert not may_have_late_rows(source_of(times).block, INT64_MIN, 512 * SECOND_NS)
    assert may_have_late_rows(source_of(times).block, INT64_MIN, 510 * SECOND_NS)


def test_a_quick_look_is_enough_where_rows_are_in_order() -> None:
    block = source_of([3, 5, 5, 9], [0, 1, 0, 2]).block

    assert not may_have_late_rows(block, 3 * SECOND_NS, 0)
    assert may_have_late_rows(block, 4 * SECOND_NS, 0)
    assert not may_have_late_rows(source_of([]).block, 4 * SECOND_NS, 0)


def test_the_newest_row_is_the_first_with_the_largest_timestamp() -> None:
    source = source_of([1, 7, 7, 3])

    newest = NOTHING.after(source.block, source)

    assert Newest(7 * SECOND_NS, FilePlace(10, 3)) == newest
    assert newest == newest.after(source.block, source)
    assert NOTHING == NOTHING.after(source_of([]).block, source_of([]))


def test_the_error_names_both_rows_and_what_the_first_late_one_needs() -> None:
    source = source_of([0, 10, 4, 1])
    late = late_rows(source.block, INT64_MIN, 5 * SECOND_NS)

    error = late_error(source, late, NOTHING, "a.csv", 5 * SECOND_NS)

    for words in ("a.csv", "line 4 (byte 20)", "6s before", "line 3 (byte 10)", "--reorder is 5s"):
        assert words in error.what
    assert (
        "--reorder 6s or more (zreplay inspect says how much), or set such quotes aside: "
        "--late reject; with --fresh: it is another run" == error.fix
    )


def test_the_error_names_no_reorder_that_nobody_could_give() -> None:
    source = source_of([9_223_372_036, -9_223_372_036])
    late = late_rows(source.block, INT64_MIN, 5 * SECOND_NS)

    error = late_error(source, late, NOTHING, "a.csv", 5 * SECOND_NS)

    assert error.fix.startswith("set such quotes aside: --late reject")


def test_the_error_after_a_resume_does_not_know_the_row_above() -> None:
    source = source_of([1])
    late = late_rows(source.block, 10 * SECOND_NS, 5 * SECOND_NS)

    error = late_error(source, late, Newest(10 * SECOND_NS), "a.csv", 5 * SECOND_NS)

    assert "before the last restart" in error.what


@pytest.mark.parametrize(("horizon_ns", "text"), [(1, "0.001s"), (250_000_000, "0.25s")])
def test_a_rejection_says_how_late(horizon_ns: int, text: str) -> None:
    source = source_of([10, 3])
    late = late_rows(source.block, INT64_MIN, horizon_ns)

    [rejection] = late_rejections(source, late, "a.csv", horizon_ns)

    assert ("a.csv", 3, 10) == rejection[:3]
    assert "1970-01-01 00:00:03.000000000" == rejection.value
    assert "7s" in rejection.reason and f"--reorder is {text}" in rejection.reason
