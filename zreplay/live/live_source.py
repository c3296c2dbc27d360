"""The live source: capture -> pieces, in the order in which the feed sent them.

A connection made after the first quote starts a segment: something may be missing there, unless
it replaces another that still delivers. A piece never spans one.
"""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from msgspec import msgpack

from protocol.errors import ProtocolError, ResultLogError
from protocol.program.diagnostics import Log
from zreplay.live.capture_hold import CaptureHold
from zreplay.live.capture_reader import CaptureReader
from zreplay.live.capture_records import RecordKind
from zreplay.live.captured_quotes import captured_quotes
from zreplay.live.frame_readers import FrameReaders
from zreplay.live.gap import DROPPED, Gap, dropped_gap, gap_in
from zreplay.live.group_reader import Chunk
from zreplay.live.live_message import LiveMessage, example_text
from zreplay.live.segment_head import Dropped
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.source import Piece, SegmentReason

CHUNK_BYTES: Final = 256 * 1024
MOST_CHUNKS: Final = 64
"""Of so many chunks it is known what they need: far more than are read ahead."""

log = Log("zreplay")


class Place(msgspec.Struct, frozen=True):
    """Where reading resumes: a group of a capture, and the first position not yet used."""

    capture_id: bytes
    offset: int
    next_position: int

    def pack(self) -> bytes:
        return msgpack.encode((self.capture_id, self.offset, self.next_position))

    @classmethod
    def unpack(cls, data: bytes) -> "Place":
        try:
            capture_id, offset, next_position = msgpack.decode(data)
        except (ValueError, TypeError) as error:
            raise ProtocolError(f"the live cursor cannot be read: {error}", code="Z504") from None
        return cls(capture_id, offset, next_position)


class _Need(NamedTuple):
    """From which offset on the capture is needed to read on from a chunk that begins at `chunk`."""

    chunk: int
    offset: int


class _Stretch(msgspec.Struct, frozen=True):
    """Messages with no connection between them, all from the chunk that begins at `offset`."""

    messages: list[LiveMessage]
    offset: int
    is_connected_before: bool


def place_of(cursor: bytes) -> Place:
    """Return the place in a live cursor.

    Raises:
        ProtocolError: it is none.
    """
    return Place.unpack(cursor)


