"""What each worker is doing, from two status answers. In: status objects; out: figures.

A share is of the quotes between the two answers, or of all quotes if there were none between.
A worker that was not there before, or whose counts fell (a restart), has no busy share yet.
"""

from typing import Any, Final, NamedTuple

LOST_AFTER_NS: Final = 3_000_000_000
SLOW_TIMES: Final = 4
SLOW_FROM_NS: Final = 20_000_000
"""Batches that take less are not slow, however quick the others are."""

Status = dict[str, Any]


class WorkerActivity(NamedTuple):
    """One worker; shares are 0 to 1; None is not known yet.

    `is_lost`: others deliver, and it has not for LOST_AFTER_NS; where none does, as in a pause,
    there is nothing to deliver. `is_slow`: it takes much longer for a batch than half of the
    others.
    """

    name: str
    quotes: int
    per_second: float | None
    share: float
    busy_share: float | None
    batch_p99_ns: int
    seen_ago_ns: int
    is_lost: bool
    is_slow: bool

    @property
    def word(self) -> str:
        """What is wrong with it, empty if nothing."""
        return "LOST" if self.is_lost else "SLOW" if self.is_slow else ""


def worker_activities(status: Status, previous: Status | None) -> list[WorkerActivity]:
    """Return the workers of `status`: the lost, the slow, then the others, by name."""
    rows = status["workers"]
    before = _rows_before(status, previous)
    passed_ns = status["uptime_ns"] - previous["uptime_ns"] if before and previous else 0
    new_quotes = {row["worker"]: _rise(row, before, "quotes") or 0 for row in rows}
    all_new, all_quotes = sum(new_quotes.values()), sum(row["quotes"] for row in rows)
    is_any_delivering = any(row["seen_ago_ns"] <= LOST_AFTER_NS for row in rows)
    activities = []
    for row in rows:
        quotes = new_quotes[row["worker"]] if all_new else row["quotes"]
        rise, busy_ns = _rise(row, before, "quotes"), _rise(row, before, "busy_ns")
        is_known = busy_ns is not None and passed_ns > 0
        others_ns = [other["busy_p99_ns"] for other in rows if other is not row]
        activities.append(
            WorkerActivity(
                name=row["worker"],
                quotes=row["quotes"],
                per_second=(rise or 0) * 1e9 / passed_ns if is_known else None,
                share=quotes / max(1, all_new or all_quotes),
                busy_share=min(1.0, (busy_ns or 0) / passed_ns) if is_known else None,
                batch_p99_ns=row["busy_p99_ns"],
                seen_ago_ns=row["seen_ago_ns"],
                is_lost=is_any_delivering and row["seen_ago_ns"] > LOST_AFTER_NS,
                is_slow=_is_slow(row["busy_p99_ns"], others_ns),
            )
        )
    return sorted(
        activities, key=lambda worker: (not worker.is_lost, not worker.is_slow, worker.name)
    )


def _is_slow(batch_p99_ns: int, others_ns: list[int]) -> bool:
    if not others_ns or batch_p99_ns < SLOW_FROM_NS:
        return False
    return batch_p99_ns > SLOW_TIMES * sorted(others_ns)[(len(others_ns) - 1) // 2]


def _rows_before(status: Status, previous: Status | None) -> dict[str, dict[str, Any]]:
    """Return the earlier rows by name, none if they are from another process."""
    if previous is None or previous["pid"] != status["pid"]:
        return {}
    return {row["worker"]: row for row in previous["workers"]}


def _rise(row: dict[str, Any], before: dict[str, dict[str, Any]], count: str) -> int | None:
    earlier = before.get(row["worker"])
    if earlier is None or row[count] < earlier[count]:
        return None
    rise: int = row[count] - earlier[count]
    return rise
