"""What --live names is a websocket or a venue with its symbols, or is refused with a way out."""

import pytest

from protocol.errors import SettingsError
from zreplay.live.feed_address import FeedAddress, check_websocket, feed_addresses, replaced_urls
from zreplay.live.known_venues import venue_of

OKX, BINANCE = venue_of("okx"), venue_of("binance")


def test_both_websocket_schemes_are_taken() -> None:
    check_websocket("ws://127.0.0.1:8765")
    check_websocket("wss://feed.example/quotes")
    check_websocket("ws://[::1]:8765")


def test_a_websocket_is_of_no_venue() -> None:
    assert [FeedAddress("ws://127.0.0.1:8765")] == feed_addresses(["ws://127.0.0.1:8765"], {})


def test_a_venue_has_its_address_and_the_symbols_in_their_order() -> None:
    assert [
        FeedAddress(BINANCE.url, BINANCE, ("BTCUSDT", "ETHUSDT")),
        FeedAddress("ws://127.0.0.1:9", OKX, ("BTC-USDT",)),
    ] == feed_addresses(["binance:BTCUSDT,ETHUSDT", "okx:BTC-USDT"], {"okx": "ws://127.0.0.1:9"})


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("binnance:BTCUSDT", "there is no venue 'binnance'", "did you mean binance? "),
        ("BINANCE:BTCUSDT", "there is no venue 'BINANCE'", "binance, "),
        ("localhost:8765", "there is no venue 'localhost'", "ws://HOST:PORT"),
        ("okx:BTCUSDT", "'BTCUSDT' is not a symbol of okx", "okx:BTC-USDT"),
        ("binance:btcusdt", "'btcusdt' is not a symbol of binance", "binance:BTCUSDT"),
        ("binance:BTCUSDT,", "'' is not a symbol", "binance:BTCUSDT"),
        ("binance:", "'' is not a symbol", "binance:BTCUSDT"),
        ("binance:BTCUSDT, ETHUSDT", "' ETHUSDT' is not a symbol", "binance:BTCUSDT"),
        ("http://x", "neither ws:// nor wss://", "VENUE:SYMBOL"),
        ("binance", "neither ws:// nor wss://", "VENUE:SYMBOL"),
        ("", "neither ws:// nor wss://", "VENUE:SYMBOL"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(text: str, what: str, fix: str) -> None:
    with pytest.raises(SettingsError) as caught:
        feed_addresses([text], {})

    assert (True, True, "Z206") == (
        what in str(caught.value),
        fix in caught.value.fix,
        caught.value.code,
    )


@pytest.mark.parametrize(
    "live", [["okx:BTC-USDT,BTC-USDT"], ["okx:BTC-USDT", "okx:ETH-USDT,BTC-USDT"]]
)
def test_a_symbol_is_asked_for_once(live: list[str]) -> None:
    with pytest.raises(SettingsError, match="okx was asked for BTC-USDT twice"):
        feed_addresses(live, {})


LIVE = ["binance-usdm:BTCUSDT", "okx:BTC-USDT", "ws://127.0.0.1:8765"]


def test_an_address_is_replaced_by_its_name_or_by_its_variable() -> None:
    environment = {
        "ZREPLAY_LIVE_URL_BINANCE_USDM": "ws://a",
        "ZREPLAY_LIVE_URL_OKX": "ws://b",
        "ZREPLAY_LIVE_URL_KRAKEN": "not asked for",
    }

    assert {"binance-usdm": "ws://a", "okx": "ws://c?x=1"} == replaced_urls(
        LIVE, ["okx=ws://c?x=1"], environment
    )


def test_a_name_may_be_left_out_where_there_is_one_venue() -> None:
    live = ["okx:BTC-USDT", "ws://127.0.0.1:8765"]

    assert {"okx": "ws://c/?a=b"} == replaced_urls(live, ["ws://c/?a=b"], {})


def test_a_token_may_be_asked_for_elsewhere() -> None:
    live = ["kucoin:BTC-USDT"]

    for url in ("http://127.0.0.1:9/token", "ws://127.0.0.1:9"):
        assert {"kucoin": url} == replaced_urls(live, [url], {})


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ("ws://c", "names no venue"),
        ("kraken=ws://c", "names no venue"),
        ("okx=http://c", "neither ws:// nor wss://"),
        ("okx=", "neither ws:// nor wss://"),
        ("okx=ws://", "has no host"),
        ("okx=ws://user:secret@x/ y", "a blank"),
    ],
)
def test_an_address_that_cannot_be_is_refused_without_its_secrets(given: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what) as caught:
        replaced_urls(LIVE, [given], {})

    assert "secret" not in str(caught.value)
