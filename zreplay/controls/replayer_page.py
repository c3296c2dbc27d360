"""The status of a replayer -> its page. In: the status object; out: HTML."""

from collections.abc import Sequence
from typing import Any, Final

from protocol.messages import HISTORICAL
from protocol.program.status_page import Said, Section, status_page, warnings_section
from zreplay.controls.worker_activity import WorkerActivity, worker_activities
from zreplay.quotes.duration_text import ago, rounded_text

TO_THE_SECOND: Final = 19


def replayer_page(status: dict[str, Any]) -> bytes:
    """Return the page of a replayer: state, progress, workers, feeds, last warnings."""
    is_historical = status["mode"] == HISTORICAL
    sections = (
        Section("State", _state(status)),
        Section("Quotes", _quotes(status)),
        Section(
            "Workers",
            _workers(worker_activities(status, None)),
            ("", "quotes", "batch p99", "seen"),
        ),
        Section("Feeds", _feeds(status["feeds"]), ("", "", "messages", "reconnects", "receipt")),
        warnings_section(
            [
                Said(one["time"][:TO_THE_SECOND], one["level"], one["text"], one["count"])
                for one in status["diagnostics"]
            ]
        ),
    )
    title = f"zreplay {status['state']}"
    return status_page(title, sections, status["progress"] if is_historical else None)


def _state(status: dict[str, Any]) -> Sequence[Sequence[str]]:
    share, left_ns = status["progress"], status["left_ns"]
    rows = [
        ("state", status["state"]),
        ("waits for", status["waits_for"]),
        ("problem", status["problem"]),
        ("mode", f"{status['mode']} {status['speed']}"),
        ("position", status["time"] or ""),
        ("progress", "" if share is None else f"{share:.1%} of the {status['progress_of']}"),
        ("time left", "" if left_ns is None else rounded_text(left_ns)),
        ("running for", rounded_text(status["uptime_ns"])),
    ]
    return [row for row in rows if row[1]]


def _quotes(status: dict[str, Any]) -> Sequence[Sequence[str]]:
    flight, age_ns = status["in_flight"], status["age_ns"]
    rows = [
        ("sent", f"{status['sent']:,} ({status['sent_per_second']:,.0f} a second)"),
        ("committed", f"{status['committed']:,} ({status['committed_per_second']:,.0f} a second)"),
        ("in flight", f"{flight['quotes']:,} of {flight['window_quotes']:,}"),
        ("mids", f"{status['mids']:,}"),
        ("over the latency threshold", f"{status['latency_skipped']:,}"),
        ("blank", f"{status['blank']:,}"),
        ("rejected", f"{status['rejected']:,}"),
        ("gaps", f"{status['gaps']:,}"),
    ]
    if status["mode"] == HISTORICAL:
        rows.append(("lateness p99", _ms(status["lateness_ns"]["p99"])))
    if age_ns is not None:
        rows.append(("sent to committed p99", _ms(age_ns["p99"])))
    return rows


def _workers(workers: list[WorkerActivity]) -> Sequence[Sequence[str]]:
    return [
        (
            worker.name,
            f"{worker.quotes:,}",
            _ms(worker.batch_p99_ns),
            f"{worker.word} {ago(worker.seen_ago_ns)}".strip(),
        )
        for worker in workers
    ]


def _feeds(feeds: list[dict[str, Any]]) -> Sequence[Sequence[str]]:
    return [
        (
            feed["url"],
            " ".join(filter(None, (feed["state"], feed["lack"], feed["last_error"]))),
            f"{feed['messages']:,}",
            f"{feed['reconnects']:,}",
            f"p99 {_ms(feed['latency_ns']['p99'])}" if feed["latency_ns"] else "",
        )
        for feed in feeds
    ]


def _ms(duration_ns: float) -> str:
    return f"{duration_ns / 1e6:,.1f} ms"
