"""Coinbase: Exchange and Advanced Trade, `ticker`. It changes only at matches.

Exchange wants to be asked within 5 s. `sequence` counts the messages of a product over all
channels, so that holes in it are normal. Advanced gives the time of sending only, and closes a
quiet channel but for its heartbeats.
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
    Refused,
    Told,
    Unknown,
    Venue,
    VenueQuote,
)
from zreplay.live.venue_frames import reading
from zreplay.live.venue_times import iso_ns

TICKER: Final = "ticker"
_SHOWS: Final = "the best bid and ask at each match only, not every change of them"
_SYMBOL: Final = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)+")


class _Channel(msgspec.Struct, gc=False):
    name: str = ""
    product_ids: list[str] = []


class _Frame(msgspec.Struct, gc=False):
    type: str
    product_id: str | None = None
    best_bid: float | None = None
    best_bid_size: float | None = None
    best_ask: float | None = None
    best_ask_size: float | None = None
    time: str | None = None
    sequence: int | None = None
    channels: list[_Channel] = []
    message: str | None = None
    reason: str | None = None


def _told(frame: _Frame) -> Told:
    if frame.type == TICKER and frame.product_id is not None:
        return [
            VenueQuote(
                frame.product_id,
                frame.best_bid,
                frame.best_bid_size,
                frame.best_ask,
                frame.best_ask_size,
                iso_ns(frame.time),
                frame.sequence,
            )
        ]
    if frame.type == "heartbeat":
        return Heartbeat()
    if frame.type == "subscriptions":
        products = [one.product_ids for one in frame.channels if one.name == TICKER]
        return Acknowledged(tuple(each for ids in products for each in ids))
    if frame.type == "error":
        return Refused(f"{frame.message or ''}: {frame.reason or ''}".rstrip(": "))
    return Unknown(f"type={frame.type}")


def _subscribe(symbols: Sequence[str], _request: int) -> bytes:
    channels = [TICKER, "heartbeat"]
    return msgspec.json.encode({"type": "subscribe", "product_ids": symbols, "channels": channels})


class _Ticker(msgspec.Struct, gc=False):
    product_id: str
    best_bid: float | None = None
    best_bid_quantity: float | None = None
    best_ask: float | None = None
    best_ask_quantity: float | None = None


class _Event(msgspec.Struct, gc=False):
    tickers: list[_Ticker] = []
    subscriptions: dict[str, list[str]] | None = None


class _Envelope(msgspec.Struct, gc=False):
    channel: str = ""
    timestamp: str | None = None
    events: list[_Event] = []
    type: str = ""
    message: str | None = None


def _advanced(frame: _Envelope) -> Told:
    if frame.channel == TICKER:
        sent_ns = iso_ns(frame.timestamp)
        return [
            VenueQuote(
                one.product_id,
                one.best_bid,
                one.best_bid_quantity,
                one.best_ask,
                one.best_ask_quantity,
                sent_ns,
            )
            for event in frame.events
            for one in event.tickers
        ]
    if frame.channel == "heartbeats":
        return Heartbeat()
    if frame.channel == "subscriptions":
        asked = [event.subscriptions or {} for event in frame.events]
        names = tuple(name for each in asked for name in each.get(TICKER, ()))
        return Acknowledged(names) if names else Heartbeat()  # of that channel's own request
    if frame.type == "error":
        return Refused(frame.message or "error")
    return Unknown(f"channel={frame.channel}" if frame.channel else f"type={frame.type}")


def _subscribe_advanced(symbols: Sequence[str], _request: int) -> bytes:
    return msgspec.json.encode({"type": "subscribe", "product_ids": symbols, "channel": TICKER})


_read = reading(_Frame, _told, lambda message: message.get("type") == TICKER)
_read_advanced = reading(
    _Envelope, _advanced, lambda message: message.get("channel") == TICKER, rows="events"
)

VENUES: Final = (
    Venue(
        name="coinbase",
        url="wss://ws-feed.exchange.coinbase.com",
        channel=TICKER,
        shows=_SHOWS,
        times="of the match (time), us",
        amounts="of the base asset",
        symbols=_SYMBOL,
        example="BTC-USD",
        limits=Limits(
            100, SECOND_NS // 4, 500, "8 requests a second an address", is_of_address=True
        ),
        subscribe=_subscribe,
        new_reader=lambda: _read,
        refuses_whole_requests=True,
    ),
    Venue(
        name="coinbase-advanced",
        url="wss://advanced-trade-ws.coinbase.com",
        channel=TICKER,
        shows=_SHOWS,
        times="of sending (timestamp), us",
        amounts="of the base asset",
        symbols=_SYMBOL,
        example="BTC-USD",
        limits=Limits(
            *(100, SECOND_NS // 4, 500, "8 messages a second an address"),
            Tries(8, SECOND_NS),
            is_of_address=True,
        ),
        subscribe=_subscribe_advanced,
        new_reader=lambda: _read_advanced,
        first_message=b'{"type":"subscribe","channel":"heartbeats"}',
        refuses_whole_requests=True,
        is_verified=False,
    ),
)
