"""The end of a replayer that was told to stop or has failed: it waits for what is in flight."""

import time
from typing import Final

from protocol.program.diagnostics import Log
from zreplay.delivery.session import Session

DRAIN_LIMIT_NS: Final = 5_000_000_000
FAILURE_DRAIN_LIMIT_NS: Final = 60_000_000_000

log = Log("zreplay")


class Drain:
    """Ends a session after what has been sent."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, now_ns: int) -> None:
        """Send nothing new, wait for what is in flight, then end."""
        self._begin(now_ns, DRAIN_LIMIT_NS)

    def fail(self, error: Exception, limit_ns: int = FAILURE_DRAIN_LIMIT_NS) -> None:
        """Drain, then end with this error."""
        ending = self._session.ending
        ending.failure = ending.failure or error
        self._begin(time.monotonic_ns(), limit_ns)

    def _begin(self, now_ns: int, limit_ns: int) -> None:
        if not self._session.ending.is_draining:
            in_flight_quotes = self._session.window.in_flight_quotes
            log.info("draining; Ctrl-C ends at once", in_flight_quotes=in_flight_quotes)
            self._session.ending.drain(now_ns, limit_ns)
