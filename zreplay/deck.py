"""The deck: a playhead for each mode, opened at a cursor; rejected.log and the live feed.

A mode that is not selected keeps its place, so historical -> live -> historical goes on at
the next quote. The feed is connected only while live is selected.
"""

from collections.abc import Callable
from typing import Any

from protocol.diagnostics import Log
from protocol.messages import HISTORICAL, LIVE
from zreplay.capture import CaptureWriter
from zreplay.cursor import ReplayCursor
from zreplay.live_feed import LiveFeed
from zreplay.playhead import Playhead
from zreplay.read_ahead import ReadAhead
from zreplay.rejected_log import RejectedLog
from zreplay.settings import ReplaySettings
from zreplay.source import Piece
from zreplay.sources.historical import HistoricalSource
from zreplay.sources.live import LiveSource
from zreplay.state import StatePaths

log = Log("zreplay")


class Deck:
    """Owns the sources of one replayer."""

    def __init__(
        self, settings: ReplaySettings, paths: StatePaths, wake: Callable[[], None]
    ) -> None:
        self.rejected = RejectedLog(paths.rejected)
        self._settings = settings
        self._paths = paths
        self._wake = wake
        self._playheads: dict[str, Playhead] = {}
        self._historical: HistoricalSource | None = None
        self._capture: CaptureWriter | None = None
        self._feed: LiveFeed | None = None
        if settings.live:
            self._capture = CaptureWriter(paths.capture, settings.max_capture_bytes)
            self._feed = LiveFeed(settings.live, self._capture, wake)

    @property
    def is_loaded(self) -> bool:
        return bool(self._playheads)

    def load(self, cursor: ReplayCursor | None) -> None:
        """Open every source at its place in the cursor, None is the start."""
        self._close_playheads()
        historical = cursor.historical if cursor else b""
        live = cursor.live if cursor else b""
        settings = self._settings
        if settings.historical:
            source = HistoricalSource(
                settings.historical,
                horizon_ns=settings.reorder_ns,
                late=settings.late,
                max_rows=settings.max_buffer_rows,
                reject=self.rejected.append,
                cursor=historical,
            )
            self._historical = source
        if settings.live:
            live_source = LiveSource(self._paths.capture, self.rejected.append, live)
        self.rejected.cut_back(self._is_before_cursor)
        if settings.historical:
            reader = ReadAhead(self._read_historical, self._wake)
            self._playheads[HISTORICAL] = Playhead(reader, historical)
        if settings.live:
            self._playheads[LIVE] = Playhead(live_source, live)

    def select(self, mode: str) -> Playhead | None:
        """Return the playhead of a mode, None before `load`; connect the feed for live."""
        if self._feed is not None:
            if mode == LIVE:
                self._feed.connect()
            else:
                self._feed.disconnect()
        return self._playheads.get(mode)

    def cursor(self, mode: str, segment: int, reason: str, after: bytes) -> bytes:
        """Return the replayer's cursor once `mode`'s source stands at `after`."""
        places = {name: head.last_cursor for name, head in self._playheads.items()}
        places[mode] = after
        return ReplayCursor(
            mode, segment, reason, places.get(HISTORICAL, b""), places.get(LIVE, b"")
        ).pack()

    def feeds(self) -> list[dict[str, Any]]:
        """Return what the operator wants to know of each live address."""
        if self._feed is None:
            return []
        return [status._asdict() for status in self._feed.snapshot()]

    def close(self) -> None:
        self._close_playheads()
        if self._feed is not None:
            self._feed.close()
        if self._capture is not None:
            self._capture.close()
        self.rejected.flush()
        self.rejected.close()

    def _close_playheads(self) -> None:
        for playhead in self._playheads.values():
            playhead.close()
        self._playheads.clear()

    def _read_historical(self) -> Piece | None:
        assert self._historical is not None
        source = self._historical
        block = source.read()
        self.rejected.flush()
        if block is None:
            return None
        arrivals, positions = block.arrival_ns, block.position
        return Piece(
            block,
            lambda rows: source.cursor_at(int(arrivals[rows - 1]), int(positions[rows - 1])),
        )
