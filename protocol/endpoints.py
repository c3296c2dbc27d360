"""The default addresses of the programs, which leave the host, and how much a pipe may hold."""

from typing import Final

DATA_ENDPOINT: Final = "tcp://127.0.0.1:5555"
CONTROL_ENDPOINT: Final = "tcp://127.0.0.1:5556"
RESULT_ENDPOINT: Final = "tcp://127.0.0.1:5557"
SYNC_ENDPOINT: Final = "tcp://127.0.0.1:5558"
MOST_HWM: Final = 1_000_000
"""In messages, as ZeroMQ counts a pipe; more is surely a mistake."""
BROADCAST_HWM: Final = 256
"""Batches that wait for one subscriber of a broadcast; it misses what comes while they do."""
BROADCAST_BATCH_QUOTES: Final = 4096
"""No more go into a batch that is broadcast: what waits for a subscriber is below 100 MB."""
PUBLISH_HWM: Final = 8192
"""Messages of committed mids that wait for one subscriber; it misses what comes while they do."""


def is_over_tcp(endpoint: str) -> bool:
    """Return whether what is sent there may leave the host."""
    return endpoint.startswith("tcp://")
