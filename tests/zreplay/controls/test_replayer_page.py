"""The page of a replayer says what its status says."""

from tests.zreplay.answers import SECOND_NS, make_diagnostic, make_feed, make_status, make_worker
from zreplay.controls.replayer_page import replayer_page


def test_a_historical_replay_shows_how_far_it_is() -> None:
    status = make_status(left_ns=90 * SECOND_NS, waits_for="room", problem="another threshold")
    page = replayer_page(status).decode()

    for text in (
        "<h1>zreplay RUNNING</h1>",
        '<progress max="1" value="0.4970">',
        "49.7% of the bytes",
        "1,234,567 (30,120 a second)",
        "worker-2",
        "another threshold",
        "lateness p99",
        "2025-10-02 23:59:54.580",
    ):
        assert text in page
    assert "Feeds" not in page


def test_a_live_replay_shows_its_feeds_and_no_frozen_lateness() -> None:
    lost = make_worker("<script>", seen_ago_ns=60 * SECOND_NS)
    said = [make_diagnostic("lost", count=4), make_diagnostic("found")]
    feeds = [make_feed(lack="300 of 300 are not quotes"), make_feed(latency_ns=None)]
    workers = [lost, make_worker("worker-2")]
    status = make_status(mode="live", feeds=feeds, workers=workers, diagnostics=said, progress=None)
    page = replayer_page(status).decode()

    for text in ("p99 80.0 ms", "300 of 300 are not quotes", "LOST ", "&lt;script&gt;"):
        assert text in page
    assert "<script>" not in page
    assert "lateness" not in page
    assert "<progress" not in page
    assert page.index("found") < page.index("lost (4 times)")


def test_while_nothing_is_delivered_as_in_a_pause_no_worker_is_called_lost() -> None:
    """The same judgement as that of the dashboard."""
    idle = [make_worker(name, seen_ago_ns=19 * SECOND_NS) for name in ("one", "two")]

    assert "LOST" not in replayer_page(make_status(state="PAUSED", workers=idle)).decode()
