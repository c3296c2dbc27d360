"""The end of a replayer that is told to stop or cannot go on: what is in flight is waited for."""

import time
from typing import Final

from protocol.program.diagnostics import Log
from zreplay.delivery.session import Session

DRAIN_LIMIT_NS: Final = 5_000_000_000
FAILURE_DRAIN_LIMIT_NS: Final = 60_000_000_000

log = Log("zreplay")


class Drain:
    """Ends a session behind what was sent."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, now_ns: int) -> None:
        """Send nothing new, wait for what is in flight, then end."""
        self._begin(now_ns, DRAIN_LIMIT_NS)

    def fail(self, error: Exception) -> None:
        """End so, and with this error."""
        ending = self._session.ending
        ending.failure = ending.failure or error
        self._begin(time.monotonic_ns(), FAILURE_DRAIN_LIMIT_NS)

    def _begin(self, now_ns: int, limit_ns: int) -> None:
        if not self._session.ending.is_draining:
            in_flight_quotes = self._session.window.in_flight_quotes
            log.info("draining; Ctrl-C ends at once", in_flight_quotes=in_flight_quotes)
            self._session.ending.drain(now_ns, limit_ns)
