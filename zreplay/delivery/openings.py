"""What of the inputs is to be opened before anything more is sent, each in its turn.

To open takes its time. What is wanted meanwhile may make void what is being opened: that is then
not what was asked for any more, and says nothing about where the inputs stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.messages import Mode


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Each mode at its place, empty is the start; `is_begun`: the sink has some of the run."""

    places: Mapping[Mode, bytes]
    is_begun: bool


@dataclass(frozen=True, slots=True)
class OpenSought:
    """The files where quotes arrive then or later, None is the start; they stood at `before`."""

    arrival_ns: int | None
    before: bytes


@dataclass(frozen=True, slots=True)
class OpenNextPass:
    """The files at their beginning again."""


@dataclass(frozen=True, slots=True)
class ReturnToEnd:
    """The files at the end of the pass that ended: the next one is not to be."""


Opening = OpenRun | OpenSought | OpenNextPass | ReturnToEnd


class Openings:
    """Holds few: each kind makes void what it overrides."""

    def __init__(self) -> None:
        self._wanted: list[Opening] = []

    @property
    def first(self) -> Opening | None:
        """What is to be opened now, None if all is."""
        return self._wanted[0] if self._wanted else None

    def add(self, opening: Opening) -> None:
        """Want this, behind what it does not override."""
        match opening:
            case OpenRun():
                self._wanted = []
            case OpenSought():
                self._wanted = [each for each in self._wanted if isinstance(each, OpenRun)]
        self._wanted.append(opening)

    def done(self, opening: Opening) -> bool:
        """Note that this very one is opened; False if it is not wanted any more."""
        if self.first is not opening:
            return False
        del self._wanted[0]
        return True
