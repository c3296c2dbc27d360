"""What of the inputs is to be opened before anything more is sent, each in its turn.

To open takes its time. What is wanted meanwhile may make void what is being opened: that is then
not what was asked for any more, and says nothing about where the inputs stand.
"""

from collections.abc import Mapping

import msgspec

from protocol.messages import Mode


class OpenRun(msgspec.Struct, frozen=True):
    """Each mode at its cursor, empty is the start; `is_begun`: the sink has some of the run."""

    cursors: Mapping[Mode, bytes]
    is_begun: bool


class OpenSought(msgspec.Struct, frozen=True):
    """The files where quotes arrive then or later, None is the start; they stood at `before`."""

    arrival_ns: int | None
    before: bytes


class OpenNextPass(msgspec.Struct, frozen=True):
    """The files at their beginning again."""


class ReturnToEnd(msgspec.Struct, frozen=True):
    """The files at the end of the pass that ended: the next one is not to be."""


Opening = OpenRun | OpenSought | OpenNextPass | ReturnToEnd


class Openings:
    """Holds few: a run overrides all that is wanted, a seek all but a run."""

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
