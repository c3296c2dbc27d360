"""What is needed is never deleted or dropped, and the quota is kept, whatever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import few
from zreplay.live.segment_book import (
    KEEP_ALL_NS,
    CaptureRules,
    Delete,
    Drop,
    Overload,
    Segment,
    SegmentBook,
    Step,
    Then,
)
from zreplay.live.segment_head import HEAD_BYTES, Dropped

HOUR_NS = 3_600_000_000_000
RULES = CaptureRules(11_000, most_segment_bytes=1_000)


def segment(begin: int, end: int, written_ns: int = 0, dropped: Dropped | None = None) -> Segment:
    size_bytes = HEAD_BYTES if dropped else HEAD_BYTES + end - begin
    return Segment(begin, end, size_bytes, written_ns, dropped)


def full(rules: CaptureRules) -> SegmentBook:
    """Return ten segments of 1,000 bytes in a quota that they fill."""
    return SegmentBook(rules, [segment(at, at + 1_000) for at in range(0, 10_000, 1_000)])


def step(
    book: SegmentBook,
    *,
    needed: int = 0,
    read_to: int = 9_000,
    now_ns: int = 0,
    open_ns: int = 0,
    is_about_itself: bool = False,
) -> Step | None:
    return book.step(
        100,
        now_ns=now_ns,
        open_ns=open_ns,
        needed=needed,
        read_to=read_to,
        is_about_itself=is_about_itself,
    )


def test_a_segment_ends_once_it_is_long_enough_or_an_hour_old() -> None:
    book = SegmentBook(CaptureRules(10**9, most_segment_bytes=1_000), [segment(0, 800)])
    assert None is step(book)
    assert Then.ROLL == step(book, open_ns=HOUR_NS)
    book.grown(100, 5)
    assert Then.ROLL == step(book)
    book.rolled(6)
    assert [segment(0, 900, 5), segment(900, 900, 6)] == [*book.segments]
    assert None is step(book, open_ns=HOUR_NS)


def test_within_the_quota_nothing_is_deleted_however_much_is_committed() -> None:
    book = SegmentBook(CaptureRules(10**9), [segment(0, 500), segment(500, 600)])

    assert None is step(book, needed=600)


@pytest.mark.parametrize(("needed", "is_deleted"), [(0, False), (999, False), (1_000, True)])
def test_at_the_quota_the_oldest_is_deleted_once_nobody_needs_it(
    needed: int, is_deleted: bool
) -> None:
    book = full(RULES._replace(most_segment_bytes=2_000))

    assert (Delete(book.segments[0]) if is_deleted else Then.FULL) == step(book, needed=needed)


def test_what_is_to_be_kept_is_not_deleted_before_its_time() -> None:
    rules = RULES._replace(keep_ns=7 * HOUR_NS, most_segment_bytes=2_000)
    book = full(rules)
    assert Then.FULL == step(book, needed=10_000, now_ns=7 * HOUR_NS - 1)
    assert Delete(book.segments[0]) == step(book, needed=10_000, now_ns=7 * HOUR_NS)
    book = full(rules._replace(keep_ns=KEEP_ALL_NS))
    assert Then.FULL == step(book, needed=10_000, now_ns=10**18)


def test_what_is_said_of_the_capture_itself_has_room_where_messages_have_none() -> None:
    book = SegmentBook(RULES, [segment(0, 10_000), segment(10_000, 10_200)])

    assert Then.FULL == step(book)
    assert None is step(book, is_about_itself=True)


def test_also_what_is_said_of_the_capture_itself_drops_the_oldest_beyond_the_quota() -> None:
    rules = RULES._replace(overload=Overload.DROP_OLDEST)
    book = SegmentBook(rules, [segment(0, 11_000), segment(11_000, 11_100)])

    assert Drop((segment(0, 11_000),)) == step(book, read_to=-1, is_about_itself=True)


def test_the_oldest_that_was_never_read_is_dropped_together_with_what_was_before_it() -> None:
    book = full(RULES._replace(overload=Overload.DROP_OLDEST, most_segment_bytes=2_000))
    first = step(book, read_to=1_000)
    assert Drop((segment(2_000, 3_000),)) == first
    assert isinstance(first, Drop)
    book.dropped(first, Dropped(3_000, 5, 6))
    assert None is step(book, read_to=1_000)
    while (next_step := step(book, read_to=1_000)) in (None, Then.ROLL):
        assert book.end < 20_000
        book.rolled(0) if next_step else book.grown(100, 0)
    what = Dropped(3_000, 5, 6)
    assert Drop((segment(2_000, 3_000, 0, what), segment(3_000, 4_000))) == next_step
    assert 1_000 == book.dropped_bytes


def test_what_is_being_read_is_not_dropped_and_the_newest_is_closed_first() -> None:
    book = full(RULES._replace(overload=Overload.DROP_OLDEST, most_segment_bytes=2_000))

    assert Then.FULL == step(book, read_to=9_000)
    assert Then.ROLL == step(book, read_to=8_000)


@settings(max_examples=few(37), deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("write"), st.integers(1, 400)),
            st.tuples(st.sampled_from(["read", "commit", "forget"]), st.integers(0, 2_000)),
        ),
        max_size=120,
    ),
    st.sampled_from(Overload),
)
def test_whatever_happens_what_is_needed_stays_and_the_quota_is_kept(
    events: list[tuple[str, int]], overload: Overload
) -> None:
    """A model: which bytes are there, and which were read and committed."""
    rules = CaptureRules(4_000, overload=overload, most_segment_bytes=500)
    book = SegmentBook(rules, [segment(0, 0)])
    there: set[int] = set()
    committed = read = 0
    dropped: set[int] = set()
    for event, amount in events:
        if event == "read":
            read = min(book.end, read + amount)
        elif event == "commit":
            committed = min(read, committed + amount)
        elif event == "forget":  # the sink stepped back
            read = max(committed, read - amount)
        if event != "write":
            continue
        read_to = max(each.begin for each in book.segments if each.begin <= read)
        while (
            next_step := book.step(amount, now_ns=0, open_ns=0, needed=committed, read_to=read_to)
        ) is not None:
            match next_step:
                case Then.ROLL:
                    assert book.segments[-1].end > book.segments[-1].begin
                    book.rolled(0)
                case Delete(oldest):
                    assert oldest == book.segments[0] and oldest.end <= committed
                    there -= {*range(oldest.begin, oldest.end)}
                    book.deleted()
                case Drop(segments):
                    assert overload is Overload.DROP_OLDEST and segments[0].begin > read_to
                    gone = {*range(segments[0].begin, segments[-1].end)}
                    assert min(gone) > read
                    there, dropped = there - gone, dropped | gone
                    book.dropped(next_step, Dropped(segments[-1].end, 0, 0))
                case Then.FULL:
                    break
        if next_step is None:
            there |= {*range(book.end, book.end + amount)}
            book.grown(amount, 0)
        assert book.total_bytes <= rules.quota_bytes
        assert book.total_bytes == sum(each.size_bytes for each in book.segments)
        ends = [each.end for each in book.segments]
        assert ends[:-1] == [each.begin for each in book.segments][1:]
        assert there >= {*range(committed, book.end)} - dropped
