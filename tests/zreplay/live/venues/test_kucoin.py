"""KuCoin: three channels, symbols in the topic or in the subject, ms and ns, its welcome."""

import pytest

from tests.zreplay.venue_messages import asked, check_capture, check_picked, real_captures, told
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


@real_captures
def test_a_real_socket_gives_exactly_its_quotes() -> None:
    check_capture("KUCOIN")


def test_real_messages_give_exactly_their_quotes() -> None:
    check_picked("kucoin")


@pytest.mark.parametrize(
    ("name", "topic"),
    [("kucoin", "/spotMarket/level1"), ("kucoin-futures", "/contractMarket/tickerV2")],
)
def test_symbols_are_joined_in_one_topic_behind_the_welcome(name: str, topic: str) -> None:
    venue = venue_of(name)

    assert f"{topic}:A-B,C-D" == asked(venue, "A-B", "C-D")["topic"]
    assert venue.waits_for_welcome


def test_level1_is_a_quote() -> None:
    data = '{"asks":["2","20"],"bids":["1","10"],"timestamp":1729816058766}'
    frame = '{"type":"message","topic":"/spotMarket/level1:A-B","data":VALUE}'.replace(
        "VALUE", data
    )
    expected = VenueQuote("A-B", 1.0, 10.0, 2.0, 20.0, 1729816058766000000)

    assert [expected] == told("kucoin", frame)


def test_futures_have_nanoseconds() -> None:
    data = (
        '{"symbol":"XBTUSDTM","sequence":5,"bestBidSize":10,"bestBidPrice":"1",'
        '"bestAskPrice":"2","bestAskSize":20,"ts":1729816058766000001}'
    )
    frame = '{"type":"message","topic":"/contractMarket/tickerV2:XBTUSDTM","data":VALUE}'.replace(
        "VALUE", data
    )
    expected = VenueQuote("XBTUSDTM", 1.0, 10.0, 2.0, 20.0, 1729816058766000001, 5)

    assert [expected] == told("kucoin-futures", frame)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"id":"hQvf8jkno","type":"welcome"}', Welcome()),
        ('{"id":"0","type":"pong"}', Heartbeat(is_answer=True)),
        ('{"id":"4","type":"ack"}', Acknowledged(request=4)),
        (
            '{"id":"4","type":"error","code":404,"data":"topic /x is not found"}',
            Refused("topic /x is not found", request=4),
        ),
        (
            '{"type":"message","topic":"/market/match:A-B","data":{"price":"1"}}',
            Unknown("topic=/market/match"),
        ),
        ('{"type":"new"}', Unknown("type=new")),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("kucoin", text)
