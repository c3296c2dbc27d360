"""Where the loop waits: for messages, a wake-up, a signal, or an instant.

`Poller.poll` counts whole milliseconds, so the rest of a wait is slept, and its last 0.1 ms at most
is spun; an operator's command waits no longer than that rest.
"""

import contextlib
import os
import time
from pathlib import Path
from typing import Any, Final

import zmq

from protocol.program.stop import StopSignal
from protocol.sockets import Socket
from zreplay.replayer.sleep_overshoot import SleepOvershoot
from zreplay.replayer.wakeup import Wakeup

IDLE_WAIT_NS: Final = 1_000_000_000
MILLISECOND_NS: Final = 1_000_000
LOOK_NS: Final = 5_000_000
"""Where waits are short, it is not looked each time for what has come."""
TIMER_SLACK_FILE: Final = Path("/proc/self/timerslack_ns")
TIMER_SLACK_NS: Final = 1_000
"""Linux ends a sleep up to 50 us late, to save power, unless it is told not to."""


def sharpen_timer() -> None:
    """Ask the kernel to end the sleeps of the main thread on time, where it can be asked."""
    with contextlib.suppress(OSError):
        TIMER_SLACK_FILE.write_text(str(TIMER_SLACK_NS))


class Waiter:
    """One poller over sockets, the wake-up, the stop signal and the parent's pipe."""

    def __init__(self, stop: StopSignal, parent_fd: int | None) -> None:
        self.is_orphaned = False
        self._stop = stop
        self._parent_fd = parent_fd
        self._wakeup = Wakeup()
        self._writable: Socket | None = None
        self._next_look_ns = 0
        self._oversleep = SleepOvershoot()
        self._poller = zmq.Poller()
        self._poller.register(self._wakeup.fd, zmq.POLLIN)
        self._poller.register(stop.fd, zmq.POLLIN)
        if parent_fd is not None:
            self._poller.register(parent_fd, zmq.POLLIN)

    @property
    def is_stop_requested(self) -> bool:
        return bool(self._stop.requested)

    def wake(self) -> None:
        """End the wait; may be called from any thread."""
        self._wakeup.ring()

    def watch(self, *sockets: Socket | None) -> None:
        for socket in sockets:
            if socket is not None:
                self._poller.register(socket, zmq.POLLIN)

    def latest_ns(self, now_ns: int) -> int:
        """Return the latest instant to wait for, so that rates and timeouts stay true."""
        return now_ns + IDLE_WAIT_NS

    def wait(self, until_ns: int, writable: Socket | None, *, is_exact: bool = True) -> bool:
        """Wait for anything that is watched, for `writable` to take a message, or until.

        Returns whether something has come; what comes during the last ms is reported next time.
        """
        if writable is not self._writable:
            if self._writable is not None:
                self._poller.unregister(self._writable)
            if writable is not None:
                self._poller.register(writable, zmq.POLLOUT)
            self._writable = writable
        now_ns = time.monotonic_ns()
        left_ns = until_ns - now_ns
        if left_ns < MILLISECOND_NS and now_ns < self._next_look_ns and writable is None:
            self._rest(until_ns, now_ns, is_exact)
            return False
        self._next_look_ns = now_ns + LOOK_NS
        events = self._poller.poll(max(0, left_ns // MILLISECOND_NS))
        for source, _ in events:
            self._on_event(source)
        now_ns = time.monotonic_ns()
        if not events and until_ns - now_ns < 2 * MILLISECOND_NS:
            self._rest(until_ns, now_ns, is_exact)
        return bool(events)

    def _rest(self, until_ns: int, now_ns: int, is_exact: bool) -> None:
        if is_exact:
            self._sleep_until(until_ns, now_ns)
        elif now_ns < until_ns:
            time.sleep((until_ns - now_ns) / 1e9)

    def _sleep_until(self, until_ns: int, now_ns: int) -> None:
        """Sleep less, by as much as sleeps overshoot here, then spin until the instant."""
        asleep_ns = until_ns - now_ns - self._oversleep.expected_ns
        if asleep_ns > 0:
            time.sleep(asleep_ns / 1e9)
            self._oversleep.observe(time.monotonic_ns() - now_ns - asleep_ns)
        elif now_ns < until_ns:
            self._oversleep.observe(0)  # else it would never learn that sleeps end earlier now
        while time.monotonic_ns() < until_ns:
            pass

    def _on_event(self, source: Any) -> None:
        if source == self._wakeup.fd:
            self._wakeup.clear()
        elif source == self._stop.fd:
            self._poller.unregister(source)
        elif source == self._parent_fd and not os.read(source, 1):
            self.is_orphaned = True
            self._poller.unregister(source)

    def close(self) -> None:
        self._wakeup.close()
