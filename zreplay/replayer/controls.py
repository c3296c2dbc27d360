"""Who may ask things of a running replayer, as its loop knows it: zreplay/controls/operator.py."""

from typing import Protocol

from protocol.sockets import Socket


class Controls(Protocol):
    @property
    def sockets(self) -> tuple[Socket, ...]: ...

    def answer_waiting(self) -> None: ...

    def look(self, now_ns: int) -> int:
        """Look at how the replayer does; return when to look again at the latest."""
