"""Hyperliquid: `bbo`, the best bid and ask as they change, at most once a block.

One subscription a coin, whose case matters: BTC, @107, dex:COIN. A side is null, or is not there.
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
    Refused,
    Told,
    Unknown,
    Venue,
    VenueQuote,
)
from zreplay.live.venue_frames import reading
from zreplay.live.venue_times import ms_ns

BBO: Final = "bbo"


class _Level(msgspec.Struct, gc=False):
    px: float | None = None
    sz: float | None = None


class _Subscription(msgspec.Struct, gc=False):
    type: str = ""
    coin: str = ""


class _Data(msgspec.Struct, gc=False):
    coin: str = ""
    time: int | None = None
    bbo: list[_Level | None] | None = None
    subscription: _Subscription | None = None


class _Frame(msgspec.Struct, gc=False):
    channel: str = ""
    data: _Data | str | None = None


_NONE: Final = _Level()


def _told(frame: _Frame) -> Told:
    data = frame.data
    if frame.channel == BBO and isinstance(data, _Data) and data.coin:
        sides = [*(data.bbo or ()), None, None]
        bid, ask = sides[0] or _NONE, sides[1] or _NONE
        return [VenueQuote(data.coin, bid.px, bid.sz, ask.px, ask.sz, ms_ns(data.time))]
    if frame.channel == "pong":
        return Heartbeat(is_answer=True)
    if frame.channel == "subscriptionResponse" and isinstance(data, _Data) and data.subscription:
        return Acknowledged((data.subscription.coin,))
    if frame.channel == "error":
        return Refused(data if isinstance(data, str) else "error")
    return Unknown(f"channel={frame.channel}")


def _subscribe(symbols: Sequence[str], _request: int) -> bytes:
    (coin,) = symbols
    return msgspec.json.encode({"method": "subscribe", "subscription": {"type": BBO, "coin": coin}})


_read = reading(_Frame, _told, lambda message: message.get("channel") == BBO)

VENUES: Final = (
    Venue(
        name="hyperliquid",
        url="wss://api.hyperliquid.xyz/ws",
        channel=BBO,
        shows="the best bid and ask as they change, at most once a block",
        times="of the block (time), ms",
        amounts="of the coin",
        symbols=re.compile(r"[@#]?[A-Za-z0-9_:/.-]+"),
        example="BTC",
        limits=Limits(
            *(1, SECOND_NS * 4 // 100, 1000),
            "1,000 subscriptions and 2,000 messages a minute an address",
            Tries(30, 60 * SECOND_NS),
            is_of_address=True,
        ),
        subscribe=_subscribe,
        new_reader=lambda: _read,
        ping=Ping(b'{"method":"ping"}', 30 * SECOND_NS),
        is_verified=False,
    ),
)
