"""How long quotes took from the exchange to here: of live feeds, whose quotes are never late."""

from typing import Any, Final

DAY_NS: Final = 86_400 * 10**9


def slowest_receipt_ns(feeds: list[dict[str, Any]]) -> dict[str, int] | None:
    """Return receipt - exchange of the slowest feed; None if none has the exchange's time."""
    known = [feed["latency_ns"] for feed in feeds if feed["latency_ns"]]
    return max(known, key=lambda latency_ns: latency_ns["p99"], default=None)


def lack_of_receipt(feeds: list[dict[str, Any]]) -> str:
    """Return why it is not known how long quotes take."""
    if off_ns := next((feed["off_ns"] for feed in feeds if feed["off_ns"]), 0):
        days = abs(off_ns) // DAY_NS
        return f"the times are {days:,} day{'s' if days > 1 else ''} off"
    if not any(feed["messages"] for feed in feeds):
        return "nothing came yet"
    return "the feeds give no time of the exchange"
