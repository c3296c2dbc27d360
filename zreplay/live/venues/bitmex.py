"""BitMEX: `quote`, the best bid and ask as they change, several rows a message.

What it sends first (`partial`) is the present, which may be older than the last one of the
connection before: no new quote.
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
    Welcome,
)
from zreplay.live.venue_frames import reading
from zreplay.live.venue_times import iso_ns

QUOTE: Final = "quote"


class _Row(msgspec.Struct, gc=False):
    symbol: str = ""
    timestamp: str | None = None
    bidPrice: float | None = None  # noqa: N815
    bidSize: float | None = None  # noqa: N815
    askPrice: float | None = None  # noqa: N815
    askSize: float | None = None  # noqa: N815


class _Request(msgspec.Struct, gc=False):
    args: list[str] | str = ""


class _Frame(msgspec.Struct, gc=False):
    table: str = ""
    action: str = ""
    data: list[_Row] = []
    success: bool | None = None
    subscribe: str = ""
    status: int | None = None
    error: str | None = None
    request: _Request | None = None
    info: str | None = None


def _told(frame: _Frame) -> Told:
    if frame.table == QUOTE:
        if frame.action != "insert":
            return []
        return [
            VenueQuote(
                row.symbol,
                row.bidPrice,
                row.bidSize,
                row.askPrice,
                row.askSize,
                iso_ns(row.timestamp),
            )
            for row in frame.data
        ]
    if frame.error is not None:
        args = frame.request.args if frame.request else ()
        asked = [args] if isinstance(args, str) else list(args)
        names = tuple(each.partition(":")[2] for each in asked if each)
        # Of several, the text says which one is meant.
        return Refused(f"{frame.status} {frame.error}", names if len(names) == 1 else ())
    if frame.subscribe:
        return Acknowledged((frame.subscribe.partition(":")[2],))
    if frame.info is not None:
        return Welcome()
    return Unknown(f"table={frame.table}" if frame.table else "neither a table nor an answer")


_read = reading(
    _Frame,
    _told,
    lambda message: message.get("table") == QUOTE,
    rows="data",
    texts={b"pong": Heartbeat(is_answer=True)},
)


def _subscribe(symbols: Sequence[str], _request: int) -> bytes:
    args: list[Any] = [f"{QUOTE}:{symbol}" for symbol in symbols]
    return msgspec.json.encode({"op": "subscribe", "args": args})


VENUES: Final = (
    Venue(
        name="bitmex",
        url="wss://ws.bitmex.com/realtime",
        channel=f"{QUOTE}:<symbol>",
        shows="the best bid and ask as they change, several at a time",
        times="of the change (timestamp), ms",
        amounts="contracts",
        symbols=re.compile(r"\.?[A-Z0-9_]{2,40}"),
        example="XBTUSD",
        limits=Limits(20, SECOND_NS, 500, "720 requests an hour"),
        subscribe=_subscribe,
        new_reader=lambda: _read,
        ping=Ping(b"ping", 20 * SECOND_NS),
        refuses_whole_requests=True,
        is_verified=False,
    ),
)
