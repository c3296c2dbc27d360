"""A small recording with what makes resuming hard: disorder, ties, and rows that are none."""

from pathlib import Path
from random import Random

HEADER = "index,timestamp,ticker,ask_amount,ask_price,bid_price,bid_amount,latency\n"
SPREAD_MS = 300
START_NS = 1_735_689_601_000_000_000
"""The first row, about."""


def write_recordings(folder: Path, choices: Random) -> list[Path]:
    """Write one or two files of some hundred rows each; return their paths."""
    paths = []
    for number in range(choices.choice((1, 1, 2))):
        path = folder / f"quotes{number}.csv"
        path.write_text(HEADER + "".join(_rows(choices)))
        paths.append(path)
    return paths


def _rows(choices: Random) -> list[str]:
    rows = []
    for number in range(choices.randrange(60, 200)):
        if choices.random() < 0.06:
            rows.append(choices.choice(("broken\n", "1,never,T,1,2,1,1,3\n", "\n", ",,,,,,,\n")))
            continue
        millisecond = 1000 + number * 5 + choices.randrange(-20, 20) * choices.randrange(2)
        latency = choices.choice((0, 5, 20, 20.5, choices.randrange(SPREAD_MS)))
        price = choices.randrange(1, 100_000) / 1000
        rows.append(
            f"{number},2025-01-01 00:00:{millisecond / 1000:06.3f},T{number % 7}@X,1.0,"
            f"{price + 0.001:.4f},{price:.4f},2.0,{latency}\n"
        )
    return rows
