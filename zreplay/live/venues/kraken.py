"""Kraken v2: `ticker` with the trigger `bbo`: every change of the best bid and ask.

Numbers are JSON numbers, 0 is a side that is missing. The time is new in 2026, and 1970 where
there is none. A heartbeat comes each second.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from zreplay.live.venue import (
    SECOND_NS,
    Acknowledged,
    Heartbeat,
    Limits,
    Notice,
    Ping,
    Refused,
    Told,
    Unknown,
    Venue,
    VenueQuote,
    Welcome,
)
from zreplay.live.venue_frames import reading
from zreplay.live.venue_times import iso_ns

TICKER: Final = "ticker"


class _Row(msgspec.Struct, gc=False):
    symbol: str = ""
    bid: float | None = None
    bid_qty: float | None = None
    ask: float | None = None
    ask_qty: float | None = None
    timestamp: str | None = None


class _Result(msgspec.Struct, gc=False):
    symbol: str = ""


class _Frame(msgspec.Struct, gc=False):
    channel: str = ""
    data: list[_Row] = []
    method: str = ""
    success: bool | None = None
    result: _Result | None = None
    symbol: str = ""
    error: str | None = None
    rate_error: str | None = msgspec.field(default=None, name="Error")


def _told(frame: _Frame) -> Told:
    if frame.channel == TICKER:
        return [
            VenueQuote(
                row.symbol, row.bid, row.bid_qty, row.ask, row.ask_qty, iso_ns(row.timestamp)
            )
            for row in frame.data
        ]
    if frame.channel == "heartbeat":
        return Heartbeat()
    if frame.channel == "status":
        return Welcome()
    if frame.method == "pong":
        return Heartbeat(is_answer=True)
    if frame.method == "subscribe":
        symbol = frame.symbol or (frame.result.symbol if frame.result else "")
        names = (symbol,) if symbol else ()
        return Acknowledged(names) if frame.success else Refused(frame.error or "refused", names)
    if frame.rate_error is not None:
        return Notice(frame.rate_error)
    if frame.error is not None:
        return Refused(frame.error)
    return Unknown(f"channel={frame.channel}" if frame.channel else f"method={frame.method}")


def _subscribe(symbols: Sequence[str], request: int) -> bytes:
    params = {"channel": TICKER, "symbol": symbols, "event_trigger": "bbo"}
    return msgspec.json.encode({"method": "subscribe", "params": params, "req_id": request})


_read = reading(_Frame, _told, lambda message: message.get("channel") == TICKER, rows="data")

VENUES: Final = (
    Venue(
        name="kraken",
        url="wss://ws.kraken.com/v2",
        channel="ticker, event_trigger bbo",
        shows="every change of the best bid and ask",
        times="of the change (timestamp), us; the receipt where it has none",
        amounts="of the base asset",
        symbols=re.compile(r"[A-Za-z0-9.]+/[A-Za-z0-9.]+"),
        example="BTC/USD",
        limits=Limits(100, SECOND_NS // 2, 500, "a rate of messages that is not published"),
        subscribe=_subscribe,
        new_reader=lambda: _read,
        ping=Ping(b'{"method":"ping"}', 20 * SECOND_NS),
        is_verified=False,
    ),
)
