"""When a subscription is over: what was received and what the replayer answers decide.

A PUSH socket cannot tell each of its consumers that there is no more. So who has received nothing
for SILENCE_NS asks the replayer on its control socket, which only reads.

Rule 1: after SILENCE_NS without a batch it asks, and again after each further SILENCE_NS.
Rule 2: it is over once the replayer says DONE and nothing has come for another LAST_WAIT_NS, or
        for as long as its stream wants.
Rule 3: a replayer that has answered before and answers no more for LOST_NS is gone: what was still
        to come is lost, which is an error. If its last words were that it is ending (DRAINING),
        it was stopped and that is an end too: it is asked again after LAST_WAIT_NS, and gone if
        it does not answer then.
Rule 4: a replayer that never answered, and of which nothing came, is waited for.
"""

from enum import Enum, auto
from typing import Any, Final

from zreplay.controls.status import DONE, DRAINING

SILENCE_NS: Final = 1_000_000_000
LAST_WAIT_NS: Final = 250_000_000
LOST_NS: Final = 5_000_000_000


class Verdict(Enum):
    """Whether more may come."""

    GOES_ON = auto()
    IS_OVER = auto()
    IS_LOST = auto()


class EndWatch:
    """What is known of the end; instants come in as `now_ns`."""

    def __init__(self, now_ns: int, last_wait_ns: int = 0) -> None:
        self._last_wait_ns = last_wait_ns or LAST_WAIT_NS
        self.was_stopped = self.has_answered = False
        self.last_record = 0
        self._answered_ns: int | None = None
        self._over_ns: int | None = None
        self.next_ns = now_ns + SILENCE_NS
        """When to `look`, unless a batch comes before."""

    def received(self, now_ns: int) -> None:
        self._answered_ns = now_ns  # what comes shows that it is there
        self._over_ns = None
        self.next_ns = now_ns + SILENCE_NS

    def is_to_ask(self, now_ns: int) -> bool:
        """Tell whether the replayer is to be asked now."""
        return self._over_ns is None and now_ns >= self.next_ns

    def answered(self, answer: dict[str, Any] | None, now_ns: int) -> Verdict:
        """Take an answer to `status`, None if there was none."""
        self.next_ns = now_ns + SILENCE_NS
        if answer is None:
            return self._silence(now_ns)
        self._answered_ns, self.has_answered = now_ns, True
        self.last_record = answer["record"]
        self.was_stopped = answer["state"] == DRAINING
        if answer["state"] == DONE:
            self._over_ns = self.next_ns = now_ns + self._last_wait_ns
        elif self.was_stopped:
            self.next_ns = now_ns + LAST_WAIT_NS
        return Verdict.GOES_ON

    def waited(self, now_ns: int) -> Verdict:
        """Nothing came until now."""
        is_over = self._over_ns is not None and now_ns >= self._over_ns
        return Verdict.IS_OVER if is_over else Verdict.GOES_ON

    def _silence(self, now_ns: int) -> Verdict:
        if self.was_stopped:
            return Verdict.IS_OVER
        is_early = self._answered_ns is None or now_ns - self._answered_ns < LOST_NS
        return Verdict.GOES_ON if is_early else Verdict.IS_LOST
