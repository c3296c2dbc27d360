"""The metrics of a replayer: each is there from the start, with its unit."""

import re
from typing import Any

import pytest

from protocol.program.metrics import COUNTER, HISTOGRAM, Metric
from tests.zreplay.answers import SECOND_NS, make_feed, make_status
from zreplay.controls.replayer_metrics import replayer_metrics
from zreplay.playback.durations import DurationHistogram


def metrics(**changes: Any) -> dict[str, Metric]:
    lateness, age = DurationHistogram(), DurationHistogram()
    age.add(3_000_000, 10)
    return {one.name: one for one in replayer_metrics(make_status(**changes), lateness, age)}


def value(name: str, **changes: Any) -> float:
    return metrics(**changes)[name].values[0][1]


def test_every_name_is_ours_and_says_its_kind_by_its_end() -> None:
    for metric in metrics(feeds=[make_feed()]).values():
        assert re.fullmatch(r"zreplay_[a-z_]+", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == COUNTER)
        assert metric.name.endswith("_seconds") or metric.kind != HISTOGRAM
        assert metric.help


def test_times_are_seconds() -> None:
    assert 12.5 == value("zreplay_send_blocked_seconds_total", blocked_ns=12_500_000_000)
    assert 1_759_449_594.58 == value("zreplay_replay_position_timestamp_seconds")
    assert 0 == value("zreplay_replay_position_timestamp_seconds", arrival_ns=None)


@pytest.mark.parametrize(("speed", "ratio"), [("1x", 1.0), ("0.5x", 0.5), ("max", float("inf"))])
def test_the_speed_is_a_ratio(speed: str, ratio: float) -> None:
    assert ratio == value("zreplay_speed_ratio", speed=speed)


def test_the_state_word_is_one_of_those_that_are_known() -> None:
    values = metrics(state="NO WORKERS")["zreplay_state"].values

    assert [{"state": "NO WORKERS"}] == [labels for labels, is_so in values if is_so]


def test_the_time_to_commit_is_a_histogram() -> None:
    buckets = dict(metrics()["zreplay_commit_age_seconds"].buckets)

    assert (0, 10, 10) == (buckets["0.002"], buckets["0.005"], buckets["+Inf"])


def test_each_feed_has_its_address_and_without_feeds_the_names_are_there() -> None:
    feeds = [make_feed(state="reconnecting"), make_feed(url="ws://other", last_message_ns=None)]
    found = metrics(feeds=feeds)

    assert [0.0, 1.0] == [one for _, one in found["zreplay_feed_connected"].values]
    assert [1_759_449_594.0, 0.0] == [
        one for _, one in found["zreplay_feed_last_message_timestamp_seconds"].values
    ]
    assert {"url": "ws://other"} == found["zreplay_feed_messages_total"].values[1][0]
    assert set(found) == set(metrics(feeds=[]))
    assert SECOND_NS == 10**9


def test_what_was_left_out_is_counted_also_where_that_is_not_known() -> None:
    for known, count in ((7, 7), (None, 0)):
        assert count == value("zreplay_quotes_repeated", repeated=known)
        assert count == value("zreplay_quotes_outside_session", outside_session=known)