class LiveSource:
    """Reads a capture from a cursor on; an empty cursor is its start.

    Rejections before `next_position` were given to `reject` by an earlier reading. Where nothing
    is a quote, `poll` reads on until there is one; with `wake` it reads one chunk, has itself
    called again by that, and whoever polls sees to others meanwhile. `on_gap` gets each gap and the
    byte of its record, before the quotes behind it are given; again after a resume. `hold` is the
    one of the capture's writer in this process; while `may_give` says no, nothing is given.

    Raises:
        InputError: there is no capture, or it is damaged.
        ResultLogError: what comes after the cursor was deleted.
    """

    def __init__(
        self,
        path: Path,
        reject: Callable[[Rejection], None],
        cursor: bytes = b"",
        wake: Callable[[], None] | None = None,
        *,
        may_be_negative: bool = False,
        on_gap: Callable[[Gap, int], None] = lambda gap, offset: None,
        hold: CaptureHold | None = None,
        may_give: Callable[[], bool] = lambda: True,
        chunk_bytes: int | None = None,
    ) -> None:
        self._may_give = may_give
        self._chunk_bytes = chunk_bytes or CHUNK_BYTES
        self._may_be_negative = may_be_negative
        self._reader = CaptureReader(path, hold)
        self._reject = reject
        self._wake = wake
        self._on_gap = on_gap
        self._path = path
        self.quotes = 0
        """How many were given by this process."""
        self.first_rejected = ""
        """The first message that is no quote, of those before any quote was given."""
        self._has_given_quotes = False
        self._starts_segment: SegmentReason | None = None
        self._stretches: deque[_Stretch] = deque()
        self._needs: deque[_Need] = deque(maxlen=MOST_CHUNKS)
        place = Place(self._reader.capture_id, self._reader.first_offset, 0)
        if cursor:
            place = self._resume(Place.unpack(cursor), place)
        self._offset = place.offset
        self.next_position = self.given = place.next_position
        """`given` is behind the last quote that was given."""
        self._readers = self._new_readers(self._reader.floor(place.offset))

    @property
    def capture_id(self) -> str:
        return self._reader.capture_id.hex()

    @property
    def offset(self) -> int:
        """Behind all that was read of the capture."""
        return self._offset

    @property
    def has_read_ahead(self) -> bool:
        """True while some of what was read was not given yet."""
        return bool(self._stretches)

    def needed_for(self, cursor: bytes) -> tuple[int, int]:
        """Return from where on the capture is needed to go on from a cursor of ours, and its place.

        Both are offsets of the capture; of a cursor that is long gone the first one is 0.
        """
        place = Place.unpack(cursor)
        while len(self._needs) > 1 and self._needs[1].chunk <= place.offset:
            self._needs.popleft()
        is_known = bool(self._needs) and self._needs[0].chunk <= place.offset
        return self._needs[0].offset if is_known else 0, place.next_position

    @property
    def is_ended(self) -> bool:
        return False

    def poll(self) -> Piece | None:
        """Return the next quotes of the capture, None if there are none now."""
        has_read = False
        if not self._may_give():
            return None
        while True:
            if not self._stretches:
                if has_read and self._wake is not None:
                    self._wake()
                    return None
                chunk = self._reader.read(self._offset, self._chunk_bytes)
                if chunk is None:
                    return None
                if chunk.dropped is not None:
                    self._pass_over(chunk.dropped)
                    continue
                self._take(chunk)
                has_read = True
                continue
            piece = self._piece(self._stretches.popleft())
            if piece is not None:
                return piece

    def close(self) -> None:
        self._reader.close()

    def _take(self, chunk: Chunk) -> None:
        before = self._readers.needed
        self._stretches.extend(self._split(chunk))
        needs = (self._offset, before, self._readers.needed)
        self._needs.append(_Need(self._offset, min(each for each in needs if each is not None)))
        self._offset = chunk.next_offset

    def _pass_over(self, dropped: Dropped) -> None:
        """Tell of what was dropped before it was read; what comes behind it is read by itself."""
        self._on_gap(dropped_gap(dropped), dropped.to)  # a later line may stand before that
        if self._has_given_quotes:
            self._starts_segment = SegmentReason.GAP
        self._offset = dropped.to
        self._readers = self._new_readers(dropped.to)

    def _new_readers(self, floor: int) -> FrameReaders:
        return FrameReaders(self._reader, self._path, floor=floor)

    def _resume(self, place: Place, start: Place) -> Place:
        self._has_given_quotes = True
        if place.capture_id != start.capture_id:
            log.warning("another capture", found=start.capture_id.hex())
            self._starts_segment = SegmentReason.GAP
            return start
        end = self._reader.end_offset
        if place.next_position > end:
            # Only a power failure undoes what was written.
            log.warning("capture is shorter than what was sent of it", size_bytes=end)
            self._starts_segment = SegmentReason.GAP
            return Place(start.capture_id, end, end)
        if place.offset < start.offset:
            raise ResultLogError(
                f"the run goes on at byte {place.offset} of {self._path}, which begins at byte "
                f"{start.offset}: what is between was committed once, and was deleted",
                fix="put back the logs that had it, or start over: --fresh",
                code="Z605",
            )
        return place

    def _split(self, chunk: Chunk) -> Iterator[_Stretch]:
        """Split a chunk at its connections; skip what an earlier reading has used."""
        messages: list[LiveMessage] = []
        is_connected_before = False
        for each in self._readers.messages(chunk):
            if isinstance(each, LiveMessage):
                messages.append(each)
            elif each.kind == RecordKind.GAP:
                gap = gap_in(self._path, each.offset, each.payload)
                if gap.reason != DROPPED:  # told where it was passed over
                    self._on_gap(gap, each.offset)
            elif (
                each.kind == RecordKind.CONNECTED
                and each.offset >= self.next_position
                and not self._readers.replaces_another(each.connection)
            ):
                yield _Stretch(messages, self._offset, is_connected_before)
                messages, is_connected_before = [], True
        yield _Stretch(messages, self._offset, is_connected_before)

    def _piece(self, stretch: _Stretch) -> Piece | None:
        if stretch.is_connected_before and self._has_given_quotes:
            self._starts_segment = SegmentReason.GAP
        block, rejections = captured_quotes(stretch.messages, may_be_negative=self._may_be_negative)
        if rejections and not self.quotes and not self.first_rejected:
            self.first_rejected = _example(stretch.messages, rejections[0].offset)
        for rejection in rejections:
            if rejection.offset >= self.next_position:
                self._reject(rejection)
        if stretch.offset < self.next_position:
            block = block.take(np.flatnonzero(block.position >= self.next_position))
        if not len(block):
            return None
        starts_segment, self._starts_segment = self._starts_segment, None
        self._has_given_quotes = True
        self.quotes += len(block)
        positions = block.position
        self.given = int(positions[-1]) + 1

        def cursor_after(rows: int) -> bytes:
            next_position = int(positions[rows - 1]) + 1
            return Place(self._reader.capture_id, stretch.offset, next_position).pack()

        return Piece(block, cursor_after, starts_segment)


def _example(messages: list[LiveMessage], position: int) -> str:
    """Return the text of the message in which this position lies."""
    payload = next(each.payload for each in reversed(messages) if each.offset <= position)
    return example_text(payload)
