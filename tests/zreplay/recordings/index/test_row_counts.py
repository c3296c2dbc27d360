"""What the indexes of many files say together is what a count of their rows says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.recordings.index.entries import FileIndex, FirstRow, IndexEntry, Prefix
from zreplay.recordings.index.row_counts import RowCounts
from zreplay.recordings.source_block import FilePlace

FAR_NS = 1_760_000_000_000_000_000


def index_of(arrivals_ns: list[int], every: int) -> FileIndex:
    """Return the index of a file with an entry each so many rows."""

    def prefix(rows: int) -> Prefix:
        before = arrivals_ns[:rows]
        least, most = min(before, default=2**63 - 1), max(before, default=-(2**63))
        return Prefix(FilePlace(rows, rows + 1), rows, 0, least, most, most, 0)

    entries = [
        IndexEntry(prefix(rows), FirstRow(0, 0)) for rows in range(every, len(arrivals_ns), every)
    ]
    return FileIndex(entries, prefix(len(arrivals_ns)))


files = st.lists(st.lists(st.integers(0, 10**6), max_size=40).map(sorted), max_size=6)


@given(files, st.integers(1, 5), st.integers(-(10**5), 2 * 10**6))
def test_it_is_off_by_no_more_than_a_stretch_of_each_file(
    files: list[list[int]], every: int, instant: int
) -> None:
    found = RowCounts([index_of([FAR_NS + ns for ns in file], every) for file in files])
    expected = sum(ns < instant for file in files for ns in file)

    assert sum(map(len, files)) == found.rows
    assert abs(found.before(FAR_NS + instant) - expected) <= every * len(files) + 1e-3


@given(files)
def test_it_never_falls_and_ends_with_all_of_them(files: list[list[int]]) -> None:
    found = RowCounts([index_of([FAR_NS + ns for ns in file], 3) for file in files])
    counts = [found.before(FAR_NS + ns) for ns in range(-10, 10**6 + 10, 50_000)]

    assert sorted(counts) == counts
    assert found.rows == found.before(found.last_ns + 1)
    assert pytest.approx(0, abs=1e-3) == found.before(found.first_ns)


def test_of_many_entries_each_file_gives_fewer() -> None:
    arrivals_ns = [FAR_NS + second * 10**9 for second in range(10_000)]
    found = RowCounts([index_of(arrivals_ns, 10), index_of(arrivals_ns, 10)], max_points=50)
    instants = np.array(arrivals_ns[::500])

    assert all(
        abs(found.before(int(ns)) - 1_000 * number) < 2 * 500 for number, ns in enumerate(instants)
    )


def test_without_a_row_there_is_nothing_before_anything() -> None:
    assert (0, 0.0) == (RowCounts([]).rows, RowCounts([FileIndex([], Prefix())]).before(FAR_NS))
