"""What the operator reads: the state word and the status object (schema 1).

Pure: the replayer's facts in, a JSON-ready object out. Times are integer nanoseconds unless
a name says otherwise.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from protocol.messages import LIVE, MAX_DIAGNOSTICS, Diagnostic, Report
from zreplay.quotes.timestamp_text import time_text

WAITING: Final = "WAITING"
RUNNING: Final = "RUNNING"
PAUSED: Final = "PAUSED"
BLOCKED: Final = "BLOCKED"
NO_WORKERS: Final = "NO WORKERS"
RECONNECTING: Final = "RECONNECTING"
DRAINING: Final = "DRAINING"
DONE: Final = "DONE"
STATES: Final = (WAITING, RUNNING, PAUSED, BLOCKED, NO_WORKERS, RECONNECTING, DRAINING, DONE)

SCHEMA: Final = 1
LASTS_NS: Final = 500_000_000
"""A shorter wait for room is how a full pipe works, and no state."""
START_SHARE: Final = 0.0005
"""A smaller share is written as 0.0 %."""


class Facts(msgspec.Struct, frozen=True):
    """What the state word depends on."""

    mode: str
    is_paused: bool
    is_draining: bool
    is_done: bool
    is_let_in: bool
    blocked_ns: int
    consumers: int
    is_window_full: bool
    in_flight_quotes: int
    sync: str
    bind: str
    stalled: str
    gate: str
    feeds: list[dict[str, Any]]
    reading: str = ""
    """What is read before the next quote is known, empty if it is not far."""

    is_opening: bool = False
    is_tended: bool = False
    """True where `run` starts the other parts: the user need not."""


def state_of(facts: Facts) -> tuple[str, str]:
    """Return the state word and what the replayer is waiting for, empty if for nothing."""
    if facts.is_draining:
        count = facts.in_flight_quotes
        return DRAINING, f"{count} quotes that are not committed yet" if count else ""
    if not facts.is_let_in:
        by_hand = f"the sink at {facts.sync} (start `zmid sink`, or serve with --acks none)"
        return WAITING, "its parts, which are starting" if facts.is_tended else by_hand
    if facts.is_opening:
        return WAITING, "the inputs, which are being opened"
    if facts.gate:
        return WAITING, facts.gate
    if facts.stalled:
        return BLOCKED, f"room on the disk: {facts.stalled}"
    if facts.is_paused:
        return PAUSED, "resume" + (f", and {facts.reading}" if facts.reading else "")
    if facts.blocked_ns and not facts.is_window_full and not facts.consumers:
        gone = "; all that there were are gone" if facts.in_flight_quotes else ""
        by_hand = "" if facts.is_tended else f" (start `zmid worker --source {facts.bind}`)"
        return NO_WORKERS, f"a worker{by_hand}{gone}"
    if facts.blocked_ns >= LASTS_NS:
        if facts.is_window_full:
            return BLOCKED, "the sink to commit what is in flight"
        return BLOCKED, "the workers, which are busy"
    if facts.mode == LIVE and not any(feed["state"] == "connected" for feed in facts.feeds):
        reasons = [f": {feed['last_error']}" for feed in facts.feeds if feed["last_error"]]
        return RECONNECTING, "the feed" + "".join(reasons[:1])
    if facts.mode == LIVE and (lacks := [feed["lack"] for feed in facts.feeds if feed["lack"]]):
        return WAITING, f"quotes: {lacks[0]}"
    if facts.is_done:
        return DONE, "a command: the files are at their end"
    return RUNNING, facts.reading


def pass_text(answer: dict[str, Any]) -> str:
    """Say which pass of a loop this is; empty if there is only one."""
    number, passes = answer["pass"] + 1, answer["passes"]
    if passes is None:
        return f"pass {number}"
    return f"pass {number} of {passes}" if passes > 1 else ""


def position_text(answer: dict[str, Any]) -> str:
    """Return the run's position, from any answer; empty if it is unknown."""
    share: float | None = answer["progress"]
    if answer["time"]:
        return str(answer["time"])
    if share == 1:
        return "the end"
    # A seek may go to the start too, and the first row comes after a header.
    is_start = not answer["record"] or (share is not None and share < START_SHARE)
    return "the start" if is_start else ""


def sink_row(report: Report | None, version: str) -> dict[str, Any]:
    """Return what the sink says of itself; all zero and empty until it has been heard from."""
    return {
        "duplicates": report.duplicates if report else 0,
        "refused_results": report.refused if report else 0,
        "dropped_messages": report.dropped if report else 0,
        "waiting_results": report.waiting if report else 0,
        "version": version,
    }


def diagnostic_rows(own: Iterable[Diagnostic], report: Report | None) -> list[dict[str, Any]]:
    """Return the last warnings of the replayer and the sink, the newest last."""
    said = sorted((*own, *(report.diagnostics if report else ())), key=lambda one: one.unix_ns)
    return [
        {
            "unix_ns": one.unix_ns,
            "time": time_text(one.unix_ns),
            "level": one.level,
            "text": one.text,
            "count": one.count,
        }
        for one in said[-MAX_DIAGNOSTICS:]
    ]


def worker_rows(report: Report | None) -> list[dict[str, Any]]:
    """Return a row for each worker known to the sink."""
    if report is None:
        return []
    return [
        {
            "worker": row.worker,
            "quotes": row.quotes,
            "busy_ns": row.busy_ns,
            "busy_p99_ns": row.busy_p99_ns,
            "seen_ago_ns": row.seen_ago_ns,
            "version": row.version,
        }
        for row in report.workers
    ]
