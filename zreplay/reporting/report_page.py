"""The facts of a run -> one self-contained HTML page. Every value is escaped."""

from collections.abc import Iterable, Sequence
from math import floor, log10
from typing import Any, Final

from zreplay.quotes.timestamp_text import time_text
from zreplay.reporting import charts
from zreplay.reporting.page_parts import chart, note, page, section, table
from zreplay.reporting.run_facts import Lines, RunFacts

MOST_TICKERS: Final = 200
_COUNTS: Final = (
    ("quotes", "quotes"),
    ("mids", "mids"),
    ("latency_skipped", "over the latency threshold"),
    ("blank", "blank: a side is missing"),
    ("rejected", "rejected rows"),
    ("outside_session", "outside the session"),
    ("repeated", "left out by --dedupe"),
    ("resent_batches", "resent batches"),
    ("restarts", "parts restarted"),
)


def report_page(facts: RunFacts, threshold_ms: float | None) -> str:
    """Return the page; `threshold_ms` is None where none is known or it is off."""
    return page(f"zreplay: {facts.folder}", "".join(_sections(facts, threshold_ms)))


def _sections(facts: RunFacts, threshold_ms: float | None) -> Iterable[str]:
    yield _outcome(facts)
    overview, line = facts.overview, facts.time_line
    if overview is None:
        yield note("Run with --table for charts by ticker, by arrival and by latency.")
    if overview is not None and line is not None:
        first, last = time_text(overview.first_ns), time_text(overview.last_ns)
        yield section("When", note(f"arrivals from {first} to {last}, UTC"))
        yield chart(charts.rate_over_time(line))
        yield chart(charts.latencies(overview, threshold_ms))
        yield "".join(chart(charts.mids_over_time(ticker, line)) for ticker in line.series)
        yield _tickers(overview.tickers())
    if len(facts.rates) > 1:
        yield section("How the run went", "")
        yield chart(charts.speed_of_run(facts.rates)) + chart(charts.waits_of_run(facts.rates))
    yield _rejected(facts.rejected)
    yield _gaps(facts.gaps)


def _outcome(facts: RunFacts) -> str:
    run, outcome = facts.run, facts.run.summary or {}
    rows: list[Sequence[str]] = [("run", run.run[:16]), ("state", _state(facts))]
    if outcome:
        rows.append(_took(outcome))
        rows += [(text, f"{outcome[name]:,}") for name, text in _COUNTS if outcome.get(name)]
        rows += [("format", text) for text in outcome.get("formats", {})]
        for name, text in (("lateness_ns", "lateness"), ("age_ns", "sending to commit")):
            if (times := outcome.get(name)) and times["max"]:
                said = (f"{one} {times[one] / 1e6:,.2f} ms" for one in ("p50", "p99", "max"))
                rows.append((text, ", ".join(said)))
    rows += [(name, text) for name, text in run.options.items()]
    rows.append(("lines", run.rule))
    return section("What ran", table(rows))


def _state(facts: RunFacts) -> str:
    run = facts.run
    if run.final_summary is not None:
        return "complete"
    at = "" if run.stopped_at is None else f" at record {run.stopped_at:,}"
    if run.summary is not None:
        return f"stopped{at}: feeds have no end of their own"
    return f"stopped before its end{at}" if at else "not finished"


def _took(outcome: dict[str, Any]) -> tuple[str, str]:
    """Return how long the last start took, and how fast it was: the counts are of all starts."""
    seconds, rate = outcome.get("seconds", 0), outcome.get("quotes_per_second", 0)
    if not (resumed_at := outcome.get("resumed_at")):
        return "took", f"{seconds:,.1f} s, {rate:,} quotes a second"
    quotes = outcome.get("quotes", resumed_at) - resumed_at
    said = f"{seconds:,.1f} s for {quotes:,} quotes, {rate:,} a second"
    return "last start", f"at record {resumed_at:,}, {said}"


def _tickers(rows: Sequence[tuple[str, int, int, float, float]]) -> str:
    told = [
        (name, f"{quotes:,}", f"{mids:,}", f"{quotes - mids:,}", _number(last), _number(spread, 4))
        for name, quotes, mids, last, spread in rows[:MOST_TICKERS]
    ]
    head = ("ticker", "quotes", "mids", "without a mid", "last mid", "mean spread")
    more = len(rows) - MOST_TICKERS
    rest = note(f"and {more:,} more") if more > 0 else ""
    return section(f"{len(rows):,} tickers", table(told, head) + rest)


def _rejected(lines: Lines) -> str:
    if not lines.total:
        return ""
    reasons = [(reason, f"{count:,}") for reason, count in lines.reasons.most_common()]
    examples = [
        tuple(str(one.get(name, "")) for name in ("file", "line", "column", "value", "reason"))
        for one in lines.first
    ]
    cut = "" if lines.is_all else note(f"of the first {lines.total:,} lines of rejected.log")
    head = ("file", "line", "column", "value", "reason")
    return section(
        "Rejected rows",
        table(reasons, ("reason", "rows")) + cut + note("The first:") + table(examples, head),
    )


def _gaps(lines: Lines) -> str:
    if not lines.total:
        return ""
    names = list(dict.fromkeys(name for one in lines.first for name in one))
    rows = [tuple(str(one.get(name, "")) for name in names) for one in lines.first]
    said = note(f"{lines.total:,} in gaps.log, the first {len(rows)}:")
    return section("Gaps of live feeds", said + table(rows, names))


def _number(value: float, digits: int = 10) -> str:
    """Return a number in so many significant digits, never with an exponent; nothing of NaN."""
    if value != value:
        return ""
    behind = digits - 1 - floor(log10(abs(value))) if value else 0
    text = f"{round(value, behind):,.{max(0, behind)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
