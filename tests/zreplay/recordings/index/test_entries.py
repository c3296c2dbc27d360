"""An entry describes every row before its place, however the file was read up to there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from protocol.limits import INT64_MAX, INT64_MIN
from tests.depth import few
from zreplay.quotes.block import EMPTY
from zreplay.quotes.rejection import Rejection, RowCode
from zreplay.recordings.index import entries
from zreplay.recordings.index.entries import (
    FileIndex,
    FirstRow,
    IndexBuilder,
    IndexedRows,
    IndexEntry,
    Prefix,
)
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock

Times = list[tuple[int, int]]
times = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), max_size=30)
NONE = np.array([], np.int64)
BAD = Rejection("a.csv", 1, 1, "", "", "bad", RowCode.OTHER)


def parsed(rows: Times, first: int, refused: int = 0) -> Parsed:
    """Return rows of timestamp and arrival, each a byte long, from byte `first` on."""
    stamps, arrivals = (
        np.array(column, np.int64) for column in ([a for a, _ in rows], [b for _, b in rows])
    )
    block = replace(
        EMPTY, timestamp_ns=stamps, arrival_ns=arrivals, ticker_codes=np.zeros(len(rows), np.int32)
    )
    places = FilePlace(first, first), FilePlace(first + len(rows), first + len(rows))
    return Parsed(SourceBlock(block, *places, NONE, NONE), [BAD] * refused)


@pytest.fixture(autouse=True)
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "LEAST_ROWS", 3)


def stretches(rows: Times, size: int) -> list[Parsed]:
    return [parsed(rows[first : first + size], first + 1) for first in range(0, len(rows), size)]


def built(index: FileIndex, start: Prefix, ahead: list[Parsed]) -> FileIndex:
    builder = IndexBuilder(index, start)
    for each in ahead:
        builder.add(IndexedRows.of(each))
    builder.end()
    return index


def facts(rows: Times) -> tuple[int, ...]:
    """Say of rows what an entry says, the plain way."""
    behind = [
        max(above - arrival, 0) for at, (_, arrival) in enumerate(rows) for above, _ in rows[:at]
    ]
    stamps, arrivals = [a for a, _ in rows], [b for _, b in rows]
    return (
        len(rows),
        min(arrivals, default=INT64_MAX),
        max(arrivals, default=INT64_MIN),
        max(stamps, default=INT64_MIN),
        max(behind, default=0),
    )


def facts_of(prefix: Prefix) -> tuple[int, ...]:
    return (
        prefix.rows,
        prefix.least_arrival_ns,
        prefix.greatest_arrival_ns,
        prefix.newest_ns,
        prefix.behind_ns,
    )


@given(times, st.integers(1, 8))
def test_an_entry_says_what_holds_of_every_row_before_it(rows: Times, size: int) -> None:
    index = built(FileIndex(), Prefix(), stretches(rows, size))

    for entry in index.entries:
        before, row = entry.before, astuple(entry.row)
        assert facts(rows[: before.rows]) == facts_of(before)
        assert FilePlace(before.rows + 1, before.rows + 1) == before.place
        assert rows[before.rows] == row
    assert index.whole is not None
    assert facts(rows) == facts_of(index.whole)
    apart = np.diff([0, *(entry.before.rows for entry in index.entries)])
    assert (apart >= 3).all()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=5), st.integers(0, 5))
@settings(max_examples=few(125))
def test_in_whatever_order_rows_stand_the_one_furthest_behind_is_known(
    rows: Times, size: int
) -> None:
    before = Prefix()
    for part, first in ((rows[:size], 1), (rows[size:], 1 + len(rows[:size]))):
        before = before.after(IndexedRows.of(parsed(part, first)))

    assert facts(rows) == facts_of(before)


@given(times, st.integers(1, 8), st.integers(-60, 60), st.integers(0, 100))
def test_before_the_entry_of_an_instant_nothing_arrives_then_or_later(
    rows: Times, size: int, arrival_ns: int, most_behind_ns: int
) -> None:
    index = built(FileIndex(), Prefix(), stretches(rows, size))
    good = [
        entry
        for entry in index.entries
        if entry.before.greatest_arrival_ns < arrival_ns
        and entry.before.behind_ns <= most_behind_ns
    ]

    assert (good[-1] if good else None) == index.last_before(arrival_ns, most_behind_ns)


@given(times, st.integers(1, 8), st.data())
def test_a_reading_goes_on_with_the_index_of_an_earlier_one(
    rows: Times, size: int, data: st.DataObject
) -> None:
    ahead = stretches(rows, size)
    whole = built(FileIndex(), Prefix(), ahead)
    part = FileIndex(whole.entries[: data.draw(st.integers(0, len(whole.entries)))])
    start = data.draw(st.sampled_from([Prefix(), *(entry.before for entry in part.entries)]))

    rest = [each for each in ahead if each.source.start.offset >= start.place.offset]
    found = built(part, part.at(start.place) or Prefix(), rest)

    assert (whole.entries, whole.whole) == (found.entries, found.whole)


def test_where_rows_are_missing_nothing_is_gathered_any_more() -> None:
    first, _, third, fourth = stretches([(1, 1)] * 16, 4)

    index = built(FileIndex(), Prefix(), [first, third, fourth])

    assert ([], None) == (index.entries, index.whole)


def test_a_place_without_an_entry_is_not_known() -> None:
    index = built(FileIndex(), Prefix(), stretches([(1, 1)] * 16, 4))

    assert Prefix() == index.at(FilePlace(0, 1))
    assert [5, 9, 13] == [entry.before.place.offset for entry in index.entries]
    assert (None, None) == (index.at(FilePlace(6, None)), index.at(FilePlace(99, None)))


def test_what_was_refused_is_counted() -> None:
    index = built(
        FileIndex(), Prefix(), [parsed([(1, 1)] * 4, 1, 2), parsed([], 5, 3), parsed([(1, 1)], 5)]
    )

    assert [5] == [entry.before.refused for entry in index.entries]


def test_it_covers_what_it_has_come_upon_and_once_it_is_whole_everything() -> None:
    part = FileIndex([IndexEntry(Prefix(FilePlace(9, 9), 9, 0, 1, 50, 40), FirstRow(60, 60))])
    whole = FileIndex([], Prefix())

    assert [True, False] == [part.covers(50), part.covers(51)]
    assert whole.covers(INT64_MAX)


def test_there_are_never_more_entries_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MAX_ENTRIES", 10)
    rows = [(second, second) for second in range(1000)]

    index = built(FileIndex(), Prefix(), stretches(rows, 4))

    assert 5 <= len(index.entries) <= 10
    for entry in index.entries:
        assert facts(rows[: entry.before.rows]) == facts_of(entry.before)


def test_times_at_both_ends_of_all_time_do_not_wrap_around() -> None:
    index = built(FileIndex(), Prefix(), [parsed([(INT64_MAX, INT64_MAX), (0, INT64_MIN)], 1)])

    assert index.whole is not None
    assert INT64_MAX == index.whole.behind_ns
