"""Messages of venues and of the plain shape become one block in order of receipt."""

import json

from zreplay.live.captured_quotes import captured_quotes
from zreplay.live.known_venues import venue_of
from zreplay.live.live_message import LiveMessage, Reading


def plain(offset: int, price: float = 1.0) -> LiveMessage:
    quote = {"timestamp": "2025-10-02 00:00:00", "ticker": "P", "bid_price": price}
    return LiveMessage(7, json.dumps(quote).encode(), offset)


def of_venue(offset: int, price: str = "1") -> LiveMessage:
    venue = venue_of("binance")
    frame = f'{{"u":5,"s":"AB","b":"{price}","a":"3"}}'.encode()
    return LiveMessage(7, frame, offset, Reading(venue, venue.new_reader()))


def test_both_kinds_are_merged_in_order_of_receipt() -> None:
    messages = [of_venue(10), plain(100), of_venue(200), plain(300), plain(400)]
    block, rejections = captured_quotes(messages)

    names = [block.ticker_names[code] for code in block.ticker_codes.tolist()]
    assert [10, 100, 200, 300, 400] == block.position.tolist()
    assert ["AB@BINANCE", "P", "AB@BINANCE", "P", "P"] == names
    assert [] == rejections


def test_rejections_of_both_kinds_are_in_order_too() -> None:
    messages = [plain(10, -1.0), of_venue(100, "x"), plain(200, -1.0)]
    block, rejections = captured_quotes(messages)

    assert 0 == len(block)
    assert [10, 100, 200] == [rejection.offset for rejection in rejections]


def test_one_kind_alone_and_none() -> None:
    assert [1] == captured_quotes([plain(1)])[0].position.tolist()
    assert [1] == captured_quotes([of_venue(1)])[0].position.tolist()
    assert 0 == len(captured_quotes([])[0])
