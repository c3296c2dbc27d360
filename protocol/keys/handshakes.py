"""What has become of the connections to one listener, and whether it refuses us. Pure.

A refusal by name is final: the same key will be refused again. That a handshake is cut off has
many reasons; where a key is used and none has ever succeeded, the likely one is that who listens
has another key than the one that is expected, which libzmq does not tell. Such a listener does so
at once: what only takes too long is a line that loses much. One that has let us in before has
got another key if it does nothing else for long: a listener with too many connections drops all.
"""

from enum import Enum
from typing import Final

CUT_OFF_NS: Final = 3_000_000_000
"""A listener that is being started cuts off for a shorter time."""
CHANGED_NS: Final = 20_000_000_000
"""So long one that has let us in before."""
SLOW_NS: Final = 1_500_000_000
"""Less than a handshake may take, by as much as who looks may look late."""


class Refused(Enum):
    """Why a listener does not let us in."""

    KEY = "key"
    MECHANISM = "mechanism"
    LISTENER = "listener"


class Handshakes:
    """The handshakes of one connecting socket, in the order in which they ended."""

    def __init__(self, *, has_key: bool) -> None:
        self._has_key = has_key
        self.has_succeeded = False
        self._cut_off_ns: int | None = None
        self._last_cut_ns = 0
        self._connected_ns: int | None = None
        self._times_cut = 0
        self._refused: Refused | None = None

    def connected(self, now_ns: int) -> None:
        """Note that one begins."""
        self._connected_ns = now_ns

    def succeeded(self) -> None:
        self.has_succeeded = True
        self._refused = None
        self._cut_off_ns, self._times_cut = None, 0

    def refused(self, why: Refused) -> None:
        self._refused = why

    def cut_off(self, now_ns: int) -> None:
        """Note a handshake that ended before its end, without a reason."""
        if self._connected_ns is not None and now_ns - self._connected_ns >= SLOW_NS:
            return
        self._times_cut += 1
        self._last_cut_ns = now_ns
        if self._cut_off_ns is None:
            self._cut_off_ns = now_ns

    def verdict(self, now_ns: int, *, is_last: bool = False) -> Refused | None:
        """Return why we are refused, None if we are not; `is_last` if nothing is waited for."""
        if self._refused is not None:
            return self._refused
        if not self._has_key or self._cut_off_ns is None:
            return None
        if self.has_succeeded:
            has_changed = self._last_cut_ns - self._cut_off_ns >= CHANGED_NS
            return Refused.LISTENER if has_changed else None
        is_long = now_ns - self._cut_off_ns >= CUT_OFF_NS
        is_certain = self._times_cut > 1 and (is_long or is_last)
        return Refused.LISTENER if is_certain else None
