"""A replayer that is watched in tests: it answers by the clock that it also moves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.zreplay.answers import SECOND_NS, make_status
from zreplay.screen.watched import Clock


@dataclass
class FakeReplayer:
    """Answers by the clock that it also moves; `ends_ns` is when the run is over."""

    ends_ns: int
    is_silent: Callable[[int], bool] = lambda now_ns: False
    now_ns: int = 0
    asked_ns: list[int] = field(default_factory=list)

    def ask(self) -> dict[str, Any] | None:
        self.asked_ns.append(self.now_ns)
        return None if self.is_silent(self.now_ns) else make_status(sent=self.now_ns // SECOND_NS)

    def is_over(self) -> bool:
        return self.now_ns >= self.ends_ns

    def clock(self) -> Clock:
        def sleep(seconds: float) -> None:
            self.now_ns += round(seconds * 1e9)

        return Clock(now_ns=lambda: self.now_ns, unix_ns=lambda: self.now_ns, sleep=sleep)
