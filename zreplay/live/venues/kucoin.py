"""KuCoin: spot `level1`, futures `tickerV2`. The address comes with a token, by POST.

Nothing may be sent before its welcome. `/market/ticker`, every 100 ms, is read too, as recordings
have it. Spot's times are in ms, those of futures in ns.
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
from zreplay.live.venue_times import Level, ms_ns

LEVEL1: Final = "/spotMarket/level1"
TICKER: Final = "/market/ticker"
FUTURES: Final = "/contractMarket/tickerV2"
TOPICS: Final = (LEVEL1, TICKER, FUTURES)
ALL: Final = "all"


class _Data(msgspec.Struct, gc=False):
    bids: Level | None = None
    asks: Level | None = None
    timestamp: int | None = None
    time: int | None = None
    ts: int | None = None
    sequence: str | int | None = None
    bestBid: float | None = None  # noqa: N815
    bestBidPrice: float | None = None  # noqa: N815
    bestBidSize: float | None = None  # noqa: N815
    bestAsk: float | None = None  # noqa: N815
    bestAskPrice: float | None = None  # noqa: N815
    bestAskSize: float | None = None  # noqa: N815


class _Frame(msgspec.Struct, gc=False):
    type: str
    topic: str = ""
    subject: str = ""
    id: str = ""
    data: _Data | str | None = None


def _told(frame: _Frame) -> Told:
    data = frame.data
    if frame.type == "message":
        topic, _, symbol = frame.topic.partition(":")
        if topic not in TOPICS or not isinstance(data, _Data):
            return Unknown(f"topic={topic}")
        return [_quote(topic, frame.subject if symbol == ALL else symbol, data)]
    if frame.type == "welcome":
        return Welcome()
    if frame.type == "pong":
        return Heartbeat(is_answer=True)
    if frame.type == "ack":
        return Acknowledged(request=_request(frame))
    if frame.type == "error":
        reason = data if isinstance(data, str) else "error"
        return Refused(reason, request=_request(frame))
    return Unknown(f"type={frame.type}")


def _quote(topic: str, symbol: str, data: _Data) -> VenueQuote:
    if topic == LEVEL1:
        (bid, bid_amount, *_), (ask, ask_amount, *_) = (
            [*(side or ()), None, None] for side in (data.bids, data.asks)
        )
        return VenueQuote(symbol, bid, bid_amount, ask, ask_amount, ms_ns(data.timestamp))
    if topic == TICKER:
        sides = (data.bestBid, data.bestBidSize, data.bestAsk, data.bestAskSize)
        return VenueQuote(symbol, *sides, ms_ns(data.time), data.sequence)
    sides = (data.bestBidPrice, data.bestBidSize, data.bestAskPrice, data.bestAskSize)
    return VenueQuote(symbol, *sides, data.ts or None, data.sequence)


def _request(frame: _Frame) -> int | None:
    return int(frame.id) if frame.id.isdecimal() and len(frame.id) < 10 else None


def _is_quote(message: dict[str, Any]) -> bool:
    is_message = message.get("type") == "message"
    return is_message and str(message.get("topic", "")).partition(":")[0] in TOPICS


_read = reading(_Frame, _told, _is_quote)


def _venue(name: str, token_url: str, topic: str, times: str, amounts: str, form: str) -> Venue:
    def subscribe(symbols: Sequence[str], request: int) -> bytes:
        message = {
            "id": str(request),
            "type": "subscribe",
            "topic": f"{topic}:{','.join(symbols)}",
            "response": True,
        }
        return msgspec.json.encode(message)

    return Venue(
        name=name,
        url=token_url,
        channel=f"{topic}:<symbol>",
        shows="every change of the best bid and ask",
        times=times,
        amounts=amounts,
        symbols=re.compile(form),
        example="BTC-USDT" if name == "kucoin" else "XBTUSDTM",
        limits=Limits(100, SECOND_NS // 5, 300, "a new token for each connection; 24 h each"),
        subscribe=subscribe,
        new_reader=lambda: _read,
        ping=Ping(b'{"id":"0","type":"ping"}', 18 * SECOND_NS),
        waits_for_welcome=True,
        refuses_whole_requests=True,
        is_verified=False,
    )


VENUES: Final = (
    _venue(
        "kucoin",
        "https://api.kucoin.com/api/v1/bullet-public",
        LEVEL1,
        "of the book (timestamp), ms",
        "of the base asset",
        r"[A-Z0-9]+-[A-Z0-9]+",
    ),
    _venue(
        "kucoin-futures",
        "https://api-futures.kucoin.com/api/v1/bullet-public",
        FUTURES,
        "of the book (ts), ns",
        "contracts",
        r"[A-Z0-9]{3,40}",
    ),
)
