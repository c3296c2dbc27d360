"""Which quotes a run with filters and a latency model sends, computed the slow and plain way.

Like `tests/reference.py`, of which it is a part: one row at a time, all in memory, nothing
shared with the programs that it judges.
"""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from tests.reference import (
    DAY_NS,
    INT64_MAX,
    INT64_MIN,
    Logs,
    Quote,
    historical_line,
    quotes_of,
    without_strays,
)

MS_OF = {"ns": Fraction(1, 10**6), "us": Fraction(1, 1000), "ms": Fraction(1), "s": Fraction(1000)}


class Asked(NamedTuple):
    """What a user may ask for; patterns know `*` alone, times are arrivals in ns."""

    columns: Mapping[str, str] = {}
    tickers: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    from_ns: int | None = None
    to_ns: int | None = None
    start_offset_ns: int | None = None
    duration_ns: int | None = None
    limit: int | None = None
    latency: str = "recorded"
    max_jump_ns: int = DAY_NS
    dedupe: bool = False


class Row(NamedTuple):
    """A row of a file; its quote is None if it is none."""

    file: int
    offset: int
    quote: Quote | None


def selected_logs(paths: Iterable[Path], asked: Asked, reorder_ns: int = 5 * 10**9) -> Logs:
    """Return what a run must write that asks for this, and how many rows it refuses.

    With a limit a run need not read on, so nobody can say how many rows it refuses.
    """
    quotes, rejected = selected_quotes(paths, asked, reorder_ns)
    texts: tuple[list[str], list[str]] = ([], [])
    for quote in quotes:
        is_error, line = historical_line(quote)
        texts[is_error].append(line)
    return Logs("".join(texts[0]).encode(), "".join(texts[1]).encode(), rejected)


def selected_quotes(
    paths: Iterable[Path], asked: Asked, reorder_ns: int = 5 * 10**9
) -> tuple[list[Quote], int]:
    """Return the quotes in replay order, and how many rows are refused before the end."""
    files = [
        [
            Row(number, offset, quote and modelled(quote, asked.latency))
            for offset, quote in without_strays(
                quotes_of(path.read_bytes(), asked.columns), asked.max_jump_ns
            )
        ]
        for number, path in enumerate(paths)
    ]
    arrivals = [row.quote.arrival_ns for rows in files for row in rows if row.quote]
    origin_ns = min(arrivals, default=0)
    start_ns = asked.from_ns
    if asked.start_offset_ns is not None:
        start_ns = origin_ns + asked.start_offset_ns
    end_ns = asked.to_ns
    if asked.duration_ns is not None:
        end_ns = (origin_ns if start_ns is None else start_ns) + asked.duration_ns
    if end_ns is not None:
        files = [until_over(rows, end_ns + reorder_ns) for rows in files]
    ordered = sorted(
        (row.quote.arrival_ns, row.file, row.offset, row.quote)
        for rows in files
        for row in rows
        if row.quote
    )
    quotes = [
        quote
        for arrival_ns, file, _, quote in ordered
        if (start_ns is None or arrival_ns >= start_ns)
        and (end_ns is None or arrival_ns < end_ns)
        and (not asked.tickers or fits(quote.ticker, asked.tickers))
        and not fits(quote.ticker, asked.exclude)
        and not (asked.dedupe and any(quote == o and f < file for _, f, _, o in ordered))
    ]
    rejected = sum(row.quote is None for rows in files for row in rows)
    return quotes[: asked.limit], rejected


def until_over(rows: list[Row], over_ns: int) -> list[Row]:
    """Return the rows up to the first with such a timestamp, with it."""
    for number, row in enumerate(rows):
        if row.quote and row.quote.timestamp_ns >= over_ns:
            return rows[: number + 1]
    return rows


def modelled(quote: Quote, model: str) -> Quote | None:
    """Return the quote with another latency, None if it would arrive outside of int64."""
    if model == "recorded":
        return quote
    kind, text = model.split(":")
    match = re.fullmatch(r"(-?[0-9.]+)(ns|us|ms|s)?", text)
    assert match is not None
    number = Fraction(match[1])
    if kind == "scale":
        latency_ms = quote.latency_ms * float(number)
    elif kind == "shift":
        latency_ms = quote.latency_ms + float(number * MS_OF[match[2]])
    else:
        latency_ms = float(number * MS_OF[match[2]])
    arrival_ns = quote.timestamp_ns + round(latency_ms * 1e6)
    if not INT64_MIN <= arrival_ns <= INT64_MAX:
        return None
    return quote._replace(latency_ms=latency_ms, arrival_ns=arrival_ns)


def fits(ticker: str, patterns: Iterable[str]) -> bool:
    return any(
        re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), ticker, re.DOTALL)
        for pattern in patterns
    )
