"""Hyperliquid: a side that is null or not there, one subscription a coin."""

import pytest

from tests.zreplay.venue_messages import asked, told
from zreplay.live.known_venues import venue_of
from zreplay.live.venue import Acknowledged, Heartbeat, Refused, Told, Unknown, VenueQuote


def test_one_coin_is_asked_for_at_a_time() -> None:
    venue = venue_of("hyperliquid")

    assert {"method": "subscribe", "subscription": {"type": "bbo", "coin": "BTC"}} == asked(
        venue, "BTC"
    )
    assert 1 == venue.limits.symbols_a_request


@pytest.mark.parametrize(
    ("sides", "bid", "ask"),
    [
        ('[{"px":"1","sz":"10","n":1},{"px":"2","sz":"20","n":1}]', (1.0, 10.0), (2.0, 20.0)),
        ('[null,{"px":"2","sz":"20","n":1}]', (None, None), (2.0, 20.0)),
        ('[{"px":"1","sz":"10","n":1}]', (1.0, 10.0), (None, None)),
        ("[]", (None, None), (None, None)),
        ("null", (None, None), (None, None)),
    ],
)
def test_a_side_may_be_missing(
    sides: str, bid: tuple[float | None, ...], ask: tuple[float | None, ...]
) -> None:
    frame = '{"channel":"bbo","data":{"coin":"BTC","time":5,"bbo":VALUE}}'.replace("VALUE", sides)

    assert [VenueQuote("BTC", *bid, *ask, 5_000_000)] == told("hyperliquid", frame)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"channel":"pong"}', Heartbeat(is_answer=True)),
        (
            '{"channel":"subscriptionResponse","data":{"method":"subscribe",'
            '"subscription":{"type":"bbo","coin":"@107"}}}',
            Acknowledged(("@107",)),
        ),
        ('{"channel":"error","data":"Invalid subscription"}', Refused("Invalid subscription")),
        ('{"channel":"trades","data":[{"coin":"BTC"}]}', Unknown("channel=trades")),
    ],
)
def test_what_is_no_quote_is_told(text: str, expected: Told) -> None:
    assert expected == told("hyperliquid", text)


@pytest.mark.parametrize("coin", ["BTC", "@107", "dex:COIN", "kPEPE"])
def test_coins_of_every_kind_have_the_form(coin: str) -> None:
    assert venue_of("hyperliquid").symbols.fullmatch(coin)
