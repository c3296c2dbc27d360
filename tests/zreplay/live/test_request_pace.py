"""Requests are as far apart as the venue wants, whoever sends them."""

from zreplay.live.request_pace import RequestPace


def test_one_may_be_sent_when_the_time_has_passed_since_the_last() -> None:
    pace = RequestPace()

    assert [True, False, False, True, False] == [pace.take(at, 10) for at in (5, 6, 14, 15, 24)]
