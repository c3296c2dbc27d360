"""How venues answer and what their quotes look like, for a server that plays them badly.

The messages have the shape of real ones. Each quote has a number, which is its update id, or its
time in ms since FIRST_MS, or both.
"""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.zreplay.venue_server import binance, binance_quote, okx, okx_quote

FIRST_MS = 1_759_446_600_000
OKX_CLOSES = '{"event":"notice","code":"64008","msg":"The connection will soon be closed"}'
BINANCE_CLOSES = '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}'


class Dialect(NamedTuple):
    """A venue: its name, a symbol by its number, one that it refuses, and what it says.

    `quote` gives the text of a quote of a symbol with a bid and a number; `closes` announces an
    end, if the venue does that.
    """

    venue: str
    symbol: Callable[[int], str]
    refused: str
    answers: Callable[[Any, bool], list[str]]
    quote: Callable[[random.Random, str, float, int, bool], str]
    closes: str = ""


def _okx_answers(request: Any, says_whom: bool) -> list[str]:
    answers = okx(request)
    vague = '{"event":"error","code":"60012","msg":"Invalid request"}'
    return [vague if '"error"' in each and not says_whom else each for each in answers]


def _okx_quote(_chance: random.Random, symbol: str, bid: float, number: int, has_ids: bool) -> str:
    text = okx_quote(symbol, bid, bid + 1, FIRST_MS + number)
    return text.replace('"ts":', f'"seqId": {number}, "ts":') if has_ids else text


def _binance_quote(
    _chance: random.Random, symbol: str, bid: float, number: int, _has_ids: bool
) -> str:
    return binance_quote(symbol, bid, bid + 1, number)


def _bybit_answers(request: Any, says_whom: bool) -> list[str]:
    """A request with one bad topic is refused as a whole."""
    if request["op"] == "ping":
        return ['{"success":true,"ret_msg":"pong","op":"ping"}']
    bad = [topic for topic in request["args"] if "FOO" in topic]
    answer = {"success": not bad, "ret_msg": "", "op": "subscribe", "req_id": request["req_id"]}
    if bad:
        answer["ret_msg"] = f"Invalid symbol :{bad}" if says_whom else "error"
    return [json.dumps(answer)]


def _bybit_quote(
    chance: random.Random, symbol: str, bid: float, number: int, _has_ids: bool
) -> str:
    """A snapshot, or a change of one side: what the other one is, its connection said before."""
    sides = chance.choice(("ba", "ba", "b", "a"))
    time_ms = FIRST_MS + number
    data = {"s": symbol, "b": [[str(bid), "2"]], "a": [[str(bid + 1), "1"]], "u": number}
    data |= {side: [] for side in "ba" if side not in sides}
    kind = chance.choice(("snapshot", "delta")) if sides == "ba" else "delta"
    book = {"topic": f"orderbook.1.{symbol}", "type": kind, "ts": time_ms, "data": data}
    return json.dumps(book | {"cts": time_ms})


def _coinbase_answers(request: Any, says_whom: bool) -> list[str]:
    """A request with one bad product is refused as a whole."""
    bad = [name for name in request["product_ids"] if name.startswith("FOO")]
    if bad:
        reason = f"{bad[0]} is not a valid product" if says_whom else ""
        return [json.dumps({"type": "error", "message": "Failed to subscribe", "reason": reason})]
    channels = [{"name": "ticker", "product_ids": request["product_ids"]}]
    return [json.dumps({"type": "subscriptions", "channels": channels})]


def _coinbase_quote(
    _chance: random.Random, symbol: str, bid: float, number: int, has_ids: bool
) -> str:
    time = datetime.fromtimestamp((FIRST_MS + number) / 1000, UTC)
    ticker = {
        "type": "ticker",
        "product_id": symbol,
        "best_bid": str(bid),
        "best_bid_size": "2",
        "best_ask": str(bid + 1),
        "best_ask_size": "1",
        "time": time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    return json.dumps(ticker | ({"sequence": number} if has_ids else {}))


OKX = Dialect("okx", "S{}-USDT".format, "FOO-USDT", _okx_answers, _okx_quote, OKX_CLOSES)
BINANCE = Dialect(
    *("binance", "S{}USDT".format, ""),
    *(lambda request, _: binance(request), _binance_quote, BINANCE_CLOSES),
)
BYBIT = Dialect("bybit", "S{}USDT".format, "FOOUSDT", _bybit_answers, _bybit_quote)
COINBASE = Dialect("coinbase", "S{}-USD".format, "FOO-USD", _coinbase_answers, _coinbase_quote)
SETS = ((OKX, BINANCE), (BYBIT, COINBASE), (OKX,), (BINANCE, BYBIT), (COINBASE, OKX))
"""What a schedule plays, by its seed: venues with ids and without, one that sends changes."""
