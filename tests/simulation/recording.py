"""A small recording with what makes resuming hard: disorder, ties, and bad rows.

Any byte stands in the columns that are not used, and now and then in those that are.
"""

from pathlib import Path
from random import Random

from tests.odd_bytes import with_odd_bytes

HEADER = b"index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
BROKEN = (b"broken\n", b"1,never,T,1,2,1,1,3\n", b"\n", b",,,,,,,\n")
ODD_HEADER = b",index,timestamp,ticker,note,ask_amount,ask_price,bid_price,bid_amount,latency,\n"
IGNORED = (0, 4, 10)
SPREAD_MS = 300
START_NS = 1_735_689_601_000_000_000
"""The first row, about."""


def write_recordings(folder: Path, choices: Random, *, has_odd_bytes: bool = True) -> list[Path]:
    """Write one or two files of some hundred rows each; return their paths."""
    # Dice of their own: with odd bytes or without, a seed makes the same quotes.
    odd = Random(repr(choices.getstate())) if has_odd_bytes else None
    paths = []
    for number in range(choices.choice((1, 1, 2))):
        path = folder / f"quotes{number}.csv"
        path.write_bytes((ODD_HEADER if odd else HEADER) + b"".join(_rows(choices, odd)))
        paths.append(path)
    return paths


def _rows(choices: Random, odd: Random | None) -> list[bytes]:
    rows = []
    for number in range(choices.randrange(60, 200)):
        if choices.random() < 0.06:
            rows.append(choices.choice(BROKEN))
            continue
        millisecond = 1000 + number * 5 + choices.randrange(-20, 20) * choices.randrange(2)
        latency = choices.choice((0, 5, 20, 20.5, choices.randrange(SPREAD_MS)))
        price = choices.randrange(1, 100_000) / 1000
        line = (
            f"{number},2025-01-01 00:00:{millisecond / 1000:06.3f},T{number % 7}@X,1.0,"
            f"{price + 0.001:.4f},{price:.4f},2.0,{latency}"
        ).encode()
        rows.append((line if odd is None else _with_odd_bytes(line, odd)) + b"\n")
    return rows


def _with_odd_bytes(line: bytes, odd: Random) -> bytes:
    index, timestamp, ticker, *rest = line.split(b",")
    fields = [index, index, timestamp, ticker, b"", *rest, b""]
    return b",".join(with_odd_bytes(fields, IGNORED, odd))
