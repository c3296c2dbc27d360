"""Where in the files a seek or a cursor continues, and what the files span.

A place is found before its seek, on another thread: that may take long, and the replay continues.
That of a cursor is a checkpoint, else an entry of an index, else the beginning; it is never
searched by time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from protocol.errors import SettingsError
from protocol.program.diagnostics import Log
from zreplay.historical.span import Span
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.replayer.checkpoint_ring import CheckpointRing
from zreplay.settings import ReplaySettings

if TYPE_CHECKING:
    from zreplay.historical.file_indexes import FileIndexes
    from zreplay.historical.seek import Sought
    from zreplay.ordering.order_cursor import Key, OrderCursor
    from zreplay.recordings.index.row_counts import RowCounts

log = Log("zreplay")


class HistoricalPlaces:
    """Finds places in the files of one replayer."""

    def __init__(self, settings: ReplaySettings) -> None:
        self._settings = settings
        self._span: Span | None = None
        self._indexes: FileIndexes | None = None
        self._found: tuple[int, Sought] | None = None
        self._taken: tuple[bytes, OrderCursor] | None = None
        self._read_through = 0
        self.is_read_through = False
        """True if what was sent before a restart is read once more, as there is no checkpoint."""
        self.checkpoints: CheckpointRing | None = None
        """Those of this run; None for one that cannot be gone on with."""
        self.refused: Callable[[], int] = lambda: 0
        """Tells how many lines rejected.log has."""

    def reopen(self, *, is_begun: bool) -> None:
        """Note that a run resumes or begins, now that rejected.log was read anew."""
        self.indexes.forget_told()
        if not is_begun and self.checkpoints is not None:
            self.checkpoints.forget()

    def begin(self, cursor: bytes) -> OrderCursor | None:
        """Return where to begin reading for what comes after a cursor; empty is the start.

        None is the beginning of the files. This is quick; the reading itself takes long.

        Raises:
            ProtocolError: the cursor is of other files.
        """
        from zreplay.historical.historical_cursor import HistoricalCursor
        from zreplay.historical.left_out import key_before_whole_arrival
        from zreplay.historical.seek import begin_before, start_from

        self.is_read_through = False
        settings = self._settings
        files, selection, horizon_ns = settings.historical, settings.selection, settings.reorder_ns
        if not cursor:
            return start_from(files, selection, horizon_ns, self.indexes)
        taken, self._taken = self._taken, None  # once: its places may turn out to be wrong
        if taken is not None and taken[0] == cursor:
            return taken[1]
        place = HistoricalCursor.unpack(cursor, len(files))
        if place.origin_ns is None and selection is not None and selection.needs_origin:
            self.is_read_through = True
            return None  # the first quote must be read again
        key = place.last_key
        if selection is not None and selection.dedupe:
            key = key_before_whole_arrival(key)
        begin = self._checkpoint(key)
        self.is_read_through = begin is None
        if begin is None:
            begin = begin_before(files, place.last_key[0], horizon_ns, self.indexes)
            how = "from their beginning" if begin is None else "by their indexes"
            say = log.warning if begin is None else log.info  # an index leads there quickly
            say("no checkpoint: the files are read through", files=len(files), how=how)
        return begin

    def _checkpoint(self, key: Key) -> OrderCursor | None:
        return self.checkpoints.newest(key, self.refused()) if self.checkpoints else None

    def find(self, arrival_ns: int | None, before: bytes) -> int:
        """Find where a seek leads, which may take long; the next seek to that instant is quick.

        Returns how many files the seek will read through, as they have no index.
        The place is kept until `take`; another thread may do it, one at a time.

        Raises:
            InputError: a file cannot be read.
        """
        from zreplay.historical.seek import cursor_from, key_before

        if arrival_ns is None:
            return 0
        settings = self._settings
        sought = cursor_from(
            settings.historical,
            arrival_ns,
            settings.reorder_ns,
            late=settings.late,
            before=before,
            checkpoint=self._checkpoint(key_before(arrival_ns)),
            selection=settings.selection,
            indexes=self.indexes,
        )
        self._found = arrival_ns, sought
        return len(sought.read_through)

    def take(self, arrival_ns: int | None, before: bytes) -> bytes:
        """Return the cursor of a seek, found before or now, to continue from `before`.

        Raises:
            InputError: a file cannot be read.
        """
        if arrival_ns is None:
            self._found, self._read_through = None, 0
            return b""
        if self._found is None or self._found[0] != arrival_ns:
            self.find(arrival_ns, before)
        assert self._found is not None
        (_, sought), self._found = self._found, None
        self._read_through = len(sought.read_through)
        cursor = _behind(before, sought.cursor, len(self._settings.historical))
        self._taken = cursor, sought.begin
        return cursor

    def span(self, *, looks_at_ends: bool = True) -> Span:
        """Return the first and the last arrival, as far as they are known.

        They are exact if all files are indexed, otherwise what the ends of the files show; for many
        files that takes long. Small files are read through to be exact.

        Raises:
            SettingsError: standard input has no ends to look at.
            InputError: a file cannot be read.
        """
        from zreplay.historical.files_span import selected_span, span_of
        from zreplay.historical.indexing import MOST_BYTES, MOST_BYTES_A_FILE, complete

        settings, indexes = self._settings, self.indexes
        if STANDARD_INPUT in settings.historical:
            raise SettingsError(
                "standard input can only be read forwards",
                fix="write it to a file and replay that",
                code="Z212",
            )
        known = indexes.span()
        if known is None:
            # Looking at the ends of many small files takes longer than reading them.
            many_bytes = MOST_BYTES_A_FILE * len(settings.historical) if looks_at_ends else 0
            complete(
                indexes,
                settings.historical,
                columns=settings.columns,
                max_jump_ns=settings.max_jump_ns,
                latency=settings.latency,
                most_bytes=max(MOST_BYTES, many_bytes),
            )
            known = indexes.span()
        if known is not None:
            return selected_span(known, settings.selection)
        if settings.latency is not None or not looks_at_ends:
            return Span(None, None, is_exact=False)  # the files show arrivals without the model
        if self._span is None:
            self._span = span_of(
                settings.historical, settings.columns, settings.selection, settings.max_jump_ns
            )
        return self._span

    def row_counts(self) -> RowCounts | None:
        """Return how many rows of the files arrive before an instant, None without an index."""
        return self.indexes.row_counts()

    def reading(self) -> str:
        """Return what the last seek reads through, empty if the files are indexed there."""
        if not self._read_through:
            return ""
        files = f"{self._read_through:,} file{'s' * (self._read_through != 1)}"
        return f"{files} without an index, {self.indexes.share():.0%} read"

    @property
    def indexes(self) -> FileIndexes:
        """The indexes of the files."""
        from zreplay.historical.file_indexes import FileIndexes

        settings = self._settings
        if self._indexes is None:
            self._indexes = FileIndexes(
                settings.historical,
                columns=settings.columns,
                max_jump_ns=settings.max_jump_ns,
                latency=settings.latency,
            )
        return self._indexes


def _behind(before: bytes, found: bytes, file_count: int) -> bytes:
    """Return a cursor that was found, with the count of quotes sent and the origin of `before`."""
    from zreplay.historical.historical_cursor import HistoricalCursor

    if not before:
        return found
    last = HistoricalCursor.unpack(before, file_count)
    place = HistoricalCursor.unpack(found, file_count)
    return last._replace(last_key=place.last_key).pack()
