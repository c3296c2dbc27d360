"""Blocks for tests: quotes with plain values, made from arrival times."""

from collections.abc import Sequence

import numpy as np

from zreplay.quotes.block import Block


def make_block(
    arrivals_ns: Sequence[int],
    tickers: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    first_price: float = 100.0,
) -> Block:
    """Return quotes that arrive then, one position and one price step apart.

    `names` may hold more tickers than are used, in any order.
    """
    count = len(arrivals_ns)
    tickers = ["BTC"] * count if tickers is None else tickers
    names = list(dict.fromkeys(tickers)) if names is None else names
    steps = np.arange(count, dtype=np.float64)
    return Block(
        arrival_ns=np.array(arrivals_ns, dtype=np.int64),
        position=np.arange(count, dtype=np.int64),
        index=np.arange(count, dtype=np.int64)[::-1].copy(),
        timestamp_ns=np.array(arrivals_ns, dtype=np.int64) - 1_000_000,
        latency_ms=np.full(count, 1.0),
        ask_amount=steps + 0.25,
        ask_price=first_price + steps + 1,
        bid_price=first_price + steps,
        bid_amount=np.full(count, np.nan),
        ticker_codes=np.array([list(names).index(name) for name in tickers], dtype=np.int32),
        ticker_names=tuple(names),
    )
