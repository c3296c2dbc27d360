"""BitMEX: several rows a message, the present that is no news, answers an argument."""

import pytest

from tests.zreplay.venue_messages import asked, told
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import (
    Acknowledged,
    Heartbeat,
    Refused,
    Told,
    Unknown,
    VenueQuote,
    Welcome,
)

ROW = (
    '{"timestamp":"2026-01-02T00:00:00.123Z","symbol":"XBTUSD","bidSize":10,"bidPrice":1.5,'
    '"askPrice":2,"askSize":20}'
)


def test_symbols_are_asked_for_as_topics() -> None:
    expected = {"op": "subscribe", "args": ["quote:XBTUSD", "quote:ETHUSD"]}

    assert expected == asked(venue_of("bitmex"), "XBTUSD", "ETHUSD")


def test_each_row_of_an_insert_is_a_quote() -> None:
    quote = VenueQuote("XBTUSD", 1.5, 10.0, 2.0, 20.0, 1767312000123000000)
    frame = f'{{"table":"quote","action":"insert","data":[{ROW},{ROW}]}}'

    assert [quote, quote] == told("bitmex", frame)


def test_the_present_at_the_start_is_no_quote() -> None:
    assert [] == told("bitmex", f'{{"table":"quote","action":"partial","data":[{ROW}]}}')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pong", Heartbeat(is_answer=True)),
        ('{"info":"Welcome to the BitMEX Realtime API.","limit":{"remaining":39}}', Welcome()),
        (
            '{"success":true,"subscribe":"quote:XBTUSD","request":{"op":"subscribe","args":["x"]}}',
            Acknowledged(("XBTUSD",)),
        ),
        (
            '{"status":400,"error":"Unknown symbol","request":{"args":["quote:FOO"]}}',
            Refused("400 Unknown symbol", ("FOO",)),
        ),
        (
            '{"status":400,"error":"Unknown symbol FOO","request":{"args":["x:A","x:FOO"]}}',
            Refused("400 Unknown symbol FOO"),
        ),
        ('{"table":"trade","action":"insert","data":[]}', Unknown("table=trade")),
        ("{}", Unknown("neither a table nor an answer")),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("bitmex", text)
