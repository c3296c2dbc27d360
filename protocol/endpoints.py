"""The default addresses of the programs, and how much a pipe may hold."""

from typing import Final

DATA_ENDPOINT: Final = "tcp://127.0.0.1:5555"
CONTROL_ENDPOINT: Final = "tcp://127.0.0.1:5556"
RESULT_ENDPOINT: Final = "tcp://127.0.0.1:5557"
SYNC_ENDPOINT: Final = "tcp://127.0.0.1:5558"
MOST_HWM: Final = 1_000_000
"""In messages, as ZeroMQ counts a pipe; more is surely a mistake."""
