"""The indexes of the files of a replay: each reading adds to them, the whole ones are kept.

They are of the rows as this replay has them, so they are known by the file and by the options
that say what a row is: columns, latency model and largest jump.
"""

import hashlib
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from protocol.errors import ZreplayError
from protocol.limits import INT64_MAX
from protocol.program.diagnostics import Log
from zreplay.historical.latency_model import LatencyModel
from zreplay.historical.span import Span
from zreplay.ordering.order_cursor import OrderCursor
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.known_formats import formats_digest
from zreplay.recordings.index.entries import (
    BEGINNING,
    FileIndex,
    FirstRow,
    IndexBuilder,
    IndexEntry,
    Prefix,
)
from zreplay.recordings.index.file_identity import Stamp, digest_of, stamp_of
from zreplay.recordings.index.index_codec import KEY_BYTES, decode, encode
from zreplay.recordings.index.index_store import IndexStore
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.recording import Parsed
from zreplay.recordings.recording_kind import open_recording
from zreplay.recordings.source_block import FilePlace
from zreplay.recordings.strays import OFF, Strays

LEAST_KEPT_BYTES: Final = 256 * 1024
"""A smaller file is read through as fast as its index."""

CHECKED_BYTES: Final = 4 * 1024

log = Log("zreplay")


@dataclass(slots=True)
class _Known:
    """What is known of one file as it was at `stamp`."""

    stamp: Stamp
    index: FileIndex | None = None
    key: bytes | None = None
    start: FilePlace | None = None
    builder: IndexBuilder | None = None


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
        self._columns = columns
        self._max_jump_ns = max_jump_ns
        self._latency = latency
        self._store = IndexStore() if store is None else store
        self._options = f"{columns.identity} {formats_digest()} {max_jump_ns} {latency}".encode()
        self._known: dict[int, _Known] = {}
        self._lock = threading.Lock()

    def begin(self, cursor: OrderCursor | None) -> None:
        """Take note of where a reading of all files begins; they are opened after this."""
        starts = [resume.place for resume in cursor.files] if cursor else []
        with self._lock:
            for number in range(len(self._paths)):
                known = self._look(number)
                if known is not None:
                    known.start = starts[number] if cursor else BEGINNING
                    known.builder = None

    def note(self, number: int, parsed: Parsed | None) -> None:
        """Take note of the next rows of a file, None at its end."""
        with self._lock:
            known = self._known.get(number)
            if known is not None:
                self._add(number, known, parsed)

    def _add(self, number: int, known: _Known, parsed: Parsed | None) -> None:
        if known.start is not None:  # the first rows of this reading
            start, known.start = known.start, None
            index = self._loaded(number, known)
            prefix = index.at(start)
            if index.whole is None and prefix is not None:
                known.builder = IndexBuilder(index, prefix)
        if known.builder is None:
            return
        if parsed is not None:
            known.builder.add(parsed)
            return
        known.builder.end()
        known.builder = None
        self._keep(number, known)

    def find(
        self,
        number: int,
        arrival_ns: int,
        most_behind_ns: int = INT64_MAX,
        most_refused: int = INT64_MAX,
    ) -> IndexEntry | None:
        """Return the last entry of a file before which all arrives before an instant.

        See `FileIndex.last_before`. It was compared with the file.
        """
        with self._lock:
            index = self._index(number)
            if index is None:
                return None
            entry = index.last_before(arrival_ns, most_behind_ns, most_refused)
            if entry is None or self._is_row(number, entry):
                return entry
            log.warning("an index is wrong and is thrown away", file=str(self._paths[number]))
            self._forget(number)
            return None

    def covers(self, number: int, arrival_ns: int) -> bool:
        """Tell whether it is known where in a file an instant is reached."""
        with self._lock:
            index = self._index(number)
            return index is not None and index.covers(arrival_ns)

    def span(self) -> Span | None:
        """Return the first and the last arrival of all files, None if it is not known of each."""
        wholes = []
        for number in range(len(self._paths)):
            whole = self.whole(number)
            if whole is None:
                return None
            if whole.rows:
                wholes.append(whole)
        return Span(
            min((whole.least_arrival_ns for whole in wholes), default=None),
            max((whole.greatest_arrival_ns for whole in wholes), default=None),
        )

    def whole(self, number: int) -> Prefix | None:
        """Return what is known of all of a file, None if it was not read to its end."""
        with self._lock:
            index = self._index(number)
            return None if index is None else index.whole

    def _index(self, number: int) -> FileIndex | None:
        known = self._look(number)
        return None if known is None else self._loaded(number, known)

    def _look(self, number: int) -> _Known | None:
        """Return what is known of a file as it is now; None if it is not there."""
        path = self._paths[number]
        stamp = None if path == STANDARD_INPUT else stamp_of(path)
        known = self._known.get(number)
        if known is not None and known.stamp == stamp:
            return known
        self._known.pop(number, None)
        if stamp is not None:
            self._known[number] = _Known(stamp)
        return self._known.get(number)

    def _loaded(self, number: int, known: _Known) -> FileIndex:
        if known.index is None:
            key = self._key(number, known)
            data = None if key is None else self._store.load(key)
            known.index = (decode(data, key) if data and key else None) or FileIndex()
        return known.index

    def _key(self, number: int, known: _Known) -> bytes | None:
        """Return under what the index of a file is kept, None if it is not."""
        if known.key is None and known.stamp.size_bytes >= LEAST_KEPT_BYTES:
            digest = digest_of(self._paths[number], known.stamp)
            if digest is not None:
                known.key = hashlib.sha256(digest + self._options).digest()[:KEY_BYTES]
        return known.key

    def _keep(self, number: int, known: _Known) -> None:
        """Keep a whole index, if its file is still the one that was read."""
        key = self._key(number, known)
        if known.index is None or stamp_of(self._paths[number]) != known.stamp:
            self._known.pop(number, None)
        elif key is not None:
            self._store.save(key, encode(known.index, key))

    def _forget(self, number: int) -> None:
        known = self._known.pop(number, None)
        if known is not None and known.key is not None:
            self._store.forget(known.key)

    def _is_row(self, number: int, entry: IndexEntry) -> bool:
        """Tell whether the row of an entry stands at its place."""
        name = str(self._paths[number])
        place = entry.before.place
        strays = Strays(name, self._max_jump_ns, place.accepted_ns)
        try:
            with closing(open_recording(self._paths[number], 0, self._columns)) as recording:
                if not recording.is_random:
                    return True  # the way there takes as long as the reading itself
                recording.seek(place)
                while unparsed := recording.cut(CHECKED_BYTES):
                    for parsed in strays.add(unparsed()):
                        if (row := self._first_row(parsed, name)) is not None:
                            return row == entry.row
                for parsed in strays.end():
                    if (row := self._first_row(parsed, name)) is not None:
                        return row == entry.row
        except ZreplayError:
            return False
        return False

    def _first_row(self, parsed: Parsed, name: str) -> FirstRow | None:
        source = parsed.source
        block = (
            source.block if self._latency is None else self._latency.apply(source, name)[0].block
        )
        if not len(block):
            return None
        return FirstRow(int(block.timestamp_ns[0]), int(block.arrival_ns[0]))
