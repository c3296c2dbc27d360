"""Whoever listens asks it who is let in: at the handshake, and again of each message.

The handshakes are judged on the thread of ZAP, the messages on the loop's: what both touch is
replaced as a whole, or is a queue.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from zmq.utils import z85

from protocol import zap
from protocol.keys.allowed import AllowedKeys, Judgement
from protocol.keys.key import Key
from protocol.keys.role import CONTROL

CURVE: Final = "CURVE"
MOST_REFUSALS: Final = 256
"""That nobody has looked at yet; of more the first are forgotten."""


class Refusal(NamedTuple):
    """Who was refused, where and why; `name` is empty where the key is not known."""

    socket: str
    address: str
    name: str
    reason: str


class Guard:
    """The key of this process, and who is let in where it listens."""

    def __init__(
        self,
        key: Key,
        allowed: AllowedKeys | None = None,
        changed: Callable[[], AllowedKeys | None] = lambda: None,
        problem: Callable[[], str] = lambda: "",
    ) -> None:
        """`changed` returns those that are let in from now on, None if they are the same.

        `problem` returns why that cannot be told now, empty if it can.
        """
        self.problem = problem
        self.key = key
        self.refusals: deque[Refusal] = deque(maxlen=MOST_REFUSALS)
        self._allowed = allowed or AllowedKeys({})
        self._changed = changed
        self._let_in: set[tuple[str, str]] = set()

    def admit(self, candidate: zap.Candidate) -> zap.ZapVerdict:
        """Judge a peer at its handshake; it speaks CURVE where a key is needed, else NULL."""
        if candidate.mechanism != CURVE:
            return zap.admit_unauthenticated(candidate)
        self.look()
        public = _public_of(candidate)
        judgement = self._allowed.judge(public, candidate.domain)
        if not judgement.is_allowed:
            self.refusals.append(
                Refusal(candidate.domain, candidate.address, judgement.name, judgement.reason)
            )
            return zap.ZapVerdict(False, judgement.reason)
        self._let_in.add((candidate.domain, public))
        return zap.ZapVerdict(True, user=public)

    def check(self, user: str, socket: str) -> bool:
        """Return whether the sender of a message, whom libzmq calls `user`, may speak there.

        If not, it is told among the refusals.
        """
        judgement = self._allowed.judge(user, socket)
        if not judgement.is_allowed:
            self.refuse(socket, judgement)
        return judgement.is_allowed

    def refuse(self, socket: str, judgement: Judgement) -> None:
        """Note that a message was refused, for the diagnostics."""
        self.refusals.append(Refusal(socket, "", judgement.name, judgement.reason))

    def check_change(self, user: str, verb: str) -> bool:
        """Return whether the sender of a request may use a verb that changes the replay.

        If not, it is told among the refusals.
        """
        may = self._allowed.may_change(user)
        if not may:
            name = self._allowed.judge(user, CONTROL).name
            self.refuse(CONTROL, Judgement(False, name, f"its role may not {verb}"))
        return may

    def look(self) -> None:
        """Take over a list that has changed."""
        if (allowed := self._changed()) is not None:
            self._allowed = allowed

    def take_outdated(self) -> set[str]:
        """Return the sockets with a peer that was let in and would not be now; each once."""
        outdated = {
            socket
            for socket, public in self._let_in.copy()
            if not self._allowed.judge(public, socket).is_allowed
        }
        # In place: whoever is let in meanwhile, on the other thread, stays noted.
        self._let_in.difference_update(
            [entry for entry in self._let_in.copy() if entry[0] in outdated]
        )
        return outdated


def _public_of(candidate: zap.Candidate) -> str:
    try:
        return z85.encode(candidate.credentials[0]).decode()
    except (IndexError, ValueError):
        return ""
