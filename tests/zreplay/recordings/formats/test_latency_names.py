"""A latency is told by its name, also where that is misspelt."""

import pytest

from zreplay.recordings.formats.latency_names import may_be_latency


@pytest.mark.parametrize(
    "name",
    [
        *("lat", "lat_ms", "latency_us", "latencyms", "delay", "recv_ts", "received", "local_time"),
        *("latncy", "latecny", "latenzy", "ltency", "laency", "latency ms", "latancy_ms"),
    ],
)
def test_what_may_be_one(name: str) -> None:
    assert may_be_latency(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "timestamp", "latitude", "last", "latest", "late", "agency", "currency", "platform"),
        *("exchange", "exchange_time", "close_timestamp", "venue", "volume", "sequence"),
    ],
)
def test_what_is_none(name: str) -> None:
    assert not may_be_latency(name)
