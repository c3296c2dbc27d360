"""Gaps are handed on with their places; too many of them are not kept, and that is said."""

from zreplay.live.capture_groups import GROUP_HEAD
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.captured_gaps import CapturedGaps
from zreplay.live.gap import Gap

MESSAGE = Captured(RecordKind.MESSAGE, 1, b"abc", 7)


def gap(number: int) -> Captured:
    return Captured(RecordKind.GAP, 1, f"{number}".encode())


def test_each_gap_is_handed_on_once_with_the_byte_of_its_record() -> None:
    gaps = CapturedGaps()
    gaps.wrote([MESSAGE, gap(1), MESSAGE, gap(2)], 1000, 1200)
    assert 1200 == gaps.offset

    first = 1000 + GROUP_HEAD.size + MESSAGE.size_bytes
    second = first + gap(1).size_bytes + MESSAGE.size_bytes
    assert [(first, b"1"), (second, b"2")] == gaps.take()
    assert [] == gaps.take()
    assert not gaps.was_cut()


def test_of_more_than_may_wait_none_is_handed_on_until_that_was_seen() -> None:
    gaps = CapturedGaps(most_waiting=2)
    for number in range(4):
        gaps.wrote([gap(number)], 100 * number, 100 * number + 100)
    assert [b"0", b"1"] == [each.payload for each in gaps.take()]
    gaps.wrote([gap(4)], 400, 500)
    assert [] == gaps.take()

    assert [True, False] == [gaps.was_cut(), gaps.was_cut()]
    gaps.wrote([gap(5)], 500, 600)
    assert [b"5"] == [each.payload for each in gaps.take()]


def test_a_drop_is_to_be_written_once() -> None:
    gaps, dropped = CapturedGaps(), Gap("all feeds", "", 5, 9, "dropped")
    gaps.drop(dropped)
    assert [[dropped], []] == [gaps.drops(), gaps.drops()]
