"""How many rows wait at an instant, and at which they are too many."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.errors import InputError
from protocol.limits import INT64_MAX, INT64_MIN
from tests.depth import few
from tests.zreplay.example_quotes import make_block
from zreplay.ordering.waiting_room import END_NS, Full, WaitingRoom
from zreplay.ordering.waiting_rows import WaitingRows
from zreplay.quotes.block import first_position

HORIZON_NS = 10
MOST = 3


class Times(NamedTuple):
    timestamp_ns: int
    arrival_ns: int


def waiting_rows(files: list[list[Times]]) -> WaitingRows:
    waiting = WaitingRows()
    for number, rows in enumerate(files):
        if rows:
            block = make_block([row.arrival_ns for row in rows])
            times_ns = np.array([row.timestamp_ns for row in rows], np.int64)
            position = first_position(number) + 7 * np.arange(len(rows))
            waiting.add(number, replace(block, timestamp_ns=times_ns, position=position))
    return waiting


def looked(files: list[list[Times]], reached_ns: int = END_NS, most: int = MOST) -> Full | None:
    room = WaitingRoom(most, HORIZON_NS)
    room.look(waiting_rows(files), reached_ns)
    return room.full


def naive(files: list[list[Times]], most: int) -> int | None:
    """Return the first instant at which too many wait, by reading row by row."""
    spans = []
    for rows in files:
        newest_ns = INT64_MIN
        for row in rows:
            newest_ns = max(newest_ns, row.timestamp_ns)
            spans.append((newest_ns, row.arrival_ns + HORIZON_NS))
    for at_ns in sorted(first for first, _ in spans):
        if sum(first <= at_ns <= last for first, last in spans) > most:
            return at_ns
    return None


def row(timestamp_ns: int, latency_ns: int = 0) -> Times:
    return Times(timestamp_ns, timestamp_ns + latency_ns)


def test_a_row_waits_from_its_timestamp_until_the_horizon_behind_its_arrival() -> None:
    assert Full(15, 0) == looked([[row(0, 5), row(15)]], most=1)
    assert None is looked([[row(0, 5), row(16)]], most=1)


def test_a_row_waits_in_its_file_for_the_newest_above_it() -> None:
    stale = Times(-1_000, 20)

    assert None is looked([[row(0), row(1), row(2), stale]][:1], most=4)
    assert Full(20, 0) == looked([[row(11), row(12), row(20), stale]], most=3)


def test_what_is_read_ahead_of_the_file_furthest_behind_does_not_count() -> None:
    files = [[row(0), row(1)], [row(100), row(101), row(102), row(103)]]

    assert (None, Full(103, 1)) == (looked(files, 50), looked(files, 103))


def test_an_instant_between_two_looks_is_not_passed_over() -> None:
    room = WaitingRoom(MOST, HORIZON_NS)
    waiting = waiting_rows([[row(at) for at in (0, 50, 51, 52, 53, 90, 200)]])
    room.look(waiting, 20)
    room.look(waiting, 200)

    assert (Full(53, 0), 43) == (room.full, room.mark_ns)
    with pytest.raises(InputError, match=r"^a.csv: more than 3 quotes wait .*--max-buffer is 3\n"):
        room.check("a.csv")


def test_as_many_as_may_wait_are_not_too_many() -> None:
    assert None is looked([[row(0), row(0), row(0)]])
    assert Full(0, 0) == looked([[row(0), row(0), row(0), row(0)]])


def test_times_at_both_ends_of_the_calendar_count() -> None:
    ends = [Times(INT64_MIN, INT64_MIN)] * 2 + [Times(INT64_MAX, INT64_MAX)] * 2

    assert Full(INT64_MIN, 0) == looked([ends], most=1)
    assert Full(INT64_MAX, 0) == looked([[ends[0], *ends[2:]]], most=1)


times = st.builds(row, st.integers(0, 60), st.integers(-HORIZON_NS, 30) | st.just(500))


@settings(max_examples=few(200), deadline=None)
@given(st.lists(st.lists(times, max_size=12), max_size=5), st.integers(1, 12))
def test_it_is_full_where_reading_row_by_row_holds_too_many(
    files: list[list[Times]], most: int
) -> None:
    full = looked(files, most=most)

    assert naive(files, most) == (None if full is None else full.at_ns)
