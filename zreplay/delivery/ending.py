"""Whether a run goes on: complete at the sink, drained, failed. Instants come in."""


class Ending:
    """What ends one replayer's side of a run; nothing more is sent once that is decided."""

    def __init__(self, *, exits_when_done: bool, is_acknowledged: bool) -> None:
        self.was_complete = False
        """The sink had the whole run when it let this replayer in."""
        self.is_finished = False
        """The sink has the whole run now."""
        self.is_draining = False
        self.failure: Exception | None = None
        self.exits_when_done = exits_when_done
        self._is_acknowledged = is_acknowledged
        self._drain_until_ns = 0

    @property
    def is_complete(self) -> bool:
        return self.was_complete or self.is_finished

    @property
    def is_decided(self) -> bool:
        """True once nothing more is to be sent."""
        return self.is_draining or self.is_complete

    def welcomed(self, *, is_complete: bool) -> None:
        """Know what the sink has; one whose logs were damaged may have less than before."""
        self.was_complete, self.is_finished = is_complete, False

    def acknowledged(self, *, is_finished: bool) -> None:
        """Know what the sink says; an older answer may come later."""
        self.is_finished = self.is_finished or is_finished

    def drain(self, now_ns: int, limit_ns: int) -> None:
        """Wait for what is in flight, but no longer than that, and then end."""
        if not self.is_draining:
            self.is_draining, self._drain_until_ns = True, now_ns + limit_ns

    def is_settled(self, end: int | None) -> bool:
        """Tell whether no command can change the run any more; `end` is its length, if known."""
        return self.is_complete or end is not None

    def has_come(self, end: int | None) -> bool:
        """Tell whether the run is whole: the sink says so, or it was all sent and there is none."""
        return self.is_finished or (end is not None and not self._is_acknowledged)

    def is_drained(self, now_ns: int, *, is_idle: bool) -> bool:
        """Tell whether to end now; `is_idle`: nothing that is in flight can be waited for."""
        return self.is_draining and (is_idle or now_ns > self._drain_until_ns)
