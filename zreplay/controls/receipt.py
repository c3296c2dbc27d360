"""How long quotes took from the exchange to here: of live feeds, whose quotes are never late."""

from typing import Any


def slowest_receipt_ns(feeds: list[dict[str, Any]]) -> dict[str, int] | None:
    """Return receipt - exchange of the slowest feed; None if none has the exchange's time."""
    known = [feed["latency_ns"] for feed in feeds if feed["latency_ns"]]
    return max(known, key=lambda latency_ns: latency_ns["p99"], default=None)
