"""What the screen knows of a replayer. In: answers; out: the newest, an older one, recent rates.

A tick is the last answer within a second of the screen's clock: rates come from ticks, so that a
picture drawn four times a second does not flicker.
"""

from collections import deque
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from zreplay.controls.worker_activity import Status

BUSY_SPAN_NS: Final = 2_000_000_000
"""The age of the earlier answer: busy shares over a shorter time would flicker."""
SILENCE_NS: Final = 1_000_000_000
"""A shorter silence is not shown: one answer was slow."""
HISTORY_SECONDS: Final = 240
_NS_PER_SECOND: Final = 1_000_000_000


class _Tick(NamedTuple):
    second: int
    epoch: int
    sent: int
    committed: int


class Observation(msgspec.Struct):
    """`silent_ns` is 0 while answers arrive, else how long none has."""

    silent_ns: int = 0
    _answers: deque[tuple[int, Status]] = msgspec.field(default_factory=deque)
    _ticks: deque[_Tick] = msgspec.field(default_factory=lambda: deque(maxlen=HISTORY_SECONDS))

    @property
    def status(self) -> Status | None:
        """The newest answer; it stays while the replayer is silent."""
        return self._answers[-1][1] if self._answers else None

    @property
    def previous(self) -> Status | None:
        """The oldest answer of the last seconds, None if there is only the newest."""
        return self._answers[0][1] if len(self._answers) > 1 else None

    def on_answer(self, answer: Status | None, now_ns: int) -> None:
        """Take an answer; None means that nothing answered."""
        if answer is not None:
            self._answers.append((now_ns, answer))
            while now_ns - self._answers[0][0] > BUSY_SPAN_NS:
                self._answers.popleft()
            self._take_tick(answer, now_ns // _NS_PER_SECOND)
        silent_ns = now_ns - self._answers[-1][0] if self._answers else 0
        self.silent_ns = silent_ns if silent_ns >= SILENCE_NS else 0

    def rates(self, seconds: int) -> tuple[list[float], list[float]]:
        """Return quotes sent and committed in each of the last whole seconds, the newest last.

        A second without an answer gets the average of its neighbours; fewer are returned while
        fewer have passed.
        """
        sent: list[float] = []
        committed: list[float] = []
        # The current second is not over: its tick still grows.
        for earlier, later in pairwise(list(self._ticks)[:-1]):
            passed = later.second - earlier.second
            times = min(passed, seconds)
            # A restarted replayer knows what was sent before only once the sink has admitted it.
            is_told = later.epoch > 0 == earlier.epoch
            sent_now = 0 if is_told else max(0, later.sent - earlier.sent)
            committed_now = 0 if is_told else max(0, later.committed - earlier.committed)
            sent += [sent_now / passed] * times
            committed += [committed_now / passed] * times
        return sent[-seconds:], committed[-seconds:]

    def _take_tick(self, status: Status, second: int) -> None:
        tick = _Tick(
            second,
            status["epoch"],
            status["sent"],
            status["committed"],
        )
        if self._ticks and self._ticks[-1].second == second:
            self._ticks.pop()
        self._ticks.append(tick)
