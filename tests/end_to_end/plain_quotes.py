"""The quotes in the messages of venues, by `json` and what the venues say of their fields."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from tests.end_to_end.plain_records import CONNECTED, MESSAGE, PlainRecord


class PlainQuote(NamedTuple):
    """A quote that counts: its symbol, number, bid, ask, update id, time, venue, when it came.

    Its number is its time in ms, or for a venue without times its id; a side may be missing.
    """

    symbol: str
    number: int
    bid: float | None
    ask: float | None
    update_id: int | None
    time_ns: int
    venue: str
    recv_ns: int


class PlainReader:
    """Reads the messages of all connections, in order: of some venues one says what changed."""

    def __init__(self) -> None:
        self._sides: dict[tuple[int, str], list[float | None]] = {}

    def quotes_in(self, record: PlainRecord) -> list[PlainQuote]:
        """Return the quotes of a message; what is anything else has none."""
        if record.kind == CONNECTED:
            self._sides = {k: v for k, v in self._sides.items() if k[0] != record.connection}
        if record.kind != MESSAGE:
            return []
        try:
            message: Any = json.loads(record.payload)
            if message.get("type") == "ticker":
                return [_of_coinbase(message, record.recv_ns)]
            if "stream" in message:
                return [_of_binance(message["data"], record.recv_ns)]
            if message.get("topic", "").startswith("orderbook.1."):
                return [self._of_bybit(message, record)]
            return _of_okx(message, record.recv_ns)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            return []

    def _of_bybit(self, message: Any, record: PlainRecord) -> PlainQuote:
        data, time_ms = message["data"], message["cts"]
        sides = self._sides.setdefault((record.connection, data["s"]), [None, None])
        for at, side in enumerate("ba"):
            if data[side]:
                sides[at] = float(data[side][0][0])
            elif message["type"] == "snapshot":
                sides[at] = None
        return _timed("bybit", data["s"], time_ms, sides, data["u"], record.recv_ns)


def _of_okx(message: Any, recv_ns: int) -> list[PlainQuote]:
    if message["arg"]["channel"] != "bbo-tbt":
        return []
    return [
        _timed(
            *("okx", message["arg"]["instId"], int(row["ts"])),
            *([float(row["bids"][0][0]), float(row["asks"][0][0])], row.get("seqId"), recv_ns),
        )
        for row in message["data"]
    ]


def _of_binance(data: Any, recv_ns: int) -> PlainQuote:
    bid, ask, number = float(data["b"]), float(data["a"]), data["u"]
    return PlainQuote(data["s"], number, bid, ask, number, recv_ns, "binance", recv_ns)


def _of_coinbase(message: Any, recv_ns: int) -> PlainQuote:
    sides: list[float | None] = [float(message["best_bid"]), float(message["best_ask"])]
    time_ms = round(datetime.fromisoformat(message["time"]).timestamp() * 1000)
    symbol, update_id = message["product_id"], message.get("sequence")
    return _timed("coinbase", symbol, time_ms, sides, update_id, recv_ns)


def _timed(
    venue: str,
    symbol: str,
    time_ms: int,
    sides: list[float | None],
    update_id: int | None,
    recv_ns: int,
) -> PlainQuote:
    time_ns = time_ms * 1_000_000
    return PlainQuote(symbol, time_ms, *sides, update_id, time_ns, venue, recv_ns)
