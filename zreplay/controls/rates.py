"""Cumulative counts -> rates per second: quotes sent, quotes committed, time replayed."""

from collections import deque
from typing import Final

import msgspec

from zreplay.controls.pace import Pace

RATE_SPAN_NS: Final = 2_000_000_000
RATE_STEP_NS: Final = 50_000_000
"""A sample that follows sooner replaces the last one."""


class RateMeter(msgspec.Struct):
    """Quotes a second over the last two seconds, from cumulative counts."""

    _samples: deque[tuple[int, int]] = msgspec.field(default_factory=deque)

    def sample(self, count: int, now_ns: int) -> None:
        if len(self._samples) > 1 and now_ns - self._samples[-2][0] < RATE_STEP_NS:
            self._samples[-1] = (now_ns, count)
            return
        self._samples.append((now_ns, count))
        while self._samples[-1][0] - self._samples[0][0] > RATE_SPAN_NS:
            self._samples.popleft()

    def per_second(self) -> float:
        if len(self._samples) < 2:
            return 0.0
        (first_ns, first), (last_ns, last) = self._samples[0], self._samples[-1]
        return max(0, last - first) * 1e9 / max(1, last_ns - first_ns)


class Rates(msgspec.Struct):
    """The rates of one replayer, which began then."""

    started_ns: int = 0
    sent: RateMeter = msgspec.field(default_factory=RateMeter)
    committed: RateMeter = msgspec.field(default_factory=RateMeter)
    replayed_ns: RateMeter = msgspec.field(default_factory=RateMeter)
    pace: Pace = msgspec.field(default_factory=Pace)

    def begin(self) -> None:
        """Forget what was counted: the counters jump on resume, and a jump is not a rate."""
        self.sent, self.committed, self.replayed_ns = RateMeter(), RateMeter(), RateMeter()

    def sample(self, sent: int, committed: int, replayed_ns: int, now_ns: int) -> None:
        self.sent.sample(sent, now_ns)
        self.committed.sample(committed, now_ns)
        self.replayed_ns.sample(replayed_ns, now_ns)
