"""The slowest feed speaks for all."""

from tests.zreplay.answers import make_feed
from zreplay.controls.receipt import slowest_receipt_ns


def test_the_slowest_feed_is_the_one_with_the_greatest_p99() -> None:
    slow, quick = {"p50": 1, "p99": 9}, {"p50": 2, "p99": 3}
    feeds = [make_feed(latency_ns=latency) for latency in (None, quick, slow)]

    assert slow == slowest_receipt_ns(feeds)


def test_without_a_time_of_the_exchange_nothing_is_claimed() -> None:
    assert slowest_receipt_ns([make_feed(latency_ns=None)]) is None
    assert slowest_receipt_ns([]) is None
