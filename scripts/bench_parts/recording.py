"""Seeded quotes in the shape of a real recording, made by column and kept outside the tree.

The same rows each time for the same count: 11,000 a second, about eleven to a
millisecond (so the tie rule matters), 2,640 tickers on 11 venues of which few are busy, prices
of 2 to 7 decimals, lognormal latency with a median of 18 ms.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.csv  # type: ignore[import-untyped]

SEED = 7
QUOTES_PER_SECOND = 11_000
CHUNK_ROWS = 500_000
LARGE_ROWS = 50_000_000
LARGE_FREE_BYTES = 15 * 10**9
TICKERS = 2_640
VENUES = 11
PRICES_PER_TICKER = 16
AMOUNTS = 50_000
TICKER_NAMES = [f"C{n // VENUES:03d}-USDT-SWAP@VENUE{n % VENUES}" for n in range(TICKERS)]
START_US = 1_760_000_000_000_000
HEADER = ",index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"


def cache_folder() -> Path:
    """Return where recordings are kept unless told otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zreplay-bench"


def recording(rows: int, folder: Path) -> Path:
    """Return the file of so many quotes, written at the first time of asking.

    Exits where a large one would leave the disk without room.
    """
    path = folder / f"quotes-{rows}-seed{SEED}.csv"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    free_bytes = shutil.disk_usage(folder).free
    if rows >= LARGE_ROWS and free_bytes < LARGE_FREE_BYTES:
        sys.exit(f"{rows:,} rows need 15 GB free in {folder}, found {free_bytes / 1e9:.1f} GB")
    print(f"writing {rows:,} quotes to {path}", file=sys.stderr)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    plain = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    with unfinished.open("wb") as file:
        file.write(HEADER.encode())
        for chunk in chunks(rows):
            pyarrow.csv.write_csv(chunk, file, plain)
    unfinished.rename(path)
    return path


def chunks(rows: int) -> Iterator[pa.Table]:
    """Yield the columns of up to CHUNK_ROWS rows at a time, as they stand in the file."""
    dice = np.random.default_rng(SEED)
    tickers = pa.array(TICKER_NAMES)
    decimals = dice.integers(2, 8, TICKERS)
    cheapest = dice.integers(10**3, 10**6, TICKERS)
    # Two more steps than a bid can stand on: an ask is one or two above it.
    steps = range(PRICES_PER_TICKER + 2)
    prices = pa.array(
        repr(float(f"{low + step}e-{places}"))
        for low, places in zip(cheapest, decimals, strict=True)
        for step in steps
    )
    amounts = pa.array(map(repr, np.round(dice.lognormal(6, 2.5, AMOUNTS) + 0.001, 3).tolist()))
    clock_us = START_US
    for first in range(0, rows, CHUNK_ROWS):
        count = min(CHUNK_ROWS, rows - first)
        gaps_us = dice.integers(0, 2 * 10**6 // QUOTES_PER_SECOND, count)
        stamps_us = clock_us + np.cumsum(gaps_us)
        clock_us = int(stamps_us[-1])
        ticker = (dice.random(count) ** 3 * TICKERS).astype(np.int64)
        bid = ticker * len(steps) + dice.integers(0, PRICES_PER_TICKER, count)
        ask = bid + dice.integers(1, 3, count)
        number = np.arange(first, first + count)
        latency_ms = dice.lognormal(np.log(18), 0.8, count)
        yield pa.table(
            {
                "": number,
                "index": rows - 1 - number,
                # Cut to the millisecond, as the real ones are.
                "timestamp": pa.array(stamps_us // 1000 * 1000, pa.timestamp("us")),
                "ticker": tickers.take(ticker),
                "ask_amount": amounts.take(dice.integers(0, AMOUNTS, count)),
                "ask_price": prices.take(ask),
                "bid_price": prices.take(bid),
                "bid_amount": amounts.take(dice.integers(0, AMOUNTS, count)),
                "latency": latency_ms,
            }
        )
