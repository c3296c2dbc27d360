"""The cursor of each mode in its source, and what is to be opened there before more is sent.

A mode that is not sent keeps its cursor. A seek makes another one of the files, which is known once
they are open there; a new pass makes none before its first quote was sent.
"""

from protocol.messages import HISTORICAL, LIVE, Mode
from zreplay.delivery.cursor import ReplayCursor
from zreplay.delivery.openings import (
    Opening,
    Openings,
    OpenNextPass,
    OpenRun,
    OpenSought,
    ReturnToEnd,
)
from zreplay.delivery.run_state import RunState


class ModeCursors:
    """Where the inputs of one run stand."""

    def __init__(self) -> None:
        self.is_rewound = False
        """True while the next historical quote is the first of another pass."""
        self._cursors: dict[Mode, bytes] = {HISTORICAL: b"", LIVE: b""}
        self._openings = Openings()

    @property
    def historical(self) -> bytes:
        return self._cursors[HISTORICAL]

    @property
    def live(self) -> bytes:
        return self._cursors[LIVE]

    @property
    def are_open(self) -> bool:
        """False while something is to be opened: nothing can be sent."""
        return self._openings.first is None

    def begin(self, cursor: ReplayCursor | None) -> None:
        """Stand where the sink's cursor does, None is the very start."""
        start = cursor or ReplayCursor()
        self.is_rewound = False
        self._cursors = {HISTORICAL: start.historical, LIVE: start.live}
        self._openings.add(OpenRun(dict(self._cursors), is_begun=cursor is not None))

    def seek(self, arrival_ns: int | None) -> None:
        """Have the files opened where quotes arrive then or later; None is the start."""
        self.is_rewound = False
        self._openings.add(OpenSought(arrival_ns, self.historical))

    def rewind(self) -> None:
        """Have the files opened for another pass; it begins with its first quote."""
        self.is_rewound = True
        self._openings.add(OpenNextPass())

    def cancel_rewind(self) -> None:
        """Have the files at their end again, if another pass has not begun."""
        if self.is_rewound:
            self.is_rewound = False
            self._openings.add(ReturnToEnd())

    def to_open(self) -> Opening | None:
        """Return what is to be opened now, None if all is."""
        return self._openings.first

    def opened(self, opening: Opening, sought: bytes = b"") -> None:
        """Note that it is open, `sought` is where a seek led; void if it is not wanted any more."""
        if self._openings.done(opening) and isinstance(opening, OpenSought):
            self._cursors[HISTORICAL] = sought

    def cursor_behind(self, state: RunState, after: bytes) -> bytes:
        """Return the cursor behind a batch of the state's mode, whose source is `after` it then."""
        cursors = {**self._cursors, state.mode: after}
        return ReplayCursor(state, cursors[HISTORICAL], cursors[LIVE]).pack()

    def sent(self, mode: Mode, after: bytes) -> None:
        """Note that a batch has left, and its source is at `after`."""
        self._cursors[mode] = after
        self.is_rewound = self.is_rewound and mode != HISTORICAL
