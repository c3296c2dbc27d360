"""What was found in a recording: the answer of `zreplay inspect --json`, schema 1.

Times are integer nanoseconds since 1970 UTC, durations and latencies are in the unit of their
names. What needs at least one quote is null if there is none. Rows are the quotes that a run with
the same options would send: all but rejected ones, late ones and those filtered out.
`disorder` looks at every quote of the file.
"""

from dataclasses import dataclass
from typing import Final

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """From the first time to the last, both included."""

    first_ns: int
    last_ns: int

    @property
    def duration_ns(self) -> int:
        return self.last_ns - self.first_ns


@dataclass(frozen=True, slots=True)
class Peak:
    """The most quotes that arrive in one UTC second or millisecond, and when it begins."""

    quotes: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class Rate:
    """How many quotes arrive a second; `longest_gap_ns` is the longest time without one."""

    mean_per_second: float
    peak_second: Peak
    peak_millisecond: Peak
    longest_gap_ns: int


@dataclass(frozen=True, slots=True)
class Ties:
    """Quotes that arrive in the same nanosecond as another one; `largest` arrive at once."""

    quotes: int
    largest: int


@dataclass(frozen=True, slots=True)
class TickerRows:
    ticker: str
    rows: int


@dataclass(frozen=True, slots=True)
class Tickers:
    """How many there are, and those with the most rows.

    If not `is_exact` there were too many names to hold: `count` is the least there can be.
    """

    count: int
    is_exact: bool
    top: list[TickerRows]


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different timestamps there are.

    If not `is_exact` some stepped back too far to be recognised: `count` is the most.
    """

    count: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Prices:
    """Bid over ask, bid equal to ask, one price zero, both zero, one or both missing (blank).

    No row is in two of them.
    """

    crossed: int
    locked: int
    one_sided: int
    empty: int
    blank: int


@dataclass(frozen=True, slots=True)
class DisorderReport:
    """How far rows are out of order.

    `steps_back` rows have a timestamp below that of an earlier row, by `largest_step_ns` at
    most. No row is late with a `--reorder` of `reorder_needed_ns`, and that is the minimum;
    `late` rows are late with the one given.
    """

    steps_back: int
    largest_step_ns: int
    reorder_needed_ns: int
    late: int


@dataclass(frozen=True, slots=True)
class LatencyBin:
    """Rows with from_ms < latency <= to_ms; null is without end."""

    from_ms: float | None
    to_ms: float | None
    rows: int


@dataclass(frozen=True, slots=True)
class Latency:
    """`percentiles_ms` are right within 0.05 %, everything else is exact."""

    min_ms: float
    max_ms: float
    negative: int
    over_threshold: int
    percentiles_ms: dict[str, float]
    histogram: list[LatencyBin]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Rows that are not quotes for the same reason, and where the first of them is."""

    code: str
    column: str
    reason: str
    rows: int
    file: str
    line: int | None
    offset: int
    value: str


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a replay takes; `max_at_least` is what reading and ordering alone took here."""

    at_1x: float
    at_speed: float | None
    max_at_least: float


@dataclass(frozen=True, slots=True)
class FormatReport:
    """What a file was taken for, and why; null of a capture, and of all files together.

    `latency` is the column that it comes from, or `none`.
    """

    name: str
    why: str
    times: str
    latency: str
    is_verified: bool
    text: str


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """One file, or all of them as a run would merge them."""

    file: str
    size_bytes: int
    rows: int
    rejected: int
    timestamps: TimeSpan | None
    distinct_timestamps: Distinct
    arrivals: TimeSpan | None
    rate: Rate | None
    tickers: Tickers
    ties: Ties
    repeats: int
    prices: Prices
    disorder: DisorderReport
    latency: Latency | None
    refusals: list[Refusal]
    replay_seconds: Duration
    format: FormatReport | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """The whole report; `total` is null for a single file. `speed` null is max.

    `broken_off` says why the reading ended early, null if everything was read.
    """

    schema: int
    reorder_ns: int
    latency_threshold_ms: float
    speed: float | None
    read_seconds: float
    files: list[RecordingReport]
    total: RecordingReport | None
    broken_off: str | None = None

    @property
    def has_faults(self) -> bool:
        """True if a run would not send every row."""
        return any(file.rejected or file.disorder.late for file in self.files)
