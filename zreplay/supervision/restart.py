"""When a child that died is restarted, and when to give up.

Five deaths of one role without a commit between them end the run: what killed it five times
will kill it again. Pure: instants are arguments.
"""

from typing import Final

import msgspec

MAX_DEATHS: Final = 5
FIRST_DELAY_NS: Final = 50_000_000
MAX_DELAY_NS: Final = 2_000_000_000


class RestartPolicy(msgspec.Struct):
    """The deaths of one role since the last commit."""

    deaths: int = 0
    _progress: int = 0

    def died(self, progress: int, now_ns: int) -> int | None:
        """Return when to restart the role, or None to give up.

        `progress` is any count that grows with each commit.
        """
        if progress != self._progress:
            self._progress, self.deaths = progress, 0
        self.deaths += 1
        if self.deaths >= MAX_DEATHS:
            return None
        return now_ns + min(MAX_DELAY_NS, FIRST_DELAY_NS << (self.deaths - 1))
