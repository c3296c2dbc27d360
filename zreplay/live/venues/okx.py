"""OKX: `bbo-tbt`, every change of the best level, at most each 10 ms.

Asked for in few requests of many instruments: 480 requests an hour are allowed. A refusal names
its instrument in its text only. `tickers` is read too, as recordings have it.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from zreplay.live.host_budget import Tries
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
)
from zreplay.live.venue_frames import reading
from zreplay.live.venue_times import Level, best, ms_ns

BBO: Final = "bbo-tbt"
TICKERS: Final = "tickers"
CLOSING: Final = "64008"


class _Arg(msgspec.Struct, gc=False):
    channel: str = ""
    instId: str = ""  # noqa: N815


class _Row(msgspec.Struct, gc=False):
    asks: list[Level] | None = None
    bids: list[Level] | None = None
    ts: int | None = None
    seqId: int | None = None  # noqa: N815
    askPx: float | None = None  # noqa: N815
    askSz: float | None = None  # noqa: N815
    bidPx: float | None = None  # noqa: N815
    bidSz: float | None = None  # noqa: N815


class _Frame(msgspec.Struct, gc=False):
    arg: _Arg | None = None
    data: list[_Row] | None = None
    event: str = ""
    code: str = ""
    msg: str = ""


def _told(frame: _Frame) -> Told:
    arg = frame.arg
    if frame.data is not None and arg is not None:
        if arg.channel == BBO:
            return [
                VenueQuote(arg.instId, *best(row.bids), *best(row.asks), ms_ns(row.ts), row.seqId)
                for row in frame.data
            ]
        if arg.channel == TICKERS:
            return [
                VenueQuote(arg.instId, row.bidPx, row.bidSz, row.askPx, row.askSz, ms_ns(row.ts))
                for row in frame.data
            ]
        return Unknown(f"channel={arg.channel}")
    if frame.event == "subscribe" and arg is not None:
        return Acknowledged((arg.instId,))
    if frame.event == "error":
        return Refused(f"{frame.code} {frame.msg}", (arg.instId,) if arg else ())
    if frame.event == "notice":
        return Notice(f"{frame.code} {frame.msg}", is_closing=frame.code == CLOSING)
    return Unknown(f"event={frame.event}" if frame.event else "neither an event nor data")


def _is_quote(message: dict[str, object]) -> bool:
    arg = message.get("arg")
    return isinstance(arg, dict) and arg.get("channel") in (BBO, TICKERS) and "data" in message


_read = reading(_Frame, _told, _is_quote, rows="data", texts={b"pong": Heartbeat(is_answer=True)})


def _subscribe(symbols: Sequence[str], request: int) -> bytes:
    args = [{"channel": BBO, "instId": symbol} for symbol in symbols]
    return msgspec.json.encode({"id": str(request), "op": "subscribe", "args": args})


VENUES: Final = (
    Venue(
        name="okx",
        url="wss://ws.okx.com:8443/ws/v5/public",
        channel=BBO,
        shows="every change of the best bid and ask, at most each 10 ms",
        times="of the book (ts), ms",
        amounts="of the base asset; contracts for SWAP, FUTURES and options",
        symbols=re.compile(r"[A-Z0-9_]+(-[A-Z0-9_.]+)+"),
        example="BTC-USDT",
        limits=Limits(100, SECOND_NS // 3, 480, "480 requests an hour", Tries(3, SECOND_NS)),
        subscribe=_subscribe,
        new_reader=lambda: _read,
        ping=Ping(b"ping", 20 * SECOND_NS),
    ),
)
