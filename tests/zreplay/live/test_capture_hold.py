"""Reader and writer of a capture keep out of each other's way."""

from zreplay.live.capture_hold import NEVER_READ, CaptureHold


def test_nothing_is_dropped_before_it_is_known_where_reading_begins() -> None:
    assert not CaptureHold().may_drop(10**15)
    assert CaptureHold(NEVER_READ).may_drop(0)


def test_what_was_read_is_not_dropped_and_what_is_being_dropped_is_not_read() -> None:
    hold = CaptureHold()
    assert hold.may_read(100)
    assert [False, False, True] == [hold.may_drop(begin) for begin in (0, 100, 200)]
    assert [True, False, False] == [hold.may_read(begin) for begin in (100, 200, 300)]
    hold.dropped()
    assert hold.may_read(200)
    assert not hold.may_drop(200)


def test_what_is_not_needed_any_more_is_never_needed_again() -> None:
    hold = CaptureHold()
    hold.free(500)
    hold.free(300)

    assert 500 == hold.needed
