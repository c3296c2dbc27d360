"""The indexes of the files of a replay: each reading adds to them, and they are kept.

They are of the rows as this replay has them, so they are known by the file and by the options
that say what a row is: columns, latency model and largest jump.

Rule 1: a file is known by its stamp as long as this process has looked at it; a new stamp is
another file.
Rule 2: an index comes from the cache by both ends of its file.
Rule 3: a place that was given counts once its row was compared (`to_check`), before any quote
behind it leaves. The one who reads from there does that: the row is at hand then.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from protocol.limits import INT64_MAX
from protocol.program.diagnostics import Log
from zreplay.historical.index_cache import IndexCache
from zreplay.historical.known_file import GivenPlace, KnownFile, LookedUp
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.span import Span, span_of_wholes
from zreplay.ordering.order_cursor import OrderCursor
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.first_looks import FIRST_LOOKS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.known_formats import formats_digest
from zreplay.recordings.formats.recognition import telling_name
from zreplay.recordings.index.entries import (
    BEGINNING,
    FileIndex,
    FirstRow,
    IndexBuilder,
    IndexedRows,
    IndexEntry,
    Prefix,
)
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.index.row_counts import RowCounts
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.joint_rows import JointRows
from zreplay.recordings.recording import Parsed
from zreplay.recordings.source_block import FilePlace
from zreplay.recordings.strays import OFF

KEPT_ROWS: Final = 4_000_000
"""After so many rows an index is kept as far as it goes, lest a kill costs all of it."""

_LAST_GIVEN: Final = 4
"""So many places of a file are remembered until somebody reads from one."""

log = Log("zreplay")


class FileIndexes:
    """Index of each of `paths`, by its number; any thread may ask while another reads.

    A file that changes loses its index. Standard input never has one.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        columns: FormatOptions = NO_COLUMNS,
        max_jump_ns: int = OFF,
        latency: LatencyModel | None = None,
        store: IndexStore | None = None,
    ) -> None:
        self._paths = paths
        options = f"{columns.identity} {formats_digest()} {max_jump_ns} {latency}".encode()
        said = partial(telling_name, options=columns)
        self._cache = IndexCache(options, len(paths), store, lambda path: said(str(path)))
        self._known: dict[int, KnownFile] = {}
        self._given: dict[int, deque[GivenPlace]] = {}
        self._to_check: dict[int, FirstRow | None] = {}
        self._share: Callable[[], float] = lambda: 0.0
        self._lock = threading.Lock()

    def begin(self, cursor: OrderCursor | None, share: Callable[[], float] | None = None) -> None:
        """Take note of where a reading of all files begins; they are opened after this.

        `share` says how much of the files it has read.
        """
        starts = [resume.place for resume in cursor.files] if cursor else []
        with self._lock:
            self._to_check.clear()
            self._share = share or (lambda: 0.0)
            for number in range(len(self._paths)):
                self._begin(number, starts[number] if cursor else BEGINNING)

    def _begin(self, number: int, start: FilePlace) -> None:
        given = self._taken(number, start)
        known = self._look(number)
        if known is not None:
            known.start, known.builder = start, None
            is_clean = given is not None and given.is_clean
            known.is_told = is_clean or start.offset <= known.told_to
        if given is not None:
            is_same = known is not None and known.stamp == given.stamp
            self._to_check[number] = given.entry.row if is_same else None

    def _taken(self, number: int, start: FilePlace) -> GivenPlace | None:
        """Return the entry at which a reading begins, if it was given for that."""
        given = self._given.get(number, ())
        return next((each for each in given if each.entry.before.place == start), None)

    def begin_again(self, number: int) -> None:
        """Take note that a file is read from its beginning instead: its index is wrong."""
        path = self._paths[number]
        log.warning("an index is wrong and is discarded", file=str(path))
        with self._lock:
            self._to_check.pop(number, None)
            known = self._known.pop(number, None)
            if known is not None:
                self._cache.forget(path, known.stamp)
            self._given.pop(number, None)
            self._begin(number, BEGINNING)

    @property
    def to_check(self) -> dict[int, FirstRow | None]:
        """The rows at which the reading that began last begins by an index, by file.

        Where another one comes first that counts, or where it is None since the file changed,
        `begin_again` is to be called, and the file to be read from its beginning.
        """
        with self._lock:
            return dict(self._to_check)

    def share(self) -> float:
        """Return how much of the files the reading that began last has read."""
        return self._share()

    def note(self, number: int, parsed: Parsed | None) -> None:
        """Take note of the next rows of a file, None at its end."""
        with self._lock:
            known = self._known.get(number)
            if known is not None:
                self._add(number, known, None if parsed is None else IndexedRows.of(parsed))

    def note_together(self, joint: JointRows) -> None:
        """Take note of the next rows of files that were read as one."""
        with self._lock:
            for part in joint.parts:
                known = self._known.get(part.number)
                if known is not None and (known.builder is not None or known.start is not None):
                    self._add(part.number, known, IndexedRows.of_part(part, joint.block))

    def _add(self, number: int, known: KnownFile, rows: IndexedRows | None) -> None:
        if known.start is not None:  # the first rows of this reading
            start, known.start = known.start, None
            index = self._loaded(number, known)
            prefix = index.at(start)
            if index.whole is None and prefix is not None:
                known.builder = IndexBuilder(index, prefix)
                known.kept_rows = prefix.rows
        if known.builder is None:
            return
        if rows is not None:
            known.builder.add(rows)
            if known.builder.rows >= known.kept_rows + KEPT_ROWS:
                known.kept_rows = known.builder.rows
                self._keep(number, known)
            return
        known.builder.end()
        known.builder = None
        self._keep(number, known)

    def settle(self) -> None:
        """Return once what is to be kept is: who reads on may ask another process for it."""
        with self._lock:
            self._cache.settle()

    def told(self, number: int, end: FilePlace) -> None:
        """Take note that what is refused or late in the rows up to a place was told."""
        with self._lock:
            known = self._known.get(number)
            if known is not None and known.is_told:
                known.told_to = max(known.told_to, end.offset)

    def forget_told(self) -> None:
        """Have nothing told: what was may not have been written, or is there no more."""
        with self._lock:
            for known in self._known.values():
                known.told_to, known.is_told = 0, False

    def adopt(self, other: "FileIndexes") -> None:
        """Have what others know of whole files that are as they were then."""
        with self._lock, other._lock:
            for number, theirs in other._known.items():
                ours = self._look(number)
                is_whole = theirs.index is not None and theirs.index.whole is not None
                if ours is not None and is_whole and ours.stamp == theirs.stamp:
                    ours.index, ours.builder = theirs.index, None

    def find(
        self,
        number: int,
        arrival_ns: int,
        most_behind_ns: int = INT64_MAX,
        most_refused: int = INT64_MAX,
    ) -> IndexEntry | None:
        """Return the last entry of a file before which all arrives before an instant.

        See `FileIndex.last_before`. It is compared with the file by the one who reads from there:
        see `to_check`.
        """
        with self._lock:
            known = self._look(number)
            if known is None:
                return None
            index = self._loaded(number, known)
            entry = index.last_before(arrival_ns, most_behind_ns, most_refused)
            return self._give(number, known, entry, is_clean=not most_refused)

    def find_told(self, number: int, arrival_ns: int) -> IndexEntry | None:
        """Return such an entry before which all that is refused or late was told already."""
        with self._lock:
            known = self._look(number)
            if known is None or not known.told_to:
                return None
            index = self._loaded(number, known)
            entry = index.last_before(arrival_ns, most_offset=known.told_to)
            return self._give(number, known, entry, is_clean=True)

    def _give(
        self, number: int, known: KnownFile, entry: IndexEntry | None, *, is_clean: bool
    ) -> IndexEntry | None:
        if entry is not None:
            given = self._given.setdefault(number, deque(maxlen=_LAST_GIVEN))
            given.append(GivenPlace(known.stamp, entry, is_clean))
        return entry

    def look_up(self, number: int, arrival_ns: int, most_behind_ns: int = INT64_MAX) -> LookedUp:
        """Return such an entry, and what else is known of that instant, by one look at the file."""
        with self._lock:
            known = self._look(number)
            if known is None:
                return LookedUp(None, is_covered=False, is_whole=False)
            index = self._loaded(number, known)
            entry = index.last_before(arrival_ns, most_behind_ns)
            self._give(number, known, entry, is_clean=False)
            return LookedUp(entry, index.covers(arrival_ns), index.whole is not None)

    def span(self) -> Span | None:
        """Return the first and the last arrival of all files, None if it is not known of each."""
        wholes = [whole for whole in map(self.whole, range(len(self._paths))) if whole is not None]
        return span_of_wholes(wholes) if len(wholes) == len(self._paths) else None

    def row_counts(self) -> RowCounts | None:
        """Return how many rows of all files arrive before an instant, None if it is not known."""
        found = []
        for number in range(len(self._paths)):
            index = self._index(number)
            if index is None or index.whole is None:
                return None
            found.append(index)
        return RowCounts(found)

    def whole(self, number: int) -> Prefix | None:
        """Return what is known of all of a file, None if it was not read to its end."""
        index = self._index(number)
        return None if index is None else index.whole

    def _index(self, number: int) -> FileIndex | None:
        with self._lock:
            known = self._look(number)
            return None if known is None else self._loaded(number, known)

    def _look(self, number: int) -> KnownFile | None:
        """Return what is known of a file as it is now; None if it is not there."""
        path = self._paths[number]
        stamp = FIRST_LOOKS.stamp(path) or (None if path == STANDARD_INPUT else stamp_of(path))
        known = self._known.get(number)
        if known is not None and known.stamp == stamp:
            return known
        self._known.pop(number, None)
        if stamp is not None:
            self._known[number] = KnownFile(stamp)
        return self._known.get(number)

    def _loaded(self, number: int, known: KnownFile) -> FileIndex:
        if known.index is None:
            kept = self._cache.load(self._paths[number], known.stamp)
            known.index = FileIndex() if kept is None else kept
        return known.index

    def _keep(self, number: int, known: KnownFile) -> None:
        """Keep an index as far as it goes, if its file is still the one that was read."""
        if known.index is not None and not self._cache.keeps(known.stamp):
            return  # whoever asks for it looks at the file
        path = self._paths[number]
        if known.index is None or stamp_of(path) != known.stamp:
            self._known.pop(number, None)
        else:
            self._cache.save(path, known.stamp, known.index)
