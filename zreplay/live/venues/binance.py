"""Binance: spot, USD-M and COIN-M futures, `<symbol>@bookTicker`.

One connection gets every symbol in one stream; /stream wraps each message, /ws does not. Spot has
no time of its own. USD-M has routed paths since 2026-04: what is asked for on another path is
acknowledged, and then silent.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from zreplay.live.host_budget import Tries
from zreplay.live.venue import (
    SECOND_NS,
    Acknowledged,
    Limits,
    Notice,
    Refused,
    Told,
    Unknown,
    Venue,
    VenueQuote,
)
from zreplay.live.venue_frames import reading
from zreplay.live.venue_times import ms_ns

BOOK_TICKER: Final = "bookTicker"
SHUTDOWN: Final = "serverShutdown"


class _Event(msgspec.Struct, gc=False):
    symbol: str | None = msgspec.field(default=None, name="s")
    update_id: int | None = msgspec.field(default=None, name="u")
    bid_price: float | None = msgspec.field(default=None, name="b")
    bid_amount: float | None = msgspec.field(default=None, name="B")
    ask_price: float | None = msgspec.field(default=None, name="a")
    ask_amount: float | None = msgspec.field(default=None, name="A")
    matched_ms: int | None = msgspec.field(default=None, name="T")
    kind: str = msgspec.field(default=BOOK_TICKER, name="e")


class _Error(msgspec.Struct, gc=False):
    code: int | None = None
    msg: str = ""


class _Frame(_Event, gc=False):
    """A bare event, an event with the name of its stream, or an answer to a request."""

    data: _Event | None = None
    id: int | None = None
    code: int | None = None
    msg: str = ""
    error: _Error | None = None


def _told(frame: _Frame) -> Told:
    event = frame.data
    if event is None:
        if frame.error is not None:
            return Refused(f"{frame.error.code} {frame.error.msg}", request=frame.id)
        if frame.code is not None:
            return Refused(f"{frame.code} {frame.msg}", request=frame.id)
        if frame.id is not None:
            return Acknowledged(request=frame.id)
        event = frame
    if event.kind != BOOK_TICKER:
        if event.kind == SHUTDOWN:
            return Notice(SHUTDOWN, is_closing=True)
        return Unknown(f"e={event.kind}")
    if event.symbol is None or event.update_id is None:
        return Unknown("neither an event nor an answer")
    return [
        VenueQuote(
            event.symbol,
            event.bid_price,
            event.bid_amount,
            event.ask_price,
            event.ask_amount,
            ms_ns(event.matched_ms),
            event.update_id,
        )
    ]


def _is_quote(message: dict[str, object]) -> bool:
    event = message.get("data", message)
    return (
        isinstance(event, dict)
        and event.get("e", BOOK_TICKER) == BOOK_TICKER
        and {"u", "s", "b", "a"} <= event.keys()
    )


_read = reading(_Frame, _told, _is_quote)


def _subscribe(symbols: Sequence[str], request: int) -> bytes:
    params = [f"{symbol.lower()}@{BOOK_TICKER}" for symbol in symbols]
    return msgspec.json.encode({"method": "SUBSCRIBE", "params": params, "id": request})


def _venue(name: str, url: str, times: str, amounts: str, pace_ns: int, most: int) -> Venue:
    return Venue(
        name=name,
        url=url,
        channel=f"<symbol>@{BOOK_TICKER}",
        shows="every change of the best bid and ask",
        times=times,
        amounts=amounts,
        # Not a list of letters: there are symbols in Chinese.
        symbols=re.compile(r"[^\Wa-z]{2,40}"),
        example="BTCUSD_PERP" if name.endswith("coinm") else "BTCUSDT",
        limits=Limits(100, pace_ns, most, "connections last 24 h", Tries(300, 300 * SECOND_NS)),
        subscribe=_subscribe,
        new_reader=lambda: _read,
    )


VENUES: Final = (
    _venue(
        "binance",
        "wss://stream.binance.com:9443/stream",
        "none: a quote has the time of receipt",
        "of the base asset",
        SECOND_NS * 3 // 10,
        1024,
    ),
    _venue(
        "binance-usdm",
        "wss://fstream.binance.com/public/stream",
        "of the match (T), ms",
        "of the base asset",
        SECOND_NS * 2 // 10,
        200,
    ),
    _venue(
        "binance-coinm",
        "wss://dstream.binance.com/stream",
        "of the match (T), ms",
        "contracts",
        SECOND_NS * 2 // 10,
        200,
    ),
)
