"""How often a host may be asked for a connection: shared by all feeds that it has. Pure.

Rule 1: within any span of the venue's length no more tries than it allows, whoever makes them;
        each try counts, also one that fails.
Rule 2: what the host says to one feed holds for all: with Retry-After nobody asks before that, but
        LONGEST_TOLD_NS is the most; 418 (banned) is that long at least; 429 (too many) without it
        16 s, twice that the next time, and so on, until a connection is accepted.
"""

from collections import deque
from typing import Final, NamedTuple

from zreplay.live.back_off import LONGEST_TOLD_NS

BANNED: Final = 418
TOO_MANY: Final = 429
TOO_MANY_NS: Final = 16_000_000_000


class Tries(NamedTuple):
    """The most tries in any span of this length."""

    most: int
    within_ns: int


class HostBudget:
    """The tries of one host; times are monotonic ns."""

    def __init__(self) -> None:
        self._budgets: dict[Tries, deque[int]] = {}
        self._closed_until_ns = 0
        self._refusals = 0

    def allow(self, tries: Tries | None) -> None:
        """Keep to a budget too; of several each holds."""
        if tries is not None:
            self._budgets.setdefault(tries, deque(maxlen=tries.most))

    def take(self, now_ns: int) -> int:
        """Take a try, and return 0; or return how long to wait before asking again."""
        wait_ns = max(0, self._closed_until_ns - now_ns)
        for (most, within_ns), taken in self._budgets.items():
            if len(taken) == most:
                wait_ns = max(wait_ns, taken[0] + within_ns - now_ns)
        if not wait_ns:
            for taken in self._budgets.values():
                taken.append(now_ns)
        return wait_ns

    def on_accepted(self) -> None:
        self._refusals = 0

    def on_refused(self, status: int, told_ns: int, now_ns: int) -> None:
        """Take the answer of HTTP that was not a websocket; `told_ns` is Retry-After, 0 if none."""
        away_ns = told_ns
        if status == BANNED:
            away_ns = LONGEST_TOLD_NS
        elif status == TOO_MANY and not told_ns:
            away_ns = TOO_MANY_NS << min(self._refusals, 8)
            self._refusals += 1
        until_ns = now_ns + min(away_ns, LONGEST_TOLD_NS)
        self._closed_until_ns = max(self._closed_until_ns, until_ns)
