"""The targets for the figures on two cores: what they must reach, and the aim."""

import operator
from collections.abc import Callable
from typing import NamedTuple


class Target(NamedTuple):
    """One target; `figure` is its name in the report, `is_met(measured, bound)` its direction."""

    what: str
    figure: str
    must: float
    aim: float
    unit: str
    is_met: Callable[[float, float], bool]


TARGETS = (
    Target("5 M rows end to end, rate / DuckDB's", "rate_to_duckdb", 0.7, 1.0, "", operator.ge),
    Target("the same / polars'", "rate_to_polars", 1.3, 2, "", operator.ge),
    Target("rate at 50 M rows / at 1 M", "rate_50m_to_1m", 0.95, 1, "", operator.ge),
    Target("over tcp, rate with CURVE / without", "rate_with_curve", 0.8, 0.9, "", operator.ge),
    Target("resident memory, each process, 50 M", "peak_mb_50m", 200, 120, "MB", operator.le),
    Target("resume at 90 % to next line", "resume_s", 2, 0.5, "s", operator.le),
    Target("first committed line", "first_line_s", 1.5, 0.8, "s", operator.le),
    Target("lateness at 11,000/s, p50", "lateness_p50_ms", 0.3, 0.1, "ms", operator.le),
    Target("lateness at 11,000/s, p99", "lateness_p99_ms", 2, 0.5, "ms", operator.le),
    Target("websocket to committed, p50", "live_p50_ms", 4, 3, "ms", operator.le),
    Target("websocket to committed, p99", "live_p99_ms", 12, 12, "ms", operator.le),
    Target("live, sustained, nothing lost", "live_per_second", 25_000, 50_000, "/s", operator.ge),
    Target("Binance to committed, p50", "venue_p50_ms", 4, 3, "ms", operator.le),
    Target("Binance to committed, p99", "venue_p99_ms", 12, 12, "ms", operator.le),
    Target("Binance, nothing lost", "venue_per_second", 60_000, 100_000, "/s", operator.ge),
    Target("CPU when paused or idle, all", "idle_percent", 2, 0.5, "%", operator.le),
)
