"""What was found in a recording: the answer of `zreplay inspect --json`, schema 1.

Times are integer nanoseconds since 1970 UTC, durations and latencies are in the unit of their
names. What needs at least one quote is null if there is none. Rows are the quotes that a run with
the same options would send: all but rejected ones, late ones and those filtered out.
`disorder` looks at every quote of the file.
"""

from typing import Annotated, Final

import msgspec

SCHEMA: Final = 1


class TimeSpan(msgspec.Struct, frozen=True):
    """From the first time to the last, both included."""

    first_ns: int
    last_ns: int

    @property
    def duration_ns(self) -> int:
        return self.last_ns - self.first_ns


class Peak(msgspec.Struct, frozen=True):
    """The most quotes that arrive in one UTC second or millisecond, and when it begins."""

    quotes: int
    at_ns: int


class Rate(msgspec.Struct, frozen=True):
    """How many quotes arrive a second; `longest_gap_ns` is the longest time without one."""

    mean_per_second: float
    peak_second: Peak
    peak_millisecond: Peak
    longest_gap_ns: int


class Ties(msgspec.Struct, frozen=True):
    """Quotes that arrive in the same nanosecond as another one; `largest` arrive at once."""

    quotes: int
    largest: int


class TickerRows(msgspec.Struct, frozen=True):
    ticker: str
    rows: int


class Tickers(msgspec.Struct, frozen=True):
    """How many there are, and those with the most rows.

    If not `is_exact` there were too many names to hold: `count` is the least there can be.
    """

    count: int
    is_exact: bool
    top: list[TickerRows]


class Distinct(msgspec.Struct, frozen=True):
    """How many different timestamps there are.

    If not `is_exact` some stepped back too far to be recognised: `count` is the most.
    """

    count: int
    is_exact: bool


class Prices(msgspec.Struct, frozen=True):
    """Bid over ask, bid equal to ask, one price zero, both zero, one or both missing (blank).

    No row is in two of them.
    """

    crossed: int
    locked: int
    one_sided: int
    empty: int
    blank: int


class DisorderReport(msgspec.Struct, frozen=True):
    """How far rows are out of order.

    `steps_back` rows have a timestamp below that of an earlier row, by `largest_step_ns` at
    most. No row is late with a `--reorder` of `reorder_needed_ns`, and that is the minimum;
    `late` rows are late with the one given.
    """

    steps_back: int
    largest_step_ns: int
    reorder_needed_ns: int
    late: int


class LatencyBin(msgspec.Struct, frozen=True):
    """Rows with from_ms < latency <= to_ms; null is without end."""

    from_ms: float | None
    to_ms: float | None
    rows: int


class Latency(msgspec.Struct, frozen=True):
    """`percentiles_ms` are right within 0.05 %, everything else is exact."""

    min_ms: float
    max_ms: float
    negative: int
    over_threshold: int
    percentiles_ms: dict[str, float]
    histogram: list[LatencyBin]


class Refusal(msgspec.Struct, frozen=True):
    """Rows that are not quotes for the same reason, and where the first of them is."""

    code: str
    column: str
    reason: str
    rows: int
    file: str
    line: int | None
    offset: int
    value: str


class Duration(msgspec.Struct, frozen=True):
    """How long a replay takes; `max_at_least` is what reading and ordering alone took here."""

    at_1x: float
    at_speed: float | None
    max_at_least: float


class FormatReport(msgspec.Struct, frozen=True):
    """What a file was taken for, and why; null of a capture, and of all files together.

    `latency` is the column that it comes from, or `none`.
    """

    name: str
    why: str
    times: str
    latency: str
    is_verified: bool
    text: str


class RecordingReport(msgspec.Struct, frozen=True):
    """One file, or all of them as a run would merge them.

    `left_out` lines do not count, as their format says. Of so many rows the clocks of the zone
    skipped the time, or showed it twice.
    """

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
    left_out: int = 0
    skipped_times: int = 0
    repeated_times: int = 0


class Inspection(msgspec.Struct, frozen=True):
    """The whole report; `total` is null for a single file. `speed` null is max.

    `broken_off` says why the reading ended early, null if everything was read.
    """

    schema: int
    reorder_ns: int
    latency_threshold_ms: Annotated[
        float | None, msgspec.Meta(description="above it a quote has no mid; null if it is off")
    ]
    speed: float | None
    read_seconds: float
    files: list[RecordingReport]
    total: RecordingReport | None
    broken_off: str | None = None
    repeated: int = 0
    """Quotes that stand in an earlier file too: `--dedupe` leaves them out."""

    is_deduped: bool = False
    """True if they were left out here."""

    outside_session: int = 0
    """Quotes that were left out by `--session`."""

    @property
    def has_faults(self) -> bool:
        """True if a run would not send every row."""
        return any(file.rejected or file.disorder.late for file in self.files)
