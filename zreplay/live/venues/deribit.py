"""Deribit: `quote.<instrument>`, every change of the best bid and ask.

A side that is missing is 0 or null. Prices of spreads and combos are negative for real. Its
heartbeat is asked for, and a test_request must be answered. `ticker.*` is read too, as recordings
have it.
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
    Refused,
    Told,
    Unknown,
    Venue,
    VenueQuote,
)
from zreplay.live.venue_frames import reading
from zreplay.live.venue_times import ms_ns

QUOTE: Final = "quote."
CHANNELS: Final = (QUOTE, "ticker.")
TOO_MANY_REQUESTS: Final = 10028
HEARTBEAT: Final = (
    b'{"jsonrpc":"2.0","id":0,"method":"public/set_heartbeat","params":{"interval":10}}'
)
TEST: Final = b'{"jsonrpc":"2.0","id":0,"method":"public/test"}'


class _Data(msgspec.Struct, gc=False):
    instrument_name: str = ""
    timestamp: int | None = None
    best_bid_price: float | None = None
    best_bid_amount: float | None = None
    best_ask_price: float | None = None
    best_ask_amount: float | None = None


class _Params(msgspec.Struct, gc=False):
    channel: str = ""
    data: _Data | None = None
    type: str = ""


class _Error(msgspec.Struct, gc=False):
    code: int | None = None
    message: str | None = None
    data: Any = None


class _Frame(msgspec.Struct, gc=False):
    method: str = ""
    params: _Params | None = None
    id: int | None = None
    result: Any = None
    error: _Error | None = None


def _told(frame: _Frame) -> Told:
    params = frame.params
    if params is not None:
        data = params.data
        if data is not None and params.channel.startswith(CHANNELS):
            return [
                VenueQuote(
                    data.instrument_name,
                    data.best_bid_price,
                    data.best_bid_amount,
                    data.best_ask_price,
                    data.best_ask_amount,
                    ms_ns(data.timestamp),
                )
            ]
        if frame.method == "heartbeat":
            return Heartbeat(TEST if params.type == "test_request" else b"")
        return Unknown(f"channel={params.channel.partition('.')[0]}")
    if frame.error is not None:
        is_busy = frame.error.code == TOO_MANY_REQUESTS
        reason = f"{frame.error.code} {frame.error.message}"
        return Refused(reason, request=frame.id, is_busy=is_busy)
    if isinstance(frame.result, list):
        names = tuple(str(each).partition(".")[2] for each in frame.result)
        return Acknowledged(names, request=frame.id)
    return Heartbeat() if frame.id == 0 else Unknown(f"method={frame.method}")


def _is_quote(message: dict[str, Any]) -> bool:
    params = message.get("params")
    return isinstance(params, dict) and str(params.get("channel", "")).startswith(CHANNELS)


_read = reading(_Frame, _told, _is_quote)


def _subscribe(symbols: Sequence[str], request: int) -> bytes:
    params = {"channels": [f"{QUOTE}{symbol}" for symbol in symbols]}
    message = {"jsonrpc": "2.0", "id": request, "method": "public/subscribe", "params": params}
    return msgspec.json.encode(message)


VENUES: Final = (
    Venue(
        name="deribit",
        url="wss://streams.deribit.com/ws/api/v2",
        channel=f"{QUOTE}<instrument>",
        shows="every change of the best bid and ask",
        times="of the change (timestamp), ms",
        amounts="US dollars for inverse instruments, else of the base asset",
        symbols=re.compile(r"[A-Z0-9_]+(-[A-Za-z0-9_]+)*"),
        example="BTC-PERPETUAL",
        limits=Limits(
            100, SECOND_NS * 4 // 10, 500, "32 connections an address", is_of_address=True
        ),
        subscribe=_subscribe,
        new_reader=lambda: _read,
        first_message=HEARTBEAT,
        has_negative_prices=True,
    ),
)
