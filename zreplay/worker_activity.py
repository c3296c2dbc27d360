"""What each worker is doing, from two status answers. In: status objects; out: figures.

A share is of the quotes between the two answers, and of all quotes where none came between.
A worker that was not there before, or whose counts fell (a restart), has no busy share yet.
"""

from typing import Any, Final, NamedTuple

LOST_AFTER_NS: Final = 3_000_000_000

Status = dict[str, Any]


class WorkerActivity(NamedTuple):
    """One worker; both shares lie in 0 .. 1, `busy_share` is None while it is not known."""

    name: str
    quotes: int
    share: float
    busy_share: float | None
    seen_ago_ns: int
    is_lost: bool


def worker_activities(status: Status, previous: Status | None) -> list[WorkerActivity]:
    """Return the workers of `status`, the lost ones first, then by name."""
    rows = status["workers"]
    before = _rows_before(status, previous)
    passed_ns = status["uptime_ns"] - previous["uptime_ns"] if before and previous else 0
    new_quotes = {row["worker"]: _rise(row, before, "quotes") or 0 for row in rows}
    all_new, all_quotes = sum(new_quotes.values()), sum(row["quotes"] for row in rows)
    is_any_delivering = any(row["seen_ago_ns"] <= LOST_AFTER_NS for row in rows)
    activities = []
    for row in rows:
        quotes = new_quotes[row["worker"]] if all_new else row["quotes"]
        busy_ns = _rise(row, before, "busy_ns")
        is_known = busy_ns is not None and passed_ns > 0
        activities.append(
            WorkerActivity(
                name=row["worker"],
                quotes=row["quotes"],
                share=quotes / max(1, all_new or all_quotes),
                busy_share=min(1.0, (busy_ns or 0) / passed_ns) if is_known else None,
                seen_ago_ns=row["seen_ago_ns"],
                is_lost=is_any_delivering and row["seen_ago_ns"] > LOST_AFTER_NS,
            )
        )
    return sorted(activities, key=lambda worker: (not worker.is_lost, worker.name))


def _rows_before(status: Status, previous: Status | None) -> dict[str, dict[str, Any]]:
    """Return the earlier rows by name, none if another process gave them."""
    if previous is None or previous["pid"] != status["pid"]:
        return {}
    return {row["worker"]: row for row in previous["workers"]}


def _rise(row: dict[str, Any], before: dict[str, dict[str, Any]], count: str) -> int | None:
    earlier = before.get(row["worker"])
    if earlier is None or row[count] < earlier[count]:
        return None
    rise: int = row[count] - earlier[count]
    return rise
