"""How long paced quotes wait for others to leave with them."""

from typing import Final

MIN_SEND_INTERVAL_NS: Final = 100_000
MAX_SEND_INTERVAL_NS: Final = 5_000_000
SEND_INTERVAL_PER_BATCH_NS: Final = 10_000
"""Paced batches are the larger, and so the fewer, the more of them are on their way."""


def send_interval_ns(in_flight_batches: int) -> int:
    """Return the least time between two paced batches."""
    interval_ns = SEND_INTERVAL_PER_BATCH_NS * in_flight_batches
    return max(MIN_SEND_INTERVAL_NS, min(MAX_SEND_INTERVAL_NS, interval_ns))
