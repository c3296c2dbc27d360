"""Which adapter reads a message of the capture, wherever reading begins.

Rule 1: a group says at its head who reads its messages, and which connections overlap.
Rule 2: an adapter that remembers what was sent before is given that first, and so is an overlap
        what its two connections brought; their messages are read here, in their order, whoever
        decodes the others when.
Rule 3: of an overlap each quote is given once (zreplay/live/overlap.py). A connection that is
        made beside one of its two belongs to it as well: what was lost of a second try for the
        same old one, or is not yet closed of three in a row, brings the same quotes.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from protocol.errors import InputError, SettingsError
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import Record, RecordKind, began_of, reader_of, replaced_of
from zreplay.live.group_reader import Chunk
from zreplay.live.known_venues import venue_of_reader
from zreplay.live.live_message import LiveMessage, Reading
from zreplay.live.overlap import Overlap
from zreplay.live.venue import SomeQuotes, Told, VenueQuote

BACK_BYTES: Final = 1024 * 1024
FOREVER: Final = 2**63


class _Twice(NamedTuple):
    """An overlap, where it began, and its connections."""

    began: int
    connections: set[int]
    seen: Overlap


class FrameReaders:
    """The adapters of the connections, from chunk to chunk; a jump needs new ones.

    With `only`, nothing but what concerns these connections is looked at, and no overlap that
    began before `overlaps_from`. Nothing before `floor` is: there something is missing, so that
    what was known before it is not known any more.
    """

    def __init__(
        self,
        reader: CaptureReader,
        path: Path,
        only: set[int] | None = None,
        floor: int = 0,
        overlaps_from: int = 0,
    ) -> None:
        self._overlaps_from = overlaps_from
        self._floor = floor
        self._reader = reader
        self._path = path
        self._only = only
        self._readings: dict[int, tuple[int, Reading]] = {}
        self._twice: dict[int, _Twice] = {}
        self._beginning: set[int] = set()
        """The new connections of overlaps that have not connected yet."""
        self._not_said_again: set[int] = set()
        """The overlaps that the present group has not named: without that, they are over."""

    def messages(self, chunk: Chunk) -> Iterator[LiveMessage | Record]:
        """Yield the messages of the next chunk, and its other records as they are.

        Raises:
            InputError: an adapter is not known.
        """
        groups = deque(chunk.groups)
        for record in chunk.records:
            if groups and record.offset > groups[0]:
                self._begin_group(groups, record)
            if not self._concerns(record):
                continue
            if record.kind == RecordKind.OVERLAP:
                self._on_overlap(record)
            elif self._not_said_again:
                for number in self._not_said_again:
                    del self._twice[number]
                self._not_said_again.clear()
            if record.kind == RecordKind.MESSAGE:
                yield self._message(record)
                continue
            if record.kind == RecordKind.READER:
                self._on_reader(record)
            elif record.kind in (RecordKind.CONNECTED, RecordKind.DISCONNECTED):
                self._readings.pop(record.connection, None)
            elif record.kind == RecordKind.OVERLAP_END:
                self._twice.pop(record.connection, None)
                self._beginning.discard(record.connection)
            yield record
            if record.kind == RecordKind.CONNECTED:
                self._beginning.discard(record.connection)

    @property
    def needed(self) -> int | None:
        """Return the offset from which on what was sent before is still needed, None if none is."""
        begans = [began for began, reading in self._readings.values() if reading.venue.keeps_state]
        return min([*begans, *(each.began for each in self._twice.values())], default=None)

    def replaces_another(self, connection: int) -> bool:
        """Tell of one that has just connected whether it does so beside another.

        Nothing is missing before it then. If the other is lost before it is replaced, this one
        connects again, and something may be.
        """
        return connection in self._beginning

    def _concerns(self, record: Record) -> bool:
        if self._only is None:
            return True
        if record.kind != RecordKind.OVERLAP:
            return record.connection in self._only
        is_of_them = not self._only.isdisjoint((record.connection, replaced_of(record.payload)))
        if not is_of_them or began_of(record.payload) < self._overlaps_from:
            return False
        self._only.add(record.connection)
        return True

    def _begin_group(self, groups: deque[int], record: Record) -> None:
        while groups and record.offset > groups[0]:
            groups.popleft()
        self._not_said_again = set(self._twice)

    def _message(self, record: Record) -> LiveMessage:
        _, recv_ns, payload, offset, connection = record
        known = self._readings.get(connection) if connection else None
        if known is None:
            return LiveMessage(recv_ns, payload, offset)
        reading = known[1]
        seen = [each.seen for each in self._twice.values() if connection in each.connections]
        if reading.venue.keeps_state or seen:
            said = reading.read(payload)
            if seen:
                said = _once(said, seen, connection)
            reading = Reading(reading.venue, lambda _: said)
        return LiveMessage(recv_ns, payload, offset, reading)

    def _on_reader(self, record: Record) -> None:
        began = began_of(record.payload)
        known = self._readings.get(record.connection)
        if known is not None and known[0] == began:
            return
        try:
            venue = venue_of_reader(reader_of(record.payload))
        except (SettingsError, UnicodeDecodeError):
            raise InputError(
                f"{self._path} has messages of a venue that this program does not know: "
                f"{bytes(record.payload[8:108])!r}",
                fix="use the version that wrote it, or install the package that has the venue",
                code="Z406",
            ) from None
        if venue.keeps_state:
            before = self._before(record, began, {record.connection}, FOREVER)
            known = before._readings.get(record.connection)
        else:
            known = None
        self._readings[record.connection] = known or (began, Reading(venue, venue.new_reader()))

    def _on_overlap(self, record: Record) -> None:
        began, new = began_of(record.payload), record.connection
        self._not_said_again.discard(new)
        known = self._twice.get(new)
        if known is not None and known.began == began:
            return
        replaced = replaced_of(record.payload)
        known = self._before(record, began, {new, replaced}, began)._twice.get(new)
        if known is None:
            known = _Twice(began, {new, replaced}, Overlap())
            self._beginning.add(new)
        for each in self._twice.values():
            if replaced in each.connections:
                each.connections.add(new)
        self._twice[new] = known

    def _before(
        self, until: Record, began: int, connections: set[int], overlaps_from: int
    ) -> "FrameReaders":
        """Return readers that have seen what concerns these connections, up to a record."""
        earlier = FrameReaders(self._reader, self._path, connections, self._floor, overlaps_from)
        offset = max(began, self._floor)
        with closing(self._reader.apart()) as reader:
            offset = max(offset, reader.oldest_offset)
            while offset <= until.offset and (chunk := reader.read(offset, BACK_BYTES)):
                before = [record for record in chunk.records if record.offset < until.offset]
                deque(earlier.messages(chunk._replace(records=before)), maxlen=0)
                offset = chunk.next_offset
        return earlier


def _once(said: Told, seen: Sequence[Overlap], connection: int) -> Told:
    """Return what was said without the quotes that another connection brought."""
    if isinstance(said, list):
        return [quote for quote in said if not _is_duplicate(quote, seen, connection)]
    if isinstance(said, SomeQuotes):
        kept = [quote for quote in said.quotes if not _is_duplicate(quote, seen, connection)]
        return said._replace(quotes=kept)
    return said


def _is_duplicate(quote: VenueQuote, seen: Sequence[Overlap], connection: int) -> bool:
    # Each of them has to see it.
    return any([each.is_duplicate(quote, connection) for each in seen])
