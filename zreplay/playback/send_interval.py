"""How long paced quotes wait for others to leave with them: the grain of the replay."""

from typing import Final

DEFAULT_GRAIN_NS: Final = 600_000
MAX_GRAIN_NS: Final = 50_000_000
"""What is late by much more moves the clock: stalls.py."""
MAX_SEND_INTERVAL_NS: Final = 5_000_000
SEND_INTERVAL_PER_BATCH_NS: Final = 10_000
"""Paced batches are the larger, and so the fewer, the more of them are on their way."""


def send_interval_ns(grain_ns: int, in_flight_batches: int) -> int:
    """Return the least time between two paced batches: the grain, unless many are on their way."""
    return max(grain_ns, min(MAX_SEND_INTERVAL_NS, SEND_INTERVAL_PER_BATCH_NS * in_flight_batches))
