"""Kraken: rows of numbers, a time or 1970, an answer for each symbol."""

import pytest

from tests.zreplay.venue_messages import asked, check_picked, told
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import (
    Acknowledged,
    Heartbeat,
    Notice,
    Refused,
    Told,
    Unknown,
    VenueQuote,
    Welcome,
)


def test_real_messages_give_exactly_their_quotes() -> None:
    check_picked("kraken")


def test_the_trigger_is_every_change() -> None:
    params = {"channel": "ticker", "symbol": ["BTC/USD"], "event_trigger": "bbo"}

    assert {"method": "subscribe", "params": params, "req_id": 7} == asked(
        venue_of("kraken"), "BTC/USD"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"channel":"heartbeat"}', Heartbeat()),
        ('{"method":"pong","req_id":4}', Heartbeat(is_answer=True)),
        ('{"channel":"status","type":"update","data":[{"system":"online"}]}', Welcome()),
        (
            '{"method":"subscribe","result":{"channel":"ticker","symbol":"A/B"},"success":true}',
            Acknowledged(("A/B",)),
        ),
        (
            '{"method":"subscribe","success":false,"error":"not supported","symbol":"A/B"}',
            Refused("not supported", ("A/B",)),
        ),
        ('{"Error":"Exceeded msg rate"}', Notice("Exceeded msg rate")),
        ('{"channel":"trade","data":[]}', Unknown("channel=trade")),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("kraken", text)


def test_a_row_of_1970_and_0_has_no_time_and_no_side() -> None:
    row = '{"symbol":"A/B","bid":0.0,"bid_qty":0.0,"timestamp":"1970-01-01T00:00:00.000000Z"}'
    expected = VenueQuote("A/B", 0.0, 0.0, None, None, None)

    assert [expected] == told(
        "kraken", '{"channel":"ticker","type":"update","data":[VALUE]}'.replace("VALUE", row)
    )
