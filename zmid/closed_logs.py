"""The closed logs of a sink: what they count is kept, then they are removed or compressed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from protocol.program.diagnostics import Log
from zmid.result_log import ResultLog
from zmid.settings import SinkSettings

if TYPE_CHECKING:
    from zmid.log_keeping import LogKeeping
    from zmid.publisher import Publisher

TURN_NS: Final = 1_000_000_000
LEFT_SECONDS: Final = 2.0
"""A sink that is asked to end compresses for so long: in a run it is killed after 5 s."""

log = Log("sink")


class ClosedLogs:
    """`turn` sees to them once a second, whether anything is committed or not."""

    def __init__(
        self, settings: SinkSettings, result_log: ResultLog, publisher: "Publisher | None"
    ) -> None:
        self._log = result_log
        self._publisher = publisher
        self._keeping = _keeping(settings)
        self._next_ns = 0
        self._is_said = False

    def turn(self, now_ns: int) -> None:
        last = self._log.last
        if now_ns < self._next_ns or last is None or not last.manifest_tail.length:
            return
        self._next_ns = now_ns + TURN_NS
        named: Mapping[str, int] = self._log.named
        if self._publisher is not None:
            named = self._publisher.keep_counts(last, named)
        if self._keeping is not None:
            self._keeping.turn(last.manifest_tail.length, last.elapsed_ns, named)

    def are_left(self, now_ns: int) -> bool:
        """Return whether something that may be compressed is not yet; nothing else is to come."""
        self.turn(now_ns)
        if self._keeping is None or not self._keeping.is_busy:
            return False
        if not self._is_said:
            log.info("compressing what was closed last")
            self._is_said = True
        return True

    def end(self, now_ns: int) -> None:
        """See to them once more, for LEFT_SECONDS at most."""
        self._next_ns = 0
        self.turn(now_ns)
        if self._keeping is not None:
            self._keeping.give_up(LEFT_SECONDS)


def _keeping(settings: SinkSettings) -> "LogKeeping | None":
    if not (settings.retention.is_on or settings.compress):
        return None
    from zmid.log_keeping import LogKeeping  # most sinks keep all as it is

    keeping = LogKeeping(settings.out, settings.retention, compresses=bool(settings.compress))
    keeping.begin()
    return keeping
