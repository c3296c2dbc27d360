"""A service manager learns that a program is ready, alive and ending (systemd's `Type=notify`).

It is told from the loop itself: a loop that hangs is restarted after `WatchdogSec`. Nobody waits
for it, and without NOTIFY_SOCKET nothing is said. Not the package sdnotify: it does not know
WATCHDOG_USEC, and it is three lines.
"""

import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Final, Self

from protocol.whole_number import whole_number

VARIABLES: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
"""They are for the process that the service manager started, and for none of its children."""
_MAX_WATCHDOG_USEC: Final = 2**53
_NEVER_NS: Final = 2**63


class ServiceManager:
    """Say READY=1 at the first turn of a loop, WATCHDOG=1 twice an interval, STOPPING=1 once.

    `address` empty is nobody; `watchdog_ns` 0 is a service without a watchdog.
    """

    def __init__(self, address: str = "", watchdog_ns: int = 0) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every_ns = watchdog_ns // 2
        self._next_ns = 0
        self._is_ready = self._is_ending = False

    @classmethod
    def of(cls, variables: Mapping[str, str], pid: int | None = None) -> Self:
        """Return the service manager that these variables name, if they are for this process."""
        own = str(os.getpid() if pid is None else pid)
        watchdog_usec = whole_number(variables.get("WATCHDOG_USEC", ""), _MAX_WATCHDOG_USEC) or 0
        if variables.get("WATCHDOG_PID", own) != own:
            watchdog_usec = 0
        return cls(variables.get("NOTIFY_SOCKET", ""), watchdog_usec * 1_000)

    def turn(self, now_ns: int, *, is_ending: bool = False) -> None:
        """Note a turn of the loop, at least one in a second or so."""
        if not self._address:
            return
        if not self._is_ready:
            self._is_ready = True
            self._say("READY=1")
            self._next_ns = now_ns + self._every_ns if self._every_ns else _NEVER_NS
        elif now_ns >= self._next_ns:
            self._next_ns = now_ns + self._every_ns
            self._say("WATCHDOG=1")
        if is_ending and not self._is_ending:
            self._is_ending = True
            self._say("STOPPING=1")

    def _say(self, text: str) -> None:
        """Send a datagram; one that the service manager does not take is lost."""
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link,
        ):
            link.setblocking(False)
            link.sendto(text.encode(), self._address)


NOBODY: Final = ServiceManager()
