"""The side of a connection that hears the plain shape: how late messages come, and when none do.

Runs on the feed's event loop. Nothing is said to such a server, so that silence is of the whole
feed: it is put into the capture when it is seen, and again when it is over.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from protocol.program.diagnostics import Log
from zreplay.live.capture_records import Captured, RecordKind
from zreplay.live.gap import SILENT, Gap
from zreplay.live.reading_clock import ReadingClock
from zreplay.live.receipt_latency import ReceiptLatency

LOOK_SECONDS: Final = 1.0

log = Log("zreplay")


class PlainListener:
    """Listens to one feed from connection to connection; `silent_after_ns` 0 is never."""

    fault = ""
    """It never closes a connection."""

    def __init__(self, url: str, put: Callable[[Captured], None], silent_after_ns: int) -> None:
        self.receipts = ReceiptLatency()
        self._url = url
        self._put = put
        self._silent_after_ns = silent_after_ns
        self._number = 0
        self._reading = ReadingClock()
        self._last_ns = 0
        """When something came last, or the connection was made: of `_reading`."""
        self._silent_from_ns: int | None = None
        """Since when nothing came, Unix ns, if that is for long."""

    @property
    def is_silent(self) -> bool:
        return self._silent_from_ns is not None

    def begin(self, number: int, reading: ReadingClock) -> None:
        """Listen to a new connection, which is silent by its own clock."""
        self._number, self._reading = number, reading
        self._last_ns = reading.read_ns(time.monotonic_ns())

    def hear(self, messages: Sequence[bytes], recv_ns: int) -> None:
        """Take what came, after it was put into the capture."""
        self._last_ns = self._reading.read_ns(time.monotonic_ns())
        if self._silent_from_ns is not None:
            self._end_silence(self._silent_from_ns, recv_ns)
        self.receipts.hear(messages[-1], recv_ns)

    async def run(self) -> None:
        """Look for silence, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            quiet_ns = self._reading.read_ns(time.monotonic_ns()) - self._last_ns
            if self._silent_from_ns is None and 0 < self._silent_after_ns <= quiet_ns:
                now_ns = time.time_ns()
                self._silent_from_ns = now_ns - quiet_ns
                log.warning("no messages of a feed", url=self._url)
                self._put_gap(self._silent_from_ns, None, now_ns)

    def end(self) -> None:
        """Note that it is silent no longer: the connection is lost, which tells more."""
        if self._silent_from_ns is not None:
            self._end_silence(self._silent_from_ns, time.time_ns())

    def _end_silence(self, from_ns: int, to_ns: int) -> None:
        self._silent_from_ns = None
        self._put_gap(from_ns, to_ns, to_ns)

    def _put_gap(self, from_ns: int, to_ns: int | None, now_ns: int) -> None:
        gap = Gap(self._url, "", from_ns, to_ns, SILENT)
        self._put(Captured(RecordKind.GAP, now_ns, gap.pack(), self._number))
