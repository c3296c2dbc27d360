"""The clocks of a program that receives live: when it ends by itself, and what became of them."""

import time
from typing import Final

from protocol.program.diagnostics import Log
from zreplay.live.clock_watch import ClocksRead, ClockWatch
from zreplay.live.live_end import LiveEnd
from zreplay.replayer.live_start import LiveStart, boot_id

LOOK_NS: Final = 1_000_000_000

log = Log("zreplay")


def read_clocks() -> ClocksRead:
    """Read all three; where none counts the time of a suspended machine, it is not told."""
    boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return ClocksRead(time.time_ns(), time.monotonic_ns(), time.clock_gettime_ns(boot))


class LiveClock:
    """Looked at once a second; `start` is of the whole run, of an earlier process too."""

    def __init__(self, end: LiveEnd, first: ClocksRead, start: LiveStart | None = None) -> None:
        self._end = end
        self._start = start
        before_ns = 0
        if start is not None and end.duration_ns is not None:
            before_ns = start.elapsed_ns(first, boot_id())
        if before_ns:
            log.info("the run goes on", after_seconds=round(before_ns / 1e9, 1))
        self._began_ns = first.boot_ns - before_ns
        self._watch = ClockWatch(first)
        self._next_look_ns = 0
        self._has_ended = False

    def has_ended(self, now_ns: int) -> bool:
        """Tell whether the run is over; looks at the clocks if it is time to."""
        if now_ns < self._next_look_ns or self._has_ended:
            return self._has_ended
        self._next_look_ns = now_ns + LOOK_NS
        return self.look(read_clocks())

    def end_well(self) -> None:
        """Note that the run has ended, and is not to go on by itself."""
        if self._start is not None:
            self._start.end()

    def look(self, now: ClocksRead) -> bool:
        """Tell whether the run is over, and say what became of the clocks."""
        event = self._watch.look(now)
        if event is not None and event.set_by_ns:
            log.warning("the clock was set", by_seconds=round(event.set_by_ns / 1e9, 3))
        if event is not None and event.suspended_ns:
            log.warning("the machine was suspended", seconds=round(event.suspended_ns / 1e9, 1))
        if self._end.has_come(now.boot_ns - self._began_ns, now.wall_ns):
            self._has_ended = True
            log.info("the run ends", by=self._end.why())
        return self._has_ended
