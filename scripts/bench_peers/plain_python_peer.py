"""Both logs by one Python process with only the standard library.

    python plain_python_peer.py quotes.csv DIR

All rows in memory, one `sort`, one f-string a line. The bytes are those of `zreplay run`, for
stamps in whole microseconds.
"""

import csv
import sys
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_logs(file: Path, out: Path) -> None:
    """Write mid_prices.log and errors.log of a recording."""
    with file.open(newline="") as text:
        rows = csv.reader(text)
        places = {name: place for place, name in enumerate(next(rows))}
        names = ("timestamp", "latency", "bid_price", "ask_price")
        timestamp, latency, bid, ask = (places[name] for name in names)
        # The sort is stable: equal arrivals keep the order of their rows.
        quotes = sorted(
            (
                (time_us(row[timestamp]), float(row[latency]), float(row[bid]), float(row[ask]))
                for row in rows
            ),
            key=lambda quote: quote[0] * 1000 + round(quote[1] * 1e6),
        )
    with (out / "mid_prices.log").open("w") as mids, (out / "errors.log").open("w") as errors:
        for stamp_us, latency_ms, bid_price, ask_price in quotes:
            stamp = stamp_text(stamp_us)
            if latency_ms > 20:
                late = plain(repr(latency_ms))
                errors.write(f"No mid price at {stamp} as latency {late}ms is bigger than 20ms\n")
            else:
                mids.write(f"{stamp}, {plain(f'{0.5 * (bid_price + ask_price):.15g}')}\n")


@cache
def time_us(text: str) -> int:
    since = datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


@cache
def stamp_text(stamp_us: int) -> str:
    """Return milliseconds, or microseconds where there are any."""
    seconds, below_second_us = divmod(stamp_us, 1_000_000)
    date = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
    return f"{date}.{below_second_us:06d}".removesuffix("000")


def plain(text: str) -> str:
    if "e" in text:
        return f"{Decimal(text):f}"
    return text.removesuffix(".0")


if __name__ == "__main__":
    write_logs(Path(sys.argv[1]), Path(sys.argv[2]))
