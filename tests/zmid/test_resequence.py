"""Results in any order come out in record order, each once, in bounded memory."""

import random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.messages import MAX_HELD_RANGES, RUN_BYTES, Result
from tests.protocol.examples import ALL
from tests.zmid.fakes import RUN, result
from zmid.resequence import Resequencer, Verdict

MANY_BYTES = 1 << 30


def resequencer(window_quotes: int = 1000, max_bytes: int = MANY_BYTES) -> Resequencer:
    new = Resequencer(window_quotes, max_bytes)
    new.begin_epoch(RUN, 1, 0)
    return new


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.integers(), st.integers(1, 200))
def test_any_order_with_duplicates_comes_out_in_order_and_once(
    counts: list[int], seed: int, max_bytes: int
) -> None:
    firsts = [sum(counts[:place]) for place in range(len(counts))]
    sent = [result(first, count) for first, count in zip(firsts, counts, strict=True)] * 2
    random.Random(seed).shuffle(sent)
    waiting, taken = resequencer(), []
    verdicts = []
    for one in sent:
        verdicts.append(waiting.accept(one))
        taken += waiting.take(max_bytes)
    while group := waiting.take(max_bytes):
        taken += group
    assert firsts == [one.first for one in taken]
    assert (sum(counts), 0) == (waiting.next, waiting.held_bytes)
    assert [len(counts)] * 2 == [
        verdicts.count(verdict) for verdict in (Verdict.HELD, Verdict.DUPLICATE)
    ]


def test_nothing_is_taken_before_what_precedes_it_is_there() -> None:
    waiting = resequencer()
    assert Verdict.HELD == waiting.accept(result(3))
    assert (False, []) == (waiting.has_next, waiting.take(MANY_BYTES))


def test_a_group_ends_at_about_its_bytes_and_the_next_one_goes_on() -> None:
    waiting = resequencer()
    for first in (0, 3, 6):
        waiting.accept(result(first))
    assert [[0], [3], [6], []] == [[one.first for one in waiting.take(1)] for _ in range(4)]


def test_a_group_ends_by_the_lines_of_both_logs() -> None:
    waiting, one = resequencer(), result(0)
    for first in (0, 3):
        waiting.accept(replace(result(first), mids=b"", errors=one.mids))
    assert [[0], [3]] == [[each.first for each in waiting.take(1)] for _ in range(2)]

    for first in (6, 9, 12):
        waiting.accept(replace(result(first), mids=b"mids", errors=b"all"))
    assert [6, 9] == [each.first for each in waiting.take(len(b"mids") + len(b"all") + 1)]


def parts(first: int, *counts: int) -> list[Result]:
    """Return the results of a batch that has several."""
    firsts = [first + sum(counts[:place]) for place in range(len(counts))]
    whole = sum(counts)
    return [
        replace(
            result(at, count), before=at - first, after=first + whole - at - count, cursor=b"end"
        )
        for at, count in zip(firsts, counts, strict=True)
    ]


def test_a_batch_of_several_results_is_taken_whole_or_not_at_all() -> None:
    waiting = resequencer()
    last, one, other = reversed(parts(0, 2, 1, 2))
    for part in (last, other):
        assert Verdict.HELD == waiting.accept(part)
        assert (False, []) == (waiting.has_next, waiting.take(MANY_BYTES))
    assert Verdict.HELD == waiting.accept(one)

    assert ([other, one, last], 5, 0) == (waiting.take(1), waiting.next, waiting.held_bytes)


def test_all_of_the_batch_that_is_missing_next_is_let_in_whatever_is_held() -> None:
    waiting = resequencer(max_bytes=30)
    sent = [*parts(3, 3), *reversed(parts(0, 1, 1, 1))]

    assert [Verdict.HELD] * 4 == [waiting.accept(part) for part in sent]
    assert [0, 1, 2, 3] == [one.first for one in waiting.take(MANY_BYTES)]


def test_outputs_are_part_of_what_is_held_and_of_a_group() -> None:
    waiting, one = resequencer(), result(0, processors=(ALL,))
    size = sum(map(len, (one.mids, one.errors, *one.outputs)))
    for first in (0, 3, 6):
        waiting.accept(result(first, processors=(ALL,)))

    assert [0, 3] == [each.first for each in waiting.take(size + 1)]
    assert size + len(one.cursor) == waiting.held_bytes


def test_a_result_of_another_run_or_epoch_does_not_count() -> None:
    waiting = resequencer()
    others = (result(0, epoch=2), result(0, epoch=0), result(0, run=b"x" * RUN_BYTES))
    assert [Verdict.STALE] * 3 == [waiting.accept(one) for one in others]


def test_before_the_first_epoch_nothing_counts() -> None:
    nothing_yet = result(0, epoch=0, run=b"")
    assert Verdict.STALE == Resequencer().accept(nothing_yet)


def test_what_was_taken_is_a_duplicate_before_it_is_committed() -> None:
    waiting = resequencer()
    waiting.accept(result(0))
    waiting.take(MANY_BYTES)
    assert Verdict.DUPLICATE == waiting.accept(result(0))


def test_the_window_ends_where_it_ends() -> None:
    waiting = resequencer(window_quotes=9)
    assert [Verdict.HELD, Verdict.BEYOND] == [waiting.accept(result(6)), waiting.accept(result(7))]


def test_full_of_bytes_it_still_lets_the_missing_one_in() -> None:
    waiting = resequencer(max_bytes=30)
    verdicts = [waiting.accept(result(first)) for first in (3, 6, 0)]
    assert [Verdict.HELD, Verdict.BEYOND, Verdict.HELD] == verdicts
    assert [0, 3] == [one.first for one in waiting.take(MANY_BYTES)]


def test_the_cursor_is_part_of_what_is_held() -> None:
    waiting, one = resequencer(), result(3)
    waiting.accept(one)
    assert len(one.mids) + len(one.errors) + len(one.cursor) == waiting.held_bytes


def test_a_new_epoch_forgets_what_waits() -> None:
    waiting = resequencer()
    waiting.accept(result(3))
    waiting.begin_epoch(RUN, 2, 0)
    assert ((), 0) == (waiting.held_ranges(), waiting.held_bytes)
    assert Verdict.HELD == waiting.accept(result(3, epoch=2))


def test_ranges_are_joined_where_they_touch_and_the_lowest_are_named() -> None:
    waiting = resequencer()
    for first in (9, 3, 6, 15):
        waiting.accept(result(first))
    assert ((3, 9), (15, 3)) == waiting.held_ranges()
    for first in range(20, 1000, 4):
        waiting.accept(result(first))
    ranges = waiting.held_ranges()
    assert (MAX_HELD_RANGES, (3, 9)) == (len(ranges), ranges[0])


def test_of_several_ranges_only_the_one_that_is_touched_grows() -> None:
    waiting = resequencer()
    for first in (3, 6, 12, 15, 24, 27, 30):
        waiting.accept(result(first))
    assert ((3, 6), (12, 6), (24, 9)) == waiting.held_ranges()


def test_of_two_results_that_overlap_the_earlier_one_stands() -> None:
    waiting = resequencer()
    for first, count in ((3, 6), (6, 6), (9, 3)):
        waiting.accept(result(first, count))
    assert ((3, 9),) == waiting.held_ranges()

    waiting.accept(result(0))
    waiting.accept(result(10, 3))
    waiting.take(MANY_BYTES)

    assert (12, (), 0) == (waiting.next, waiting.held_ranges(), waiting.held_bytes)
