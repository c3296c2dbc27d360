"""Deribit: sides of 0 and null, negative prices, its heartbeat that wants an answer."""

import json

import pytest

from tests.zreplay.venue_messages import asked, check_capture, check_picked, real_captures, told
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import Acknowledged, Heartbeat, Refused, Told, Unknown


@real_captures
def test_a_real_socket_gives_exactly_its_quotes() -> None:
    check_capture("DERIBIT")


def test_real_messages_give_exactly_their_quotes() -> None:
    check_picked("deribit")


def test_quotes_and_a_heartbeat_are_asked_for() -> None:
    venue = venue_of("deribit")

    assert ["quote.BTC-PERPETUAL"] == asked(venue, "BTC-PERPETUAL")["params"]["channels"]
    assert "public/set_heartbeat" == json.loads(venue.first_message)["method"]
    assert venue.has_negative_prices


def test_a_test_request_is_answered() -> None:
    said = told("deribit", '{"method":"heartbeat","params":{"type":"test_request"}}')

    assert isinstance(said, Heartbeat)
    assert "public/test" == json.loads(said.reply)["method"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"method":"heartbeat","params":{"type":"heartbeat"}}', Heartbeat()),
        ('{"id":0,"result":"ok"}', Heartbeat()),
        ('{"id":0,"result":{"version":"1.2.26"}}', Heartbeat()),
        ('{"id":4,"result":["quote.A-B"]}', Acknowledged(("A-B",), request=4)),
        (
            '{"id":4,"error":{"code":10028,"message":"too_many_requests","data":null}}',
            Refused("10028 too_many_requests", request=4, is_busy=True),
        ),
        (
            '{"method":"subscription","params":{"channel":"trades.A.raw","data":[]}}',
            Unknown("method=subscription"),
        ),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("deribit", text)
