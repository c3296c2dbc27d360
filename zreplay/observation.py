"""What a watcher knows of a replayer. In: answers; out: the newest, an older one, the silence."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from zreplay.worker_activity import Status

BUSY_SPAN_NS: Final = 2_000_000_000
"""The earlier answer is so old at most: busy shares over less than that would flicker."""
SILENCE_NS: Final = 1_000_000_000
"""A shorter silence is not worth a word: one answer was slow."""


@dataclass(slots=True)
class Observation:
    """`silent_ns` is 0 while answers come, else how long none has come."""

    silent_ns: int = 0
    _answers: deque[tuple[int, Status]] = field(default_factory=deque)

    @property
    def status(self) -> Status | None:
        """The newest answer; it stays while the replayer is silent."""
        return self._answers[-1][1] if self._answers else None

    @property
    def previous(self) -> Status | None:
        """The oldest answer of the last seconds, None if there is only the newest."""
        return self._answers[0][1] if len(self._answers) > 1 else None

    def on_answer(self, answer: Status | None, now_ns: int) -> None:
        """Take an answer; None means that nobody answered."""
        if answer is not None:
            self._answers.append((now_ns, answer))
            while now_ns - self._answers[0][0] > BUSY_SPAN_NS:
                self._answers.popleft()
        silent_ns = now_ns - self._answers[-1][0] if self._answers else 0
        self.silent_ns = silent_ns if silent_ns >= SILENCE_NS else 0
