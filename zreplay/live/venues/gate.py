"""Gate: spot and USDT futures, `book_ticker`: every change of the best bid and ask.

Futures' amounts are numbers of contracts. An idle contract comes with t 0, b "" and B 0.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from zreplay.live.venue import (
    SECOND_NS,
    Acknowledged,
    Heartbeat,
    Limits,
    Ping,
    Refused,
    Told,
    Unknown,
    Venue,
    VenueQuote,
)
from zreplay.live.venue_frames import reading
from zreplay.live.venue_times import ms_ns

BOOK_TICKER: Final = ".book_ticker"


class _Result(msgspec.Struct, gc=False):
    symbol: str = msgspec.field(default="", name="s")
    changed_ms: int | None = msgspec.field(default=None, name="t")
    update_id: int | None = msgspec.field(default=None, name="u")
    bid_price: float | None = msgspec.field(default=None, name="b")
    bid_amount: float | None = msgspec.field(default=None, name="B")
    ask_price: float | None = msgspec.field(default=None, name="a")
    ask_amount: float | None = msgspec.field(default=None, name="A")


class _Error(msgspec.Struct, gc=False):
    code: int | None = None
    message: str | None = None


class _Frame(msgspec.Struct, gc=False):
    channel: str = ""
    event: str = ""
    id: int | None = None
    result: _Result | None = None
    error: _Error | None = None


def _told(frame: _Frame) -> Told:
    if frame.channel.endswith(".pong"):
        return Heartbeat(is_answer=True)
    if frame.error is not None:
        return Refused(f"{frame.error.code} {frame.error.message}", request=frame.id)
    if frame.event == "subscribe":
        return Acknowledged(request=frame.id)
    result = frame.result
    if frame.event == "update" and frame.channel.endswith(BOOK_TICKER) and result is not None:
        return [
            VenueQuote(
                result.symbol,
                result.bid_price,
                result.bid_amount,
                result.ask_price,
                result.ask_amount,
                ms_ns(result.changed_ms),
                result.update_id,
            )
        ]
    return Unknown(f"channel={frame.channel}")


def _is_quote(message: dict[str, Any]) -> bool:
    is_update = message.get("event") == "update"
    return is_update and str(message.get("channel", "")).endswith(BOOK_TICKER)


_read = reading(_Frame, _told, _is_quote)


def _venue(name: str, url: str, market: str, amounts: str) -> Venue:
    def subscribe(symbols: Sequence[str], request: int) -> bytes:
        # Its `time` is not looked at; the request's number comes back in the answer.
        message = {
            "time": 1,
            "id": request,
            "channel": f"{market}{BOOK_TICKER}",
            "event": "subscribe",
            "payload": symbols,
        }
        return msgspec.json.encode(message)

    return Venue(
        name=name,
        url=url,
        channel=f"{market}{BOOK_TICKER}",
        shows="every change of the best bid and ask",
        times="of the change (t), ms",
        amounts=amounts,
        symbols=re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)+"),
        example="BTC_USDT",
        limits=Limits(50, SECOND_NS // 5, 500, "300 connections an address"),
        subscribe=subscribe,
        new_reader=lambda: _read,
        ping=Ping(b'{"time":1,"channel":"%s.ping"}' % market.encode(), 15 * SECOND_NS),
        refuses_whole_requests=True,
        is_verified=name != "gate",
    )


VENUES: Final = (
    _venue("gate", "wss://api.gateio.ws/ws/v4/", "spot", "of the base asset"),
    _venue("gate-futures", "wss://fx-ws.gateio.ws/v4/ws/usdt", "futures", "contracts"),
)
