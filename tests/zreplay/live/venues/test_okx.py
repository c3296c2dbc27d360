"""OKX: bbo-tbt, one side or none, its answers, its texts that are no JSON."""

import pytest

from tests.zreplay.venue_messages import asked, check_capture, check_picked, real_captures, told
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import (
    Acknowledged,
    Heartbeat,
    Notice,
    Refused,
    SomeQuotes,
    Told,
    Unknown,
    VenueQuote,
)


@real_captures
def test_a_real_socket_gives_exactly_its_quotes() -> None:
    check_capture("OKX")


def test_real_messages_give_exactly_their_quotes() -> None:
    check_picked("okx")


def test_many_instruments_are_asked_for_in_one_request() -> None:
    args = [{"channel": "bbo-tbt", "instId": each} for each in ("BTC-USDT", "ETH-USDT")]
    expected = {"id": "7", "op": "subscribe", "args": args}

    assert expected == asked(venue_of("okx"), "BTC-USDT", "ETH-USDT")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pong", Heartbeat(is_answer=True)),
        (
            '{"event":"subscribe","arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"connId":"a4"}',
            Acknowledged(("BTC-USDT",)),
        ),
        (
            '{"event":"error","code":"60018","msg":"instId:FOO-USDT doesn\'t exist","connId":"a"}',
            Refused("60018 instId:FOO-USDT doesn't exist"),
        ),
        (
            '{"event":"notice","code":"64008","msg":"It will soon be closed","connId":"a"}',
            Notice("64008 It will soon be closed", is_closing=True),
        ),
        ('{"event":"notice","code":"1","msg":"hello"}', Notice("1 hello")),
        (
            '{"arg":{"channel":"trades","instId":"A-B"},"data":[{"px":"1"}]}',
            Unknown("channel=trades"),
        ),
        ('{"event":"new"}', Unknown("event=new")),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("okx", text)


def frame(asks: str, bids: str) -> str:
    arg = '{"channel":"bbo-tbt","instId":"A-B"}'
    return f'{{"arg":{arg},"data":[{{"asks":{asks},"bids":{bids},"ts":"5","seqId":6}}]}}'


@pytest.mark.parametrize("empty", ["[]", "[[]]", "null", '[["1","0","0","1"]]'])
def test_a_side_may_be_missing(empty: str) -> None:
    expected = VenueQuote("A-B", 1.0, None, None, None, 5_000_000, 6)

    assert [expected] == told("okx", frame(empty, '[["1"]]'))


def test_a_bad_row_leaves_the_others_of_its_frame() -> None:
    rows = ",".join(
        '{"asks":[[VALUE,"1"]],"bids":[],"ts":"5"}'.replace("VALUE", price)
        for price in ('"1"', '"x"', '"3"')
    )
    said = told(
        "okx", '{"arg":{"channel":"bbo-tbt","instId":"A-B"},"data":[VALUE]}'.replace("VALUE", rows)
    )

    assert isinstance(said, SomeQuotes)
    assert [1.0, 3.0] == [quote.ask_price for quote in said.quotes]
    assert ["x"] == [bad.value for bad in said.bad]
