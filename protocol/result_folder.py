"""The files of a run's folder that both programs name."""

from typing import Final

MIDS: Final = "mid_prices.log"
ERRORS: Final = "errors.log"
RING: Final = "commit.ring"
RUN_FILE: Final = "run.json"
"""What a `zreplay run` says of the run: its sockets, and how it ended."""
