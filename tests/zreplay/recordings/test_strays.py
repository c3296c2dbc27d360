"""Strays are those that one plain look at all rows finds, however a file is split or resumed."""

import bisect
from collections.abc import Iterator, Sequence
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.limits import INT64_MIN
from tests.depth import few
from tests.zreplay.example_quotes import make_block
from zreplay.quotes.rejection import MISSING, Rejection, RowCode
from zreplay.recordings import strays as module
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace, SourceBlock
from zreplay.recordings.strays import LOOK_AHEAD, Strays, judge

LINE_BYTES = 10
HOUR_NS = 3_600 * 10**9
DAY_NS = 24 * HOUR_NS
FAR_NS = 27_000 * DAY_NS
START = FilePlace(0, 2)

Rows = Sequence[int | None]
"""The timestamp of each line of a file; None is a line that is no quote."""


def strays_of(rows: Rows, max_jump_ns: int) -> list[int]:
    """Return the lines that are strays, as the rule is written."""
    quotes = [(line, time_ns) for line, time_ns in enumerate(rows) if time_ns is not None]
    found = []
    newest_ns = None
    refused = [line for line, time_ns in enumerate(rows) if time_ns is None]
    for number, (line, time_ns) in enumerate(quotes):
        behind = [each for each in refused if each > line][module.MOST_HELD_REFUSED - 1 :]
        end = behind[0] if behind else len(rows)
        window = [other_ns for at, other_ns in quotes[number + 1 :][:16] if at < end]
        passed = sum(time_ns > other_ns + max_jump_ns for other_ns in window)
        is_ahead = newest_ns is None or time_ns > newest_ns + max_jump_ns
        if max_jump_ns and is_ahead and passed * 2 > len(window):
            found.append(line)
        else:
            newest_ns = time_ns if newest_ns is None else max(newest_ns, time_ns)
    return found


def stretch(rows: Rows, begin: int, end: int, messages: Sequence[int] | None = None) -> Parsed:
    """Return the lines from `begin` to `end` as a recording gives them.

    `messages` are the lines at which a record of several lines begins, if there are such.
    """
    lines = [line for line in range(begin, end) if rows[line] is not None]
    times_ns = np.array([rows[line] for line in lines], np.int64)
    position = np.array(lines, np.int64) * LINE_BYTES + (3 << 48)
    block = replace(make_block([0] * len(lines)), timestamp_ns=times_ns, position=position)
    starts = range(begin, end) if messages is None else [at for at in messages if begin <= at < end]
    numbers = np.array(starts, np.int64)
    places = [FilePlace(at * LINE_BYTES, None if messages else at + 2) for at in (begin, end)]
    source = SourceBlock(block, *places, numbers * LINE_BYTES, numbers - begin)
    refused = [
        Rejection("a", line + 2, line * LINE_BYTES, "", "", *MISSING)
        for line in range(begin, end)
        if rows[line] is None
    ]
    return Parsed(source, refused)


