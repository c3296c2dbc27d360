"""Frames of venues are quotes in order of receipt; what is wrong is rejected alone."""

import json

import numpy as np
import pytest
from msgspec.structs import replace

from protocol.limits import MAX_TICKER_CHARS
from zreplay.live.known_venues import venue_of
from zreplay.live.live_message import LiveMessage, Reading
from zreplay.live.venue import VenueQuote
from zreplay.live.venue_quotes import venue_quotes
from zreplay.quotes.block import Block
from zreplay.quotes.rejection import Rejection

RECV_NS = 1_759_446_600_000_000_000


def reading_of(name: str) -> Reading:
    venue = venue_of(name)
    return Reading(venue, venue.new_reader())


def said(*quotes: VenueQuote, offset: int = 100, name: str = "okx") -> LiveMessage:
    reading = Reading(venue_of(name), lambda _: list(quotes))
    return LiveMessage(RECV_NS + offset, b"", offset, reading)


def message(name: str, offset: int, frame: str) -> LiveMessage:
    return LiveMessage(RECV_NS + offset, frame.encode(), offset, reading_of(name))


def rows(block: Block) -> list[tuple[object, ...]]:
    return [
        (
            block.ticker_names[block.ticker_codes[row]],
            *(block.timestamp_ns[row], block.arrival_ns[row], block.position[row]),
            *(block.bid_price[row], block.bid_amount[row]),
            *(block.ask_price[row], block.ask_amount[row]),
        )
        for row in range(len(block))
    ]


def flaws(rejections: list[Rejection]) -> list[tuple[int, str, str, str, str]]:
    return [(r.offset, r.column, r.value, r.reason, r.code) for r in rejections]


QUOTE = VenueQuote("A-B", 1.0, 10.0, 2.0, 20.0, 5)


def test_quotes_of_several_venues_come_in_order_of_receipt_with_their_markets() -> None:
    binance = message("binance", 200, '{"u":5,"s":"AB","b":"1","B":"2","a":"3","A":"4"}')
    block, rejections = venue_quotes([said(QUOTE), binance, said(QUOTE, offset=300)])

    okx = (1.0, 10.0, 2.0, 20.0)
    assert [
        ("A-B@OKX", 5, RECV_NS + 100, 100, *okx),
        ("AB@BINANCE", RECV_NS + 200, RECV_NS + 200, 200, 1.0, 2.0, 3.0, 4.0),
        ("A-B@OKX", 5, RECV_NS + 300, 300, *okx),
    ] == rows(block)
    assert [] == rejections
    assert [-1, -1, -1] == block.index.tolist()


def test_several_quotes_of_a_frame_have_their_own_places() -> None:
    block, _ = venue_quotes([said(QUOTE, QUOTE, QUOTE)])

    assert [100, 101, 102] == block.position.tolist()


@pytest.mark.parametrize("price", [None, 0.0])
def test_a_side_without_a_price_is_missing_and_the_quote_is_one(price: float | None) -> None:
    quote = VenueQuote("A-B", price, None, None, 0.0, 5)
    block, rejections = venue_quotes([said(quote)])

    assert (1, []) == (len(block), rejections)
    assert np.isnan([block.bid_price[0], block.ask_price[0], block.bid_amount[0]]).all()


@pytest.mark.parametrize("time", [None, 2**63, -(2**63) - 1])
def test_a_time_that_is_none_is_the_receipt(time: int | None) -> None:
    quote = VenueQuote("A-B", 1.0, 1.0, 2.0, 1.0, time)
    block, _ = venue_quotes([said(quote)])

    assert [RECV_NS + 100] == block.timestamp_ns.tolist()


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"bid_price": -1.0}, ("bid_price", "-1.0", "negative", "Z104")),
        ({"ask_price": float("nan")}, ("ask_price", "nan", "not finite", "Z105")),
        ({"ask_price": float("inf")}, ("ask_price", "inf", "not finite", "Z105")),
        ({"bid_amount": float("inf")}, ("bid_amount", "inf", "not finite", "Z105")),
        ({"symbol": ""}, ("ticker", "", "missing", "Z101")),
    ],
)
def test_a_quote_that_cannot_be_is_rejected_and_the_others_stay(
    changes: dict[str, object], flaw: tuple[str, ...]
) -> None:
    fields = {name: getattr(QUOTE, name) for name in QUOTE.__struct_fields__} | changes
    block, rejections = venue_quotes([said(QUOTE, VenueQuote(**fields), QUOTE)])  # type: ignore[arg-type]

    assert [100, 102] == block.position.tolist()
    assert [(101, *flaw)] == flaws(rejections)


def test_a_ticker_is_no_longer_than_in_a_recording() -> None:
    longest = "A" * (MAX_TICKER_CHARS - len("@OKX"))
    quotes = [VenueQuote(name, 1.0, 1.0, 2.0, 1.0, 5) for name in (longest, f"{longest}A")]
    block, rejections = venue_quotes([said(*quotes)])

    assert [100] == block.position.tolist()
    assert [(101, "ticker")] == [flaw[:2] for flaw in flaws(rejections)]


def test_prices_are_negative_where_the_venue_has_such() -> None:
    spread = VenueQuote("A-B", -7.0, 1.0, -5.0, 1.0, 5)
    block, rejections = venue_quotes([said(spread, name="deribit"), said(spread, offset=200)])

    assert [-7.0] == block.bid_price.tolist()
    assert [200] == [rejection.offset for rejection in rejections]


def test_a_bad_value_in_a_frame_is_rejected_with_its_column() -> None:
    rows_of = [{"asks": [[price, "1"]], "bids": [], "ts": "5"} for price in ("1", "x", "3")]
    frame = json.dumps({"arg": {"channel": "bbo-tbt", "instId": "A-B"}, "data": rows_of})
    block, rejections = venue_quotes([message("okx", 100, frame)])

    assert [1.0, 3.0] == block.ask_price.tolist()
    assert [(102, "x", "not a number", "Z102")] == [
        (flaw[0], *flaw[2:]) for flaw in flaws(rejections)
    ]


def test_what_is_no_quote_is_none() -> None:
    frames = ["pong", '{"event":"subscribe","arg":{"instId":"A-B"}}', "{}", "not json"]
    messages = [message("okx", at, frame) for at, frame in enumerate(frames)]
    block, rejections = venue_quotes(messages)

    assert (0, []) == (len(block), rejections)


def test_the_market_is_that_of_the_venue() -> None:
    other = replace(venue_of("okx"), name="okx-demo")
    block, _ = venue_quotes([LiveMessage(5, b"", 1, Reading(other, lambda _: [QUOTE]))])

    assert ("A-B@OKX-DEMO",) == block.ticker_names
