"""Frames of declared venues: quotes by their paths, and all else told apart."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.live.declared_frames import MAX_UNZIPPED_BYTES, FrameShapes, QuoteShape, reader
from zreplay.live.known_venues import known_venues, venue_of
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

MS, US = 10**6, 10**3
T_MS = 1_643_643_584_684


def told(name: str, message: Any) -> Told:
    return venue_of(name).new_reader()(json.dumps(message).encode())


HTX = {
    "ch": "market.btcusdt.bbo",
    "ts": T_MS + 1,
    "tick": {
        **{"seqId": 7, "ask": 2.5, "askSize": 0.2, "bid": 2.25, "bidSize": 0.1},
        **{"quoteTime": T_MS, "symbol": "btcusdt"},
    },
}
CRYPTO_COM = {
    "id": -1,
    "method": "subscribe",
    "code": 0,
    "result": {
        "channel": "ticker",
        "data": [
            {"i": "BTC_USDT", "b": "2.25", "bs": "0.1", "k": "2.5", "ks": "0.2", "t": T_MS},
            {"i": "ETH_USDT", "b": None, "bs": None, "k": "2.5", "ks": "0.2", "t": T_MS},
        ],
    },
}
GEMINI = {
    **{"u": 7, "E": T_MS * MS + 9, "s": "btcusd"},
    **{"b": "2.25", "B": "0.1", "a": "2.5", "A": "0.2"},
}
WOO_X = {
    "topic": "bbo@SPOT_BTC_USDT",
    "ts": T_MS,
    "data": {"s": "SPOT_BTC_USDT", "bp": "2.25", "bq": "0.1", "ap": "2.5", "aq": "0.2"},
}
BITSTAMP = {
    "event": "data",
    "channel": "order_book_btcusd",
    "data": {
        "microtimestamp": str(T_MS * 1000 + 47),
        "bids": [["2.25", "0.1"], ["2", "1"]],
        "asks": [["2.5", "0.2"]],
    },
}
ASTER = {
    "stream": "btcusdt@bookTicker",
    "data": {
        **{"e": "bookTicker", "u": 7, "s": "BTCUSDT", "b": "2.25", "B": "0.1"},
        **{"a": "2.5", "A": "0.2", "T": T_MS, "E": T_MS + 3},
    },
}


def quote(symbol: str, time_ns: int, update_id: int | None = None) -> VenueQuote:
    return VenueQuote(symbol, 2.25, 0.1, 2.5, 0.2, time_ns, update_id)


@pytest.mark.parametrize(
    ("name", "message", "expected"),
    [
        ("htx", HTX, [quote("btcusdt", T_MS * MS, 7)]),
        (
            "crypto-com",
            CRYPTO_COM,
            [
                quote("BTC_USDT", T_MS * MS),
                VenueQuote("ETH_USDT", None, None, 2.5, 0.2, T_MS * MS),
            ],
        ),
        ("gemini", GEMINI, [quote("btcusd", T_MS * MS + 9, 7)]),
        ("woo-x", WOO_X, [quote("SPOT_BTC_USDT", T_MS * MS)]),
        ("bitstamp", BITSTAMP, [quote("btcusd", T_MS * MS + 47 * US)]),
        ("aster", ASTER, [quote("BTCUSDT", T_MS * MS, 7)]),
        ("aster", {"result": None, "id": 3}, Acknowledged((), 3)),
        (
            "aster",
            {"error": {"code": 2, "msg": "Invalid request"}, "id": 3},
            Refused("Invalid request", (), 3),
        ),
        ("aster", {"code": 2, "id": 3}, Refused('{"code":2,"id":3}', (), 3)),
        ("aster", {"data": {"e": "serverShutdown"}}, Notice("serverShutdown", True)),
        ("htx", {"ping": 18212558000}, Heartbeat(b'{"pong":18212558000}')),
        ("htx", {"id": "3", "status": "ok", "subbed": "market.a.bbo"}, Acknowledged((), 3)),
        (
            "htx",
            {"id": "3", "status": "error", "err-code": "x", "err-msg": "invalid topic"},
            Refused("invalid topic", (), 3),
        ),
        (
            "crypto-com",
            {"id": 5, "method": "public/heartbeat", "code": 0},
            Heartbeat(b'{"id":5,"method":"public/respond-heartbeat"}'),
        ),
        ("crypto-com", {"id": 2, "method": "subscribe", "code": 0}, Acknowledged((), 2)),
        (
            "crypto-com",
            {"id": 2, "method": "subscribe", "code": 40003, "message": "Unknown symbol"},
            Refused("Unknown symbol", (), 2),
        ),
        ("gemini", {"id": "1", "status": 200}, Acknowledged((), 1)),
        ("woo-x", {"cmd": "PING", "ts": 5}, Heartbeat(b'{"cmd":"PONG","ts":5}')),
        ("woo-x", {"id": "4", "cmd": "SUBSCRIBE", "success": True}, Acknowledged((), 4)),
        ("woo-x", {"id": "4", "cmd": "SUBSCRIBE", "success": 1}, Unknown("keys id, cmd, success")),
        (
            "bitstamp",
            {"event": "bts:subscription_succeeded", "channel": "order_book_btcusd", "data": {}},
            Acknowledged(("btcusd",)),
        ),
        ("bitstamp", {"event": "bts:heartbeat", "channel": ""}, Heartbeat(is_answer=True)),
        (
            "bitstamp",
            {"event": "bts:request_reconnect", "channel": "", "data": ""},
            Notice("bts:request_reconnect", True),
        ),
        ("bitstamp", {"event": "other"}, Unknown("event=other")),
        ("htx", [], Unknown("not a JSON object")),
    ],
)
def test_each_message_is_what_the_venue_means_by_it(
    name: str, message: Any, expected: Told
) -> None:
    assert expected == told(name, message)


def test_a_gzip_frame_is_read_as_what_is_in_it() -> None:
    read = venue_of("htx").new_reader()

    assert told("htx", HTX) == read(memoryview(gzip.compress(json.dumps(HTX).encode())))


@pytest.mark.parametrize(
    "frame",
    [
        gzip.compress(b"{}", mtime=0)[:-9],
        b"\x1f\x8bno gzip",
        gzip.compress(b" " * (MAX_UNZIPPED_BYTES + 1), mtime=0),
    ],
    ids=["cut off", "none", "too much"],
)
def test_gzip_that_is_cut_off_or_unpacks_to_too_much_is_told(frame: bytes) -> None:
    assert Unknown("gzip that cannot be read") == venue_of("htx").new_reader()(frame)


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ({"b": "1O1"}, "bid_price", "1O1"),
        ({"k": {}}, "ask_price", "{}"),
        ({"bs": [1]}, "bid_amount", "[1]"),
        ({"i": None}, "symbol", ""),
        ({"i": 5}, "symbol", ""),
    ],
)
def test_a_row_that_is_no_quote_is_named_and_the_others_stay(
    row: dict[str, Any], column: str, value: str
) -> None:
    good = CRYPTO_COM["result"]["data"][0]  # type: ignore[index]
    said = told("crypto-com", {"result": {"channel": "ticker", "data": [good, {**good, **row}]}})

    assert isinstance(said, SomeQuotes)
    assert [quote("BTC_USDT", T_MS * MS)] == said.quotes
    assert [(column, value)] == [(bad.column, bad.value) for bad in said.bad]


@pytest.mark.parametrize(
    ("unit", "value", "time_ns"),
    [
        ("s", 1700000000, 1700000000 * 10**9),
        ("s", "1700000000.123456789", 1700000000_123456789),
        ("s", 1700000000.5, 1700000000_500000000),
        ("ms", "1700000000123", 1700000000123 * MS),
        ("us", 1700000000123456, 1700000000123456 * US),
        ("ns", 1700000000123456789, 1700000000123456789),
        ("iso", "2023-11-14T22:13:20.5Z", 1700000000_500000000),
        ("iso", 5, None),
        *(("ms", odd, None) for odd in (0, "", None, "soon", True, "1" * 99, 10**30, [], "nan")),
    ],
)
def test_times_come_in_any_unit_and_what_is_none_is_left_out(
    unit: str, value: Any, time_ns: int | None
) -> None:
    shape = QuoteShape({"s": "*"}, "s", "b", "a", time="t", time_unit=unit)
    read = reader(FrameShapes(shape, None, None, None, None, None, []))
    said = read(json.dumps({"s": "X", "b": 1, "a": 2, "t": value}).encode())

    assert [VenueQuote("X", 1.0, None, 2.0, None, time_ns)] == said


KEYS = "b a s k i t data result ch tick event channel bids asks code id"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON | st.binary(max_size=40))
def test_whatever_comes_is_told_and_never_raises(message: Any) -> None:
    frame = message if isinstance(message, bytes) else json.dumps(message).encode()
    for venue in known_venues():
        venue.new_reader()(frame)
