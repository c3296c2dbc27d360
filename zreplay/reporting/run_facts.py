"""What a report knows of a run."""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from zreplay.reporting.run_tally import Overview, TimeLine
from zreplay.supervision.rate_row import RateRow
from zreplay.supervision.run_folder import RunFile


class Lines(NamedTuple):
    """A log of JSON lines: how many were read, the first of them, and how many of each reason."""

    total: int
    first: list[dict[str, Any]]
    reasons: Counter[str]
    is_all: bool


class RunFacts(NamedTuple):
    """Everything a report shows; `overview` and `time_line` are None without a table."""

    folder: Path
    run: RunFile
    overview: Overview | None
    time_line: TimeLine | None
    rejected: Lines
    gaps: Lines
    rates: list[RateRow]
