"""Binance: bookTicker of three markets, wrapped and bare; answers and the end are told from it."""

import json

import pytest

from tests.zreplay.venue_messages import asked, check_capture, check_picked, real_captures, told
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import (
    Acknowledged,
    BadQuote,
    Notice,
    Refused,
    SomeQuotes,
    Told,
    Unknown,
    VenueQuote,
)


@real_captures
@pytest.mark.parametrize("name", ["BINANCE_SPOT", "BINANCE_FUTURES"])
def test_a_real_socket_gives_exactly_its_quotes(name: str) -> None:
    check_capture(name)


@pytest.mark.parametrize("name", ["binance", "binance-usdm", "binance-coinm"])
def test_real_messages_give_exactly_their_quotes(name: str) -> None:
    check_picked(name)


def test_streams_are_asked_for_in_lower_case() -> None:
    expected = ["btcusdt@bookTicker", "ethusdt@bookTicker"]

    assert {"method": "SUBSCRIBE", "params": expected, "id": 7} == asked(
        venue_of("binance"), "BTCUSDT", "ETHUSDT"
    )


def test_futures_are_at_the_routed_path() -> None:
    assert "wss://fstream.binance.com/public/stream" == venue_of("binance-usdm").url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"result":null,"id":1}', Acknowledged(request=1)),
        ('{"code":2,"msg":"Invalid request","id":3}', Refused("2 Invalid request", request=3)),
        ('{"error":{"code":2,"msg":"no"},"id":3}', Refused("2 no", request=3)),
        ('{"code":2,"msg":"no","id":null}', Refused("2 no")),
        ('{"e":"serverShutdown","E":1770123456789}', Notice("serverShutdown", is_closing=True)),
        (
            '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}',
            Notice("serverShutdown", is_closing=True),
        ),
        ('{"e":"trade","s":"BTCUSDT","t":5,"p":"1","q":"2"}', Unknown("e=trade")),
        ('{"new":"thing"}', Unknown("neither an event nor an answer")),
        ("[1]", Unknown("not a JSON object")),
        ("pong", Unknown("not JSON")),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("binance", text)


@pytest.mark.parametrize("empty", ['""', "null", '"0.00000000"', "0"])
def test_a_side_without_a_price_is_missing(empty: str) -> None:
    frame = '{"u":5,"s":"A","b":VALUE,"B":"0","a":"2.5","A":"1"}'.replace("VALUE", empty)
    quotes = told("binance", frame)

    assert isinstance(quotes, list)
    assert not quotes[0].bid_price
    assert 2.5 == quotes[0].ask_price


def test_a_quote_without_a_side_is_one() -> None:
    expected = VenueQuote("A", None, None, 2.5, 1.0, None, 5)

    assert [expected] == told("binance", '{"u":5,"s":"A","a":"2.5","A":"1"}')


def test_a_time_of_0_is_none() -> None:
    (quote,) = told("binance-usdm", '{"e":"bookTicker","u":5,"s":"A","a":"2.5","T":0}')

    assert quote.timestamp_ns is None


@pytest.mark.parametrize(
    ("column", "value", "shown"), [("b", '"x"', "x"), ("A", "[1]", "[1]"), ("u", '"5a"', "5a")]
)
def test_a_value_that_cannot_be_is_named(column: str, value: str, shown: str) -> None:
    event = {"u": 5, "s": "A", "b": "1", "B": "1", "a": "2", "A": "1"} | {column: "VALUE"}
    frame = json.dumps({"stream": "a@bookTicker", "data": event}).replace('"VALUE"', value)
    said = told("binance", frame)

    assert isinstance(said, SomeQuotes)
    assert ([], column, shown) == (said.quotes, said.bad[0].column, said.bad[0].value)
    assert isinstance(said.bad[0], BadQuote)


def test_symbols_are_in_capitals_and_may_be_chinese() -> None:
    form = venue_of("binance").symbols

    assert form.fullmatch("BTCUSDT") and form.fullmatch("币安人生USDT")
    assert not form.fullmatch("btcusdt") and not form.fullmatch("BTC-USDT")
