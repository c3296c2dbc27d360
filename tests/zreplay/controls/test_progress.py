"""A share is of what was asked for, and what is not known is not guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.controls.pace import Pace
from zreplay.controls.progress import (
    BYTES,
    LIMIT,
    QUOTES,
    TIME,
    UNKNOWN,
    PassFacts,
    Playing,
    Share,
    left_ns,
    share_of_pass,
    share_of_run,
)
from zreplay.recordings.index.entries import FileIndex, FirstRow, IndexEntry, Prefix
from zreplay.recordings.index.row_counts import RowCounts
from zreplay.recordings.source_block import FilePlace

SECOND_NS = 1_000_000_000


def prefix(rows: int, last_ns: int) -> Prefix:
    return Prefix(FilePlace(rows, rows), rows, 0, 0, last_ns, last_ns, 0)


def counts() -> RowCounts:
    """Return those of 900 rows in the first 100 s and 100 in the next 900 s."""
    entries = [IndexEntry(prefix(900, 100 * SECOND_NS - 1), FirstRow(0, 0))]
    return RowCounts([FileIndex(entries, prefix(1_000, 1_000 * SECOND_NS - 1))])


def done(**facts: object) -> Share:
    share = share_of_pass(PassFacts(**facts))  # type: ignore[arg-type]
    return share._replace(done=None if share.done is None else round(share.done, 6))


def of(seconds: float) -> int:
    return round(seconds * SECOND_NS)


def pace_of(passes_per_second: float, speed: float = 0.0) -> Pace:
    pace = Pace()
    for second in range(10):
        pace.pass_time(second * SECOND_NS, is_paused=False)
        pace.tick(second * passes_per_second, round(second * speed * SECOND_NS), "")
    return pace


def test_all_of_the_files_is_told_by_their_bytes() -> None:
    assert Share(0.25, BYTES) == done(files_share=0.25)
    assert Share(1.0, BYTES) == done(files_share=None, is_over=True)


def test_with_an_index_it_is_told_by_the_quotes() -> None:
    facts = {"counts": counts(), "files_share": 0.3}

    assert Share(0.45, QUOTES) == done(present_ns=of(50), **facts)
    assert Share(0.0, QUOTES) == done(present_ns=None, **facts)
    # 900 quotes to 100 s, of which 450 are asked for, and 50 of the next 100.
    facts |= {"start_ns": of(50), "end_ns": of(550)}
    assert Share(0.9, QUOTES) == done(present_ns=of(100), **facts)
    assert Share(0.45, QUOTES) == done(present_ns=of(75), **facts)
    assert Share(0.0, QUOTES) == done(present_ns=of(1), **facts), "the way there does not count"


def test_between_two_instants_it_is_told_by_the_time() -> None:
    facts = {"start_ns": of(100), "end_ns": of(300)}

    assert Share(0.25, TIME) == done(present_ns=of(150), files_share=0.01, **facts)
    assert Share(0.0, TIME) == done(**facts)


def test_files_that_end_before_the_end_that_was_asked_for_are_done_when_they_end() -> None:
    facts = {"start_ns": 0, "end_ns": of(10_000), "present_ns": of(500)}

    assert Share(0.5, BYTES) == done(files_share=0.5, **facts)
    assert Share(0.944444, QUOTES) == done(counts=counts(), **facts)


def test_a_limit_is_an_end_if_it_comes_first() -> None:
    assert Share(0.5, LIMIT) == done(sent=50, limit=100, files_share=0.01)
    assert Share(0.9, BYTES) == done(sent=50, limit=100, files_share=0.9)
    assert Share(0.5, LIMIT) == done(sent=50, limit=100), "standard input too"
    assert Share(1.0, BYTES) == done(sent=50, limit=100, is_over=True)


def test_where_two_ends_are_about_as_near_what_is_counted_does_not_change() -> None:
    facts = {"start_ns": 0, "end_ns": of(100), "present_ns": of(40)}

    assert [TIME, TIME, BYTES] == [done(files_share=s, **facts).of for s in (0.39, 0.44, 0.46)]
    assert [LIMIT, LIMIT, BYTES] == [
        done(sent=40, limit=100, files_share=share).of for share in (0.39, 0.44, 0.46)
    ]


def test_what_is_not_known_is_not_guessed() -> None:
    nothing = Share(None, UNKNOWN)

    assert nothing == done()
    assert nothing == done(end_ns=of(10), present_ns=of(5), files_share=0.3), "begun at what?"
    assert left_ns(PassFacts(), nothing, Playing(), pace_of(0.01)) is None
    assert share_of_run(None, Playing(passes=3)) is None


def test_a_loop_has_as_many_passes_as_it_was_asked_for() -> None:
    assert 0.5 == share_of_run(0.5, Playing(pass_number=1, passes=3))
    assert 1.0 == share_of_run(1.0, Playing(pass_number=2, passes=3))
    assert 0.25 == share_of_run(0.25, Playing(pass_number=7, passes=None)), "of this pass"


def left(facts: PassFacts, playing: Playing, pace: Pace | None = None) -> float | None:
    ns = left_ns(facts, share_of_pass(facts), playing, pace or Pace())
    return None if ns is None else round(ns / 1e9, 3)


def test_a_clock_tells_what_is_left_from_the_first_quote_on() -> None:
    window = PassFacts(start_ns=of(100), end_ns=of(300))

    assert 200.0 == left(window, Playing(rate=1.0))
    assert 75.0 == left(window._replace(present_ns=of(150)), Playing(rate=2.0))
    assert 475.0 == left(window._replace(present_ns=of(150)), Playing(2.0, passes=5))
    assert 275.0 == left(window._replace(present_ns=of(150)), Playing(2.0, False, 2, 5))
    assert 475.0 == left(PassFacts(present_ns=of(50), counts=counts()), Playing(rate=2.0))


def test_a_replay_that_cannot_keep_up_takes_longer() -> None:
    facts = PassFacts(start_ns=0, end_ns=of(1_000), present_ns=of(100))

    assert 90.0 == left(facts, Playing(rate=20.0), pace_of(0.01, speed=10.0))
    assert 45.0 == left(facts, Playing(rate=20.0), pace_of(0.01, speed=30.0)), "it catches up"


@pytest.mark.parametrize(
    "playing", [Playing(rate=None), Playing(rate=1.0, cuts_gaps=True), Playing(None, True, 0, None)]
)
def test_without_a_clock_that_nothing_cuts_the_pace_tells(playing: Playing) -> None:
    facts = PassFacts(start_ns=0, end_ns=of(1_000), present_ns=of(100))

    assert left(facts, playing) is None
    assert 90.0 == left(facts, playing, pace_of(0.01))


def test_a_limit_is_reached_at_the_pace_of_the_quotes() -> None:
    facts = PassFacts(sent=50, limit=100, start_ns=0, end_ns=of(1_000), present_ns=of(100))

    assert left(facts, Playing(rate=1.0)) is None
    assert 50.0 == left(facts, Playing(rate=1.0), pace_of(0.01))


def test_other_passes_take_as_long_as_this_one() -> None:
    facts = PassFacts(files_share=0.5)

    assert 250.0 == left(facts, Playing(passes=3), pace_of(0.01))
    assert 50.0 == left(facts, Playing(passes=None), pace_of(0.01))


def test_at_the_end_nothing_is_left() -> None:
    over = PassFacts(files_share=1.0, is_over=True)

    assert 0.0 == left(over, Playing())
    assert 0.0 == left(over, Playing(pass_number=2, passes=3))
    assert 100.0 == left(over, Playing(pass_number=1, passes=3), pace_of(0.01))


instants = st.none() | st.integers(-(2**62), 2**62)


@given(
    st.builds(
        PassFacts,
        sent=st.integers(0, 10**9),
        limit=st.none() | st.integers(1, 10**9),
        start_ns=instants,
        end_ns=instants,
        present_ns=instants,
        counts=st.none() | st.just(counts()),
        files_share=st.none() | st.floats(0, 1),
        is_over=st.booleans(),
    ),
    st.builds(Playing, st.none() | st.floats(0.001, 1e6), st.booleans(), st.integers(0, 9)),
)
def test_whatever_is_known_a_share_is_one_and_no_time_is_negative(
    facts: PassFacts, playing: Playing
) -> None:
    share = share_of_pass(facts)
    time_left_ns = left_ns(facts, share, playing, pace_of(0.01, speed=1.0))

    assert (share.done is None) == (share.of == UNKNOWN)
    assert share.done is None or 0 <= share.done <= 1
    assert time_left_ns is None or time_left_ns >= 0
