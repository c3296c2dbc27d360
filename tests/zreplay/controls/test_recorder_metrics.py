"""A recorder has the metrics of a replayer that are about its feeds and its capture."""

from tests.zreplay.answers import make_capture, make_feed
from zreplay.controls.recorder_metrics import recorder_metrics


def test_feeds_and_capture_are_counted() -> None:
    status = {
        "feeds": [make_feed(messages=7)],
        "messages": 7,
        "gaps": 2,
        "capture": make_capture(bytes=100, blocked_ns=1_500_000_000),
    }
    metrics = recorder_metrics(status)
    values = {metric.name: [value for _, value in metric.values] for metric in metrics}

    assert [7] == values["zreplay_feed_messages_total"]
    assert ([2], [100]) == (values["zreplay_live_gaps_total"], values["zreplay_capture_bytes"])
    assert [1.5] == values["zreplay_capture_blocked_seconds_total"]
