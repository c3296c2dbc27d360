"""The live source: capture -> pieces, in the order in which the feed sent them.

A connection made after the first quote starts a segment: something may be missing there.
A piece never spans one.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import msgpack

from protocol.errors import ProtocolError
from protocol.program.diagnostics import Log
from zreplay.live.capture import (
    CaptureReader,
    Chunk,
)
from zreplay.live.capture_records import RecordKind
from zreplay.live.live_message import LiveMessage, decode
from zreplay.quotes.rejection import Rejection
from zreplay.quotes.source import Piece, SegmentReason

CHUNK_BYTES: Final = 256 * 1024

log = Log("zreplay")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where reading resumes: a group of a capture, and the first position not yet used."""

    capture_id: bytes
    offset: int
    next_position: int

    def pack(self) -> bytes:
        return msgpack.encode((self.capture_id, self.offset, self.next_position))

    @classmethod
    def unpack(cls, data: bytes) -> "_Place":
        try:
            capture_id, offset, next_position = msgpack.decode(data)
        except (ValueError, TypeError) as error:
            raise ProtocolError(f"the live cursor cannot be read: {error}", code="Z504") from None
        return cls(capture_id, offset, next_position)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Messages with no connection between them, all from the chunk that begins at `offset`."""

    messages: list[LiveMessage]
    offset: int
    is_connected_before: bool


class LiveSource:
    """Reads a capture from a cursor on; an empty cursor is its start.

    Rejections before `next_position` were given to `reject` by an earlier reading. Where nothing
    is a quote, `poll` reads on until there is one; with `wake` it reads one chunk, has itself
    called again by that, and whoever polls sees to others meanwhile.

    Raises:
        InputError: there is no capture, or it is damaged.
    """

    def __init__(
        self,
        path: Path,
        reject: Callable[[Rejection], None],
        cursor: bytes = b"",
        wake: Callable[[], None] | None = None,
    ) -> None:
        self._reader = CaptureReader(path)
        self._reject = reject
        self._wake = wake
        self._has_given_quotes = False
        self._starts_segment: SegmentReason | None = None
        self._stretches: deque[_Stretch] = deque()
        place = _Place(self._reader.capture_id, self._reader.first_offset, 0)
        if cursor:
            place = self._resume(_Place.unpack(cursor), place)
        self._offset = place.offset
        self.next_position = place.next_position

    @property
    def is_ended(self) -> bool:
        return False

    def poll(self) -> Piece | None:
        """Return the next quotes of the capture, None if there are none now."""
        has_read = False
        while True:
            if not self._stretches:
                if has_read and self._wake is not None:
                    self._wake()
                    return None
                chunk = self._reader.read(self._offset, CHUNK_BYTES)
                if chunk is None:
                    return None
                self._stretches.extend(self._split(chunk))
                self._offset = chunk.next_offset
                has_read = True
                continue
            piece = self._piece(self._stretches.popleft())
            if piece is not None:
                return piece

    def close(self) -> None:
        self._reader.close()

    def _resume(self, place: _Place, start: _Place) -> _Place:
        self._has_given_quotes = True
        if place.capture_id != start.capture_id:
            log.warning("another capture", found=start.capture_id.hex())
            self._starts_segment = SegmentReason.GAP
            return start
        size_bytes = self._reader.size_bytes
        if place.next_position > size_bytes:
            # Only a power failure undoes what was written.
            log.warning("capture is shorter than what was sent of it", size_bytes=size_bytes)
            self._starts_segment = SegmentReason.GAP
            return _Place(start.capture_id, size_bytes, size_bytes)
        return place

    def _split(self, chunk: Chunk) -> Iterator[_Stretch]:
        """Split a chunk at its connections; skip what an earlier reading has used."""
        messages: list[LiveMessage] = []
        is_connected_before = False
        for kind, recv_ns, payload, offset in chunk.records:
            if kind == RecordKind.MESSAGE:
                messages.append(LiveMessage(recv_ns, payload, offset))
            elif kind == RecordKind.CONNECTED and offset >= self.next_position:
                yield _Stretch(messages, self._offset, is_connected_before)
                messages, is_connected_before = [], True
        yield _Stretch(messages, self._offset, is_connected_before)

    def _piece(self, stretch: _Stretch) -> Piece | None:
        if stretch.is_connected_before and self._has_given_quotes:
            self._starts_segment = SegmentReason.GAP
        block, rejections = decode(stretch.messages)
        for rejection in rejections:
            if rejection.offset >= self.next_position:
                self._reject(rejection)
        if stretch.offset < self.next_position:
            block = block.take(np.flatnonzero(block.position >= self.next_position))
        if not len(block):
            return None
        starts_segment, self._starts_segment = self._starts_segment, None
        self._has_given_quotes = True
        positions = block.position

        def cursor_after(rows: int) -> bytes:
            next_position = int(positions[rows - 1]) + 1
            return _Place(self._reader.capture_id, stretch.offset, next_position).pack()

        return Piece(block, cursor_after, starts_segment)
