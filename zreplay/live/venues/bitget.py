"""Bitget v3: `books1`, spot and futures: every change of the best level. v2 is read too.

A side may be empty. Five symbols a request.
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
from zreplay.live.venue_times import Level, best, ms_ns

BOOKS: Final = "books1"


class _Arg(msgspec.Struct, gc=False):
    topic: str = ""
    symbol: str = ""
    channel: str = ""
    instId: str = ""  # noqa: N815


class _Row(msgspec.Struct, gc=False):
    a: list[Level] | None = None
    b: list[Level] | None = None
    asks: list[Level] | None = None
    bids: list[Level] | None = None
    ts: int | None = None
    seq: int | None = None


class _Frame(msgspec.Struct, gc=False):
    arg: _Arg | None = None
    data: list[_Row] | None = None
    event: str = ""
    code: int | str | None = None
    msg: str | None = None


def _told(frame: _Frame) -> Told:
    arg = frame.arg or _Arg()
    symbol, topic = arg.symbol or arg.instId, arg.topic or arg.channel
    if frame.data is not None:
        if topic != BOOKS:
            return Unknown(f"topic={topic}")
        return [
            VenueQuote(
                symbol, *best(row.b or row.bids), *best(row.a or row.asks), ms_ns(row.ts), row.seq
            )
            for row in frame.data
        ]
    if frame.event == "subscribe":
        return Acknowledged((symbol,))
    if frame.event == "error":
        return Refused(f"{frame.code} {frame.msg}", (symbol,) if symbol else ())
    return Unknown(f"event={frame.event}" if frame.event else "neither an event nor data")


def _is_quote(message: dict[str, Any]) -> bool:
    arg = message.get("arg")
    is_books = isinstance(arg, dict) and BOOKS in (arg.get("topic"), arg.get("channel"))
    return is_books and "data" in message


_read = reading(_Frame, _told, _is_quote, rows="data", texts={b"pong": Heartbeat(is_answer=True)})


def _venue(kind: str, amounts: str) -> Venue:
    def subscribe(symbols: Sequence[str], _request: int) -> bytes:
        args = [{"instType": kind, "topic": BOOKS, "symbol": symbol} for symbol in symbols]
        return msgspec.json.encode({"op": "subscribe", "args": args})

    return Venue(
        name="bitget" if kind == "spot" else f"bitget-{kind}",
        url="wss://ws.bitget.com/v3/ws/public",
        channel=BOOKS,
        shows="every change of the best bid and ask",
        times="of the book (ts of the row), ms",
        amounts=amounts,
        symbols=re.compile(r"[A-Z0-9_]{2,40}"),
        example="BTCUSDT",
        limits=Limits(5, SECOND_NS // 10, 50, "10 messages a second a connection"),
        subscribe=subscribe,
        new_reader=lambda: _read,
        ping=Ping(b"ping", 30 * SECOND_NS),
        is_verified=False,
    )


VENUES: Final = (
    _venue("spot", "of the base asset"),
    _venue("usdt-futures", "of the base asset"),
    _venue("usdc-futures", "of the base asset"),
    _venue("coin-futures", "of the base asset"),
)
