"""Bybit v5: `orderbook.1`, spot, linear and inverse.

Level 1 comes as snapshots, and again after 3 s without a change. Deltas, as it had them before
and deeper levels have, name only the sides that changed: a side that is `[]` is as it was, a level
of amount 0 is gone. A book that begins anew (u = 1) is unknown where it is empty.
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
    Ping,
    Read,
    Refused,
    Told,
    Unknown,
    Venue,
    VenueQuote,
)
from zreplay.live.venue_frames import reading
from zreplay.live.venue_times import NO_LEVEL, Level, best, ms_ns

TOPIC: Final = "orderbook.1."
_Side = tuple[float | None, float | None]


class _Book(msgspec.Struct, gc=False):
    s: str
    b: list[Level] | None = None
    a: list[Level] | None = None
    u: int | None = None


class _Frame(msgspec.Struct, gc=False):
    topic: str = ""
    type: str = ""
    ts: int | None = None
    data: _Book | None = None
    cts: int | None = None
    op: str = ""
    success: bool | None = None
    ret_msg: str = ""
    req_id: str = ""


def _answered(frame: _Frame) -> Told:
    if "pong" in (frame.op, frame.ret_msg):
        return Heartbeat(is_answer=True)
    if frame.success is False:
        return Refused(frame.ret_msg, request=_request(frame))
    if frame.op == "subscribe":
        return Acknowledged(request=_request(frame))
    return Unknown(f"op={frame.op}" if frame.op else "neither an answer nor a book")


def _request(frame: _Frame) -> int | None:
    return int(frame.req_id) if frame.req_id.isdecimal() and len(frame.req_id) < 10 else None


def _is_quote(message: dict[str, object]) -> bool:
    return str(message.get("topic", "")).startswith(TOPIC)


def _new_reader() -> Read:
    sides: dict[str, tuple[_Side, _Side]] = {}

    def told(frame: _Frame) -> Told:
        book = frame.data
        if book is None:
            return _answered(frame)
        if not frame.topic.startswith(TOPIC):
            return Unknown(f"topic={frame.topic.rpartition('.')[0]}")
        bid, ask = best(book.b), best(book.a)
        if frame.type == "delta" and book.u != 1:
            last_bid, last_ask = sides.get(book.s, (NO_LEVEL, NO_LEVEL))
            bid, ask = bid if book.b else last_bid, ask if book.a else last_ask
        sides[book.s] = bid, ask
        return [VenueQuote(book.s, *bid, *ask, ms_ns(frame.cts or frame.ts), book.u)]

    return reading(_Frame, told, _is_quote)


def _subscribe(symbols: Sequence[str], request: int) -> bytes:
    args = [f"{TOPIC}{symbol}" for symbol in symbols]
    return msgspec.json.encode({"req_id": str(request), "op": "subscribe", "args": args})


def _venue(name: str, path: str, amounts: str, example: str) -> Venue:
    return Venue(
        name=name,
        url=f"wss://stream.bybit.com/v5/public/{path}",
        channel=f"{TOPIC}<symbol>",
        shows="every change of the best bid and ask, at most each 10 ms; the same after 3 s",
        times="of the match (cts), ms, else of sending (ts)",
        amounts=amounts,
        symbols=re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*"),
        example=example,
        limits=Limits(
            10, SECOND_NS // 10, 500, "1,000 connections an address", Tries(500, 300 * SECOND_NS)
        ),
        subscribe=_subscribe,
        new_reader=_new_reader,
        ping=Ping(b'{"op":"ping"}', 20 * SECOND_NS),
        keeps_state=True,
        refuses_whole_requests=True,
    )


VENUES: Final = (
    _venue("bybit", "spot", "of the base asset", "BTCUSDT"),
    _venue("bybit-linear", "linear", "of the base asset", "BTCUSDT"),
    _venue("bybit-inverse", "inverse", "US dollars", "BTCUSD"),
)
