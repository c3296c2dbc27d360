"""Whether all rows of a part may be taken at once is what a look at each of them says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.errors import InputError
from protocol.limits import INT64_MIN
from tests.zreplay.example_quotes import make_block
from zreplay.ordering.late_rows import Newest, late_rows
from zreplay.ordering.merged_file import MergedFile
from zreplay.quotes.block import Block
from zreplay.recordings.joint_rows import FilePart
from zreplay.recordings.source_block import FilePlace

HORIZON_NS = 5
times = st.lists(st.tuples(st.integers(0, 30), st.integers(-9, 9)), min_size=1, max_size=8)


def block_of(rows: list[tuple[int, int]]) -> Block:
    stamps = np.array([stamp for stamp, _ in rows], np.int64)
    latencies = np.array([latency for _, latency in rows], np.int64)
    block = make_block([0] * len(rows))
    return replace(block, timestamp_ns=stamps, arrival_ns=stamps + latencies)


def part_of(block: Block) -> FilePart:
    places = FilePlace(0, 1), FilePlace(9, 2)
    return FilePart(0, 0, len(block), block.bounds, *places, FilePlace(3, 4), 5, 6, 7, False)


@given(times, st.just(INT64_MIN) | st.integers(0, 30))
def test_all_are_taken_where_none_is_late(rows: list[tuple[int, int]], newest_ns: int) -> None:
    block = block_of(rows)
    file = MergedFile("a", Newest(newest_ns))
    is_late = bool(len(late_rows(block, newest_ns, HORIZON_NS).rows))

    assert is_late is not file.takes_all(part_of(block), block, HORIZON_NS)


@given(times, st.integers(0, 30))
def test_behind_them_it_is_as_far_as_they_are(rows: list[tuple[int, int]], newest_ns: int) -> None:
    block = block_of(rows)
    file = MergedFile("a", Newest(newest_ns, FilePlace(1, 1)), end_ns=20)
    file.take(part_of(block))

    stamps, arrivals = zip(*((stamp, stamp + latency) for stamp, latency in rows), strict=True)
    is_newer = max(stamps) > newest_ns
    place = FilePlace(3, 4) if is_newer else FilePlace(1, 1)
    assert Newest(max(newest_ns, *stamps), place) == file.newest
    assert max(20, max(arrivals) + 1) == file.end_ns
    assert max(newest_ns, *stamps) == file.reached_ns(HORIZON_NS)


def test_a_file_that_a_row_has_stopped_takes_nothing() -> None:
    stop = InputError("late", fix="none", code="Z403")
    block = block_of([(1, 1)])

    assert not MergedFile("a", Newest(), stop).takes_all(part_of(block), block, HORIZON_NS)


@pytest.mark.parametrize(
    ("changes", "mark_ns", "reached_ns"),
    [
        ({}, 95, 100),
        ({"least_ns": 97}, 97, 102),
        ({"least_ns": 9}, 95, 100),
        ({"last_mark_ns": 30, "least_ns": 97}, 30, 35),
    ],
)
def test_nothing_comes_from_it_below_its_mark(
    changes: dict[str, int], mark_ns: int, reached_ns: int
) -> None:
    file = replace(MergedFile("a", Newest(100)), **changes)

    assert (mark_ns, reached_ns) == (file.mark_ns(HORIZON_NS), file.reached_ns(HORIZON_NS))
