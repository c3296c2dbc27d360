"""Coinbase: the two tickers, with and without amounts, their answers and heartbeats."""

import pytest

from tests.zreplay.venue_messages import asked, check_capture, check_picked, real_captures, told
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import Acknowledged, Heartbeat, Refused, Told, Unknown


@real_captures
def test_a_real_socket_gives_exactly_its_quotes() -> None:
    check_capture("COINBASE")


@pytest.mark.parametrize("name", ["coinbase", "coinbase-advanced"])
def test_real_messages_give_exactly_their_quotes(name: str) -> None:
    check_picked(name)


def test_products_and_heartbeats_are_asked_for() -> None:
    channels = ["ticker", "heartbeat"]
    expected = {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": channels}
    advanced = venue_of("coinbase-advanced")

    assert expected == asked(venue_of("coinbase"), "BTC-USD")
    assert {"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "ticker"} == asked(
        advanced, "BTC-USD"
    )
    assert b"heartbeats" in advanced.first_message


def test_it_is_said_that_it_changes_only_at_matches() -> None:
    assert "at each match only" in venue_of("coinbase").shows


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("coinbase", '{"type":"heartbeat","sequence":90,"product_id":"A-B"}', Heartbeat()),
        (
            "coinbase",
            '{"type":"subscriptions","channels":[{"name":"ticker","product_ids":["A-B"]}]}',
            Acknowledged(("A-B",)),
        ),
        (
            "coinbase",
            '{"type":"error","message":"Failed to subscribe","reason":"FOO is not valid"}',
            Refused("Failed to subscribe: FOO is not valid"),
        ),
        ("coinbase", '{"type":"l2update","product_id":"A-B"}', Unknown("type=l2update")),
        ("coinbase-advanced", '{"channel":"heartbeats","events":[]}', Heartbeat()),
        (
            "coinbase-advanced",
            '{"channel":"subscriptions","events":[{"subscriptions":{"ticker":["A-B"]}}]}',
            Acknowledged(("A-B",)),
        ),
        (
            "coinbase-advanced",
            '{"channel":"subscriptions","events":[{"subscriptions":{"heartbeats":["x"]}}]}',
            Heartbeat(),
        ),
        ("coinbase-advanced", '{"type":"error","message":"no"}', Refused("no")),
        ("coinbase-advanced", '{"channel":"status","events":[]}', Unknown("channel=status")),
    ],
)
def test_what_is_no_quote_is_told(name: str, text: str, expected: Told) -> None:
    assert expected == told(name, text)


@pytest.mark.parametrize("time", ['"1970-01-01T00:00:00Z"', "null", '""', '"soon"'])
def test_a_time_that_is_none_is_missing(time: str) -> None:
    (quote,) = told(
        "coinbase", '{"type":"ticker","product_id":"A-B","time":VALUE}'.replace("VALUE", time)
    )

    assert quote.timestamp_ns is None
