"""Messages in transit: each takes its own time, so that any may overtake another."""

from random import Random


class Wire[T]:
    """Holds what was sent and has not come yet; `tick` is now."""

    def __init__(self, choices: Random, delay_ticks: int) -> None:
        self._choices = choices
        self._delay_ticks = delay_ticks
        self._messages: list[tuple[int, T]] = []

    def send(self, message: T, tick: int) -> None:
        self._messages.append((tick + self._delay_ticks, message))

    def take(self, tick: int) -> T | None:
        """Return one of those that may have come by now."""
        there = [place for place, (ready, _) in enumerate(self._messages) if ready <= tick]
        if not there:
            return None
        return self._messages.pop(there[self._choices.randrange(len(there))])[1]

    def lose(self) -> None:
        if self._messages:
            self._messages.pop(self._choices.randrange(len(self._messages)))

    def repeat(self, tick: int) -> None:
        if self._messages:
            self.send(self._choices.choice(self._messages)[1], tick)
