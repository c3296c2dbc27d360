"""A replayer that is watched: it is asked, its last answers are kept, and keys are carried out.

It reads counters of another process, and sends what a key asks for to that process as `ctl`
would: whatever happens here, the run continues. Imports nothing that draws.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final, Self

import msgspec

from zreplay.controls.responder import Answer
from zreplay.screen.keys import Keys
from zreplay.screen.observation import Observation

STEP_SECONDS: Final = 0.05

Ask = Callable[[], Answer | None]
IsOver = Callable[[], bool]


class Clock(msgspec.Struct, frozen=True):
    """The time, and a way to sleep; tests pass their own.

    The end is noticed after at most `step_seconds` of sleep.
    """

    now_ns: Callable[[], int] = time.monotonic_ns
    unix_ns: Callable[[], int] = time.time_ns
    sleep: Callable[[float], object] = time.sleep
    step_seconds: float = STEP_SECONDS

    @classmethod
    def ended_by(cls, over: threading.Event) -> Self:
        """Return a clock whose sleep ends with the event, so that it need not be short."""
        return cls(sleep=over.wait, step_seconds=math.inf)


class Watched(msgspec.Struct, frozen=True):
    ask: Ask
    is_over: IsOver
    address: str
    clock: Clock
    keys: Keys
    as_json: bool
    seen: Observation = msgspec.field(default_factory=Observation)

    def look(self) -> bool:
        """Carry out the keys and ask once; False when it is over: what is shown stays."""
        answer = None
        if not self.is_over():
            self.keys.act(self.seen, self.clock.now_ns())
            answer = self.ask()
        if self.is_over():
            return False
        self.seen.on_answer(answer, self.clock.now_ns())
        return True

    def rest_until(self, instant_ns: int) -> None:
        """Wait, in steps short enough to notice the end."""
        while not self.is_over() and (left_ns := instant_ns - self.clock.now_ns()) > 0:
            self.clock.sleep(min(self.clock.step_seconds, left_ns / 1e9))
