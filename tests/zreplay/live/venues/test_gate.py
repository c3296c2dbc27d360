"""Gate: amounts as numbers and as texts, idle contracts, answers with the request's number."""

import pytest

from tests.zreplay.venue_messages import asked, check_capture, check_picked, real_captures, told
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import Acknowledged, Heartbeat, Refused, Told, Unknown, VenueQuote


@real_captures
def test_a_real_socket_gives_exactly_its_quotes() -> None:
    check_capture("GATEIO_FUTURES")


def test_real_messages_give_exactly_their_quotes() -> None:
    check_picked("gate-futures")


@pytest.mark.parametrize(
    ("name", "channel"), [("gate", "spot.book_ticker"), ("gate-futures", "futures.book_ticker")]
)
def test_each_market_has_its_channel(name: str, channel: str) -> None:
    request = asked(venue_of(name), "BTC_USDT")

    assert (channel, "subscribe", ["BTC_USDT"], 7) == tuple(
        request[key] for key in ("channel", "event", "payload", "id")
    )


def test_a_documented_message_of_spot_is_its_quote() -> None:
    result = '{"t":1682689046131,"u":5,"s":"A_B","b":"0.5","B":"0.001","a":"0.6","A":"2"}'
    frame = '{"time":1,"channel":"spot.book_ticker","event":"update","result":VALUE}'.replace(
        "VALUE", result
    )
    expected = VenueQuote("A_B", 0.5, 0.001, 0.6, 2.0, 1682689046131000000, 5)

    assert [expected] == told("gate", frame)


def test_an_idle_contract_has_no_time_and_no_side() -> None:
    result = '{"t":0,"u":5,"s":"A_B","b":"","B":0,"a":"","A":0}'
    frame = '{"time":1,"channel":"futures.book_ticker","event":"update","result":VALUE}'.replace(
        "VALUE", result
    )

    assert [VenueQuote("A_B", None, 0.0, None, 0.0, None, 5)] == told("gate-futures", frame)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"id":4,"channel":"spot.book_ticker","event":"subscribe","result":{"status":"success"}}',
            Acknowledged(request=4),
        ),
        (
            '{"id":4,"channel":"spot.book_ticker","event":"subscribe",'
            '"error":{"code":2,"message":"unknown currency pair FOO"},"result":null}',
            Refused("2 unknown currency pair FOO", request=4),
        ),
        ('{"time":1,"channel":"spot.pong","event":"","result":null}', Heartbeat(is_answer=True)),
        (
            '{"channel":"spot.trades","event":"update","result":{"id":1}}',
            Unknown("channel=spot.trades"),
        ),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("gate", text)