class Reading:
    """What became of the lines from a place on, however they were cut."""

    def __init__(
        self,
        rows: Rows,
        cuts: Sequence[int],
        max_jump_ns: int,
        place: FilePlace = START,
        messages: Sequence[int] | None = None,
    ) -> None:
        first = place.offset // LINE_BYTES
        bounds = [first, *sorted(cut for cut in cuts if first < cut < len(rows)), len(rows)]
        self.most_held = 0
        self.places = [place]
        self.accepted: list[int] = []
        self.refused: list[tuple[int, str, int | None]] = []
        strays = Strays("a", max_jump_ns, place.accepted_ns)
        for begin, end in zip(bounds, bounds[1:], strict=False):
            given = strays.add(stretch(rows, begin, end, messages))
            assert given
            self._take(given)
            given_lines = self.places[-1].offset // LINE_BYTES
            held = sum(time_ns is not None for time_ns in rows[given_lines:end])
            self.most_held = max(self.most_held, held)
        self._take(strays.end())
        assert len(rows) * LINE_BYTES == self.places[-1].offset

    def _take(self, given: Sequence[Parsed]) -> None:
        for source, rejections in given:
            assert self.places[-1].offset == source.start.offset
            self.places.append(source.end)
            offsets = source.block.position & ((1 << 48) - 1)
            self.accepted += (offsets // LINE_BYTES).tolist()
            self.refused += [
                (each.offset // LINE_BYTES, each.code, each.line) for each in rejections
            ]


def expected(rows: Rows, max_jump_ns: int, first: int = 0) -> tuple[list[int], list[object]]:
    strays = strays_of(rows, max_jump_ns)
    accepted = [
        line for line, time_ns in enumerate(rows) if time_ns is not None and line not in strays
    ]
    refused = [
        (line, RowCode.STRAY if line in strays else "Z101", line + 2)
        for line, time_ns in enumerate(rows)
        if time_ns is None or line in strays
    ]
    return [line for line in accepted if line >= first], [at for at in refused if at[0] >= first]


TIMES = st.one_of(
    st.integers(0, 12),
    st.sampled_from([0, 5, 9, 10, 11, 12, 20, 21, 22, 30, 31, 32, 33, 44, 2**63 - 1, -(2**63)]),
)
ANY_ROWS = st.lists(TIMES | st.none(), max_size=60)


@st.composite
def risen(draw: st.DrawFn) -> list[int | None]:
    """Give rows that rise, some of them far ahead."""
    rows: list[int | None] = []
    now = 0
    for step in draw(st.lists(st.sampled_from([0, 1, 1, 2, 3, 11, 25]), max_size=60)):
        now += step
        ahead = draw(st.sampled_from([0] * 8 + [10, 11, 12, 60]))
        rows.append(draw(st.sampled_from([now + ahead] * 9 + [None])))
    return rows


@settings(max_examples=few(75), deadline=None)
@given(ANY_ROWS | risen(), st.lists(st.integers(1, 60), max_size=12), st.data())
def test_any_cut_and_any_place_to_read_on_from_make_no_difference(
    rows: list[int | None], cuts: list[int], data: st.DataObject
) -> None:
    max_jump_ns = data.draw(st.sampled_from([10, 10, 1, 0, 10**18]))
    with patch.object(module, "MOST_HELD_REFUSED", data.draw(st.sampled_from([1, 2, 5, 99]))):
        any_cut_and_any_place(rows, cuts, max_jump_ns, data)


def any_cut_and_any_place(
    rows: Rows, cuts: list[int], max_jump_ns: int, data: st.DataObject
) -> None:
    whole = Reading(rows, cuts, max_jump_ns)

    assert expected(rows, max_jump_ns) == (whole.accepted, whole.refused)
    assert whole.most_held <= LOOK_AHEAD
    for place in whole.places:
        again = Reading(
            rows, data.draw(st.lists(st.integers(1, 60), max_size=4)), max_jump_ns, place
        )
        first = place.offset // LINE_BYTES
        assert expected(rows, max_jump_ns, first) == (again.accepted, again.refused)


DAY = [second * 10**9 for second in range(60)]


def with_strays(*lines: int) -> list[int]:
    return [FAR_NS if line in lines else time_ns for line, time_ns in enumerate(DAY)]


def by_ticker(tickers: int, days: int, step_ns: int) -> list[int]:
    return [day * step_ns + ticker for ticker in range(tickers) for day in range(days)]


WEEKEND = [*DAY, *(60 * HOUR_NS + time_ns for time_ns in DAY)]
CASES = {
    "none": (DAY, []),
    "the first row": (with_strays(0), [0]),
    "the first two rows": (with_strays(0, 1), [0, 1]),
    "the last row stands": (with_strays(59), []),
    "the last but one": (with_strays(58), [58]),
    "the last two stand": (with_strays(58, 59), []),
    "two in a row": (with_strays(30, 31), [30, 31]),
    "sixteen apart": (with_strays(20, 36), [20, 36]),
    "seventeen apart": (with_strays(20, 37), [20, 37]),
    "eight of sixteen": (with_strays(*range(20, 28)), list(range(20, 28))),
    "nine stand": (with_strays(*range(20, 29)), []),
    "nine, scattered": (with_strays(*range(20, 37, 2)), []),
    "a weekend": (WEEKEND, []),
    "the first row before its time": ([-FAR_NS, *DAY], []),
    "a file sorted by ticker": (by_ticker(9, 40, 10 * HOUR_NS), []),
    "one of few rows": ([0, FAR_NS, 1], [1]),
    "one row": ([FAR_NS], []),
    "a jump of exactly a day": ([0, DAY_NS, *range(1, 30)], []),
    "a jump of more than a day": ([0, DAY_NS + 1, *[0] * 20], [1]),
    "as far ahead of half of those that follow": ([0, FAR_NS, *[0] * 8, *[FAR_NS] * 8, 1], []),
    "as far ahead of more than half": ([0, FAR_NS, *[0] * 9, *[FAR_NS] * 7, 1], [1]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_a_stray_does_not_depend_on_the_cut(case: str) -> None:
    rows, strays = CASES[case]

    assert strays == strays_of(rows, DAY_NS)
    for cuts in ([], list(range(len(rows))), *([cut] for cut in range(1, len(rows)))):
        reading = Reading(rows, cuts, DAY_NS)
        assert strays == [line for line, _, _ in reading.refused]
        assert [line for line in range(len(rows)) if line not in strays] == reading.accepted


@pytest.mark.parametrize("case", CASES)
def test_a_resume_at_any_place_that_was_given_out_decides_the_same(case: str) -> None:
    rows, strays = CASES[case]

    for place in Reading(rows, list(range(len(rows))), DAY_NS).places:
        again = Reading(rows, [], DAY_NS, place)
        first = place.offset // LINE_BYTES
        assert [line for line in strays if line >= first] == [line for line, _, _ in again.refused]


def test_with_no_largest_jump_there_are_no_strays() -> None:
    reading = Reading(with_strays(0, 30), [], 0)

    assert list(range(60)) == reading.accepted


@given(
    st.lists(TIMES | st.none(), min_size=1, max_size=50),
    st.sets(st.integers(1, 49)),
    st.sets(st.integers(1, 49)),
)
@settings(max_examples=few(50), deadline=None)
def test_a_message_of_several_quotes_is_held_back_whole(
    rows: list[int | None], begins: set[int], cuts: set[int]
) -> None:
    messages = [0, *sorted(begin for begin in begins if begin < len(rows))]
    reading = Reading(rows, [cut for cut in cuts if cut in begins], 10, messages=messages)

    accepted, refused = expected(rows, 10)
    assert accepted == reading.accepted
    assert [at[:2] for at in refused] == [at[:2] for at in reading.refused]
    for place in reading.places[:-1]:
        first = place.offset // LINE_BYTES
        assert first == messages[bisect.bisect_right(messages, first) - 1]
        again = Reading(rows, [], 10, place, messages)
        assert expected(rows, 10, first)[0] == again.accepted


def test_a_row_is_decided_as_soon_as_nothing_that_follows_can_change_it() -> None:
    stands = [0, FAR_NS, *[FAR_NS] * 8]
    strays = [0, FAR_NS, *[1] * 9]

    assert (0, 1) == given_of(stands[:-1])
    assert (10, 10) == given_of(stands)
    assert (0, 1) == given_of(strays[:-1])
    assert (10, 11) == given_of(strays)


def given_of(rows: Sequence[int]) -> tuple[int, int]:
    """Return how many rows are accepted behind the first one at once, and how far it went."""
    reader = Strays("a", DAY_NS, accepted_ns=0)
    given = reader.add(stretch(rows, 0, len(rows)))
    accepted = sum(len(each.source.block) for each in given)
    end = given[-1].source.end.offset // LINE_BYTES
    return (accepted if end == len(rows) else accepted - 1, end)


def test_the_usual_block_is_not_looked_at_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("looked closer")

    reader = Strays("a", DAY_NS, accepted_ns=0)
    monkeypatch.setattr(module, "judge", fail)
    parsed = stretch(DAY, 0, 60)
    [given] = reader.add(parsed)

    assert parsed.source.block is given.source.block
    assert (0, DAY[-1]) == (given.source.start.accepted_ns, given.source.end.accepted_ns)
    first = Strays("a", DAY_NS)
    assert [1, 1] == [len(first.add(stretch(DAY, *cut))) for cut in ((0, LOOK_AHEAD + 1), (30, 60))]


@pytest.mark.parametrize("first", [[0], [0, FAR_NS, 1]])
def test_refused_rows_do_not_gather_behind_one_that_is_undecided(
    monkeypatch: pytest.MonkeyPatch, first: list[int]
) -> None:
    monkeypatch.setattr(module, "MOST_HELD_REFUSED", 5)
    rows: Rows = [*first, *[None] * 100, *[1] * 20]
    reader = Strays("a", DAY_NS)
    held = []
    refused: list[int] = []
    for line in range(len(rows)):
        for _, rejections in reader.add(stretch(rows, line, line + 1)):
            refused += [each.offset // LINE_BYTES for each in rejections]
        held.append(line + 1 - len(first) - len(refused))

    assert max(held[len(first) : len(first) + 100]) < 5
    assert [*strays_of(rows, DAY_NS), *range(len(first), len(first) + 100)] == refused


def test_the_reason_names_the_option_and_the_place() -> None:
    rows = with_strays(30)
    [rejection] = [
        rejection
        for _, rejections in Strays("quotes.csv", DAY_NS).add(stretch(rows, 0, 60))
        for rejection in rejections
    ]

    assert (
        Rejection(
            file="quotes.csv",
            line=32,
            offset=300,
            column="timestamp",
            value="2043-12-04 00:00:00.000000000",
            reason="stray: ahead of the rows around it by more than --max-jump 86400s",
            code=RowCode.STRAY,
        )
        == rejection
    )


def random_rows(seed: int) -> Iterator[int]:
    dice = np.random.default_rng(seed)
    now = 0
    for _ in range(5_000):
        now += int(dice.integers(0, 3))
        yield now + int(dice.choice([0, 0, 0, 0, 0, 0, 11, 40]))


@pytest.mark.parametrize("seed", range(5))
def test_a_large_block_is_judged_as_one_row_after_the_other(seed: int) -> None:
    rows = list(random_rows(seed))

    found = judge(np.array(rows, np.int64), INT64_MIN, 10, is_end=True)

    assert strays_of(rows, 10) == found.strays.tolist()
    assert len(rows) == found.decided
