"""The operator of a running replayer as the loop sees it: see zreplay/controls/operator.py."""

from typing import Protocol

from protocol.sockets import Socket


class Controls(Protocol):
    @property
    def sockets(self) -> tuple[Socket, ...]: ...

    def answer_waiting(self) -> object: ...

    def look(self, now_ns: int) -> int:
        """Check on the replayer; return the latest instant for the next check."""
