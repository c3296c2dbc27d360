"""The inputs of one replayer: its files, its live feed, and what was rejected of both.

A mode that is not selected keeps its cursor, so historical -> live -> historical continues at the
next quote.
"""

from collections.abc import Callable, Mapping
from typing import Any

from protocol.messages import HISTORICAL, LIVE, Mode
from zreplay.playback.playhead import Playhead
from zreplay.quotes.rejection import CAPTURE_NAME
from zreplay.replayer.historical_input import HistoricalInput
from zreplay.replayer.live_input import LiveInput
from zreplay.replayer.rejected_log import RejectedLog
from zreplay.replayer.state import StatePaths
from zreplay.settings import ReplaySettings


class Inputs:
    """Opens the source of each mode at its cursor."""

    def __init__(
        self, settings: ReplaySettings, paths: StatePaths, wake: Callable[[], None]
    ) -> None:
        self.rejected = RejectedLog(paths.rejected)
        self.historical = HistoricalInput(settings, self.rejected, wake)
        self.live = LiveInput(settings, paths, self.rejected, wake)
        self._settings = settings

    def open(self, cursors: Mapping[Mode, bytes], *, is_begun: bool) -> None:
        """Open every source at its cursor, empty is the start.

        Raises:
            InputError: a file cannot be read.
            ResultLogError: the run has begun, and what it captured is lost.
        """
        self.historical.close()
        self.live.check_capture(is_begun=is_begun)
        names = [str(path) for path in self._settings.historical]
        self.rejected.recover([*names, CAPTURE_NAME], is_begun=is_begun)
        if self._settings.historical:
            self.historical.open(cursors[HISTORICAL], is_begun=is_begun)
        self.live.gaps.recover(is_begun=is_begun)
        if self._settings.live:
            self.live.open(cursors[LIVE])

    def select(self, mode: Mode) -> None:
        """Connect the feed for live, disconnect it otherwise."""
        self.live.connect(is_wanted=mode == LIVE)

    @property
    def heads(self) -> Mapping[Mode, Playhead]:
        """The playhead of each mode that is open."""
        heads: tuple[tuple[Mode, Playhead | None], ...] = (
            (HISTORICAL, self.historical.head),
            (LIVE, self.live.head),
        )
        return {mode: head for mode, head in heads if head is not None}

    @property
    def stalled(self) -> str:
        """Which log has no room on the disk, empty if none."""
        return self.rejected.stalled or self.live.gaps.stalled

    def feeds(self) -> list[dict[str, Any]]:
        """Return the status of each live address."""
        return self.live.feeds()

    def close(self) -> None:
        self.historical.close()
        self.live.close()
        self.rejected.flush()
        self.rejected.close()
