"""What `zreplay inspect` must find, computed row by row with everything in memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

SECOND_NS = 1_000_000_000
MILLISECOND_NS = 1_000_000


class PlainRow(NamedTuple):
    """A quote as it stands in a file; times in nanoseconds."""

    timestamp_ns: int
    latency_ns: int
    ticker: str
    bid_price: float
    ask_price: float

    @property
    def arrival_ns(self) -> int:
        return self.timestamp_ns + self.latency_ns


@dataclass(frozen=True)
class PlainFile:
    """The rows of a file, and what each of them has above it."""

    rows: Sequence[PlainRow]

    @property
    def newest_before(self) -> list[int | None]:
        stamps = [row.timestamp_ns for row in self.rows]
        return [max(stamps[:place], default=None) for place in range(len(stamps))]

    def in_time(self, reorder_ns: int) -> list[PlainRow]:
        pairs = zip(self.rows, self.newest_before, strict=True)
        return [
            row for row, above in pairs if above is None or row.arrival_ns >= above - reorder_ns
        ]

    def disorder(self, reorder_ns: int) -> dict[str, int]:
        pairs = list(zip(self.rows, self.newest_before, strict=True))
        steps = [above - row.timestamp_ns for row, above in pairs if above is not None]
        behind = [above - row.arrival_ns for row, above in pairs if above is not None]
        return {
            "steps_back": sum(step > 0 for step in steps),
            "largest_step_ns": max([0, *steps]),
            "reorder_needed_ns": max([0, *behind]),
            "late": len(self.rows) - len(self.in_time(reorder_ns)),
        }


def expected(files: Sequence[PlainFile], reorder_ns: int, threshold_ms: float) -> dict[str, Any]:
    """Return what holds of these files taken together, in the words of the report.

    But for disorder, that is of the rows that are not late.
    """
    sent = sorted(
        (row for file in files for row in file.in_time(reorder_ns)), key=lambda row: row.arrival_ns
    )
    disorders = [file.disorder(reorder_ns) for file in files]
    sums = ("steps_back", "late")
    return {
        "rows": len(sent),
        **dict.fromkeys(("left_out", "skipped_times", "repeated_times"), 0),
        "timestamps": span([row.timestamp_ns for row in sent]),
        "distinct_timestamps": {
            "count": len({row.timestamp_ns for row in sent}),
            "is_exact": True,
        },
        "arrivals": span([row.arrival_ns for row in sent]),
        "rate": rate([row.arrival_ns for row in sent]),
        "tickers": tickers(sent),
        "ties": ties([row.arrival_ns for row in sent]),
        "repeats": len(sent) - len(set(sent)),
        "prices": prices(sent),
        "disorder": {
            name: (sum if name in sums else max)(disorder[name] for disorder in disorders)
            for name in disorders[0]
        },
        "latency": latency([row.latency_ns for row in sent], threshold_ms),
    }


def span(times_ns: Sequence[int]) -> dict[str, int] | None:
    return {"first_ns": min(times_ns), "last_ns": max(times_ns)} if times_ns else None


def rate(arrivals_ns: Sequence[int]) -> dict[str, Any] | None:
    if not arrivals_ns:
        return None
    span_ns = arrivals_ns[-1] - arrivals_ns[0]
    gaps = [later - time for time, later in zip(arrivals_ns, arrivals_ns[1:], strict=False)]
    return {
        "mean_per_second": len(arrivals_ns) * 1e9 / span_ns if span_ns else len(arrivals_ns),
        "peak_second": peak(arrivals_ns, SECOND_NS),
        "peak_millisecond": peak(arrivals_ns, MILLISECOND_NS),
        "longest_gap_ns": max([0, *gaps]),
    }


def peak(arrivals_ns: Sequence[int], stretch_ns: int) -> dict[str, int]:
    counts = Counter(time_ns // stretch_ns * stretch_ns for time_ns in arrivals_ns)
    at_ns = min(counts, key=lambda start: (-counts[start], start))
    return {"quotes": counts[at_ns], "at_ns": at_ns}


def tickers(rows: Sequence[PlainRow]) -> dict[str, Any]:
    counts = Counter(row.ticker for row in rows)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    top = [{"ticker": ticker, "rows": count} for ticker, count in ranked[:2]]
    return {"count": len(counts), "is_exact": True, "top": top}


def ties(arrivals_ns: Sequence[int]) -> dict[str, int]:
    sizes = Counter(arrivals_ns).values()
    return {
        "quotes": sum(size for size in sizes if size > 1),
        "largest": max(sizes, default=0),
    }


def prices(rows: Sequence[PlainRow]) -> dict[str, int]:
    priced = [(row.bid_price, row.ask_price) for row in rows]
    both = [(bid, ask) for bid, ask in priced if bid and ask]
    return {
        "crossed": sum(bid > ask for bid, ask in both),
        "locked": sum(bid == ask for bid, ask in both),
        "one_sided": sum((not bid) != (not ask) for bid, ask in priced),
        "empty": sum(not bid and not ask for bid, ask in priced),
        "blank": 0,
    }


def latency(latencies_ns: Sequence[int], threshold_ms: float) -> dict[str, Any] | None:
    """Return all but the percentiles and the histogram, which are not exact, or many."""
    if not latencies_ns:
        return None
    return {
        "min_ms": min(latencies_ns) / 1e6,
        "max_ms": max(latencies_ns) / 1e6,
        "negative": sum(time_ns < 0 for time_ns in latencies_ns),
        "over_threshold": sum(time_ns / 1e6 > threshold_ms for time_ns in latencies_ns),
    }
