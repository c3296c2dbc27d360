"""What a commit appends to one file, and where that closes a segment of it. Bytes in, pieces out.

By period a segment is closed before the first byte of another period, if it holds anything. By size
it is closed behind the line that reaches it; a table, whose bytes are whole record batches, behind
the batch. Each segment of a table begins with its schema, so that it is a table by itself.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from protocol.commit import Tail
from protocol.messages import Buffer
from protocol.segment import segment_file, waiting_file
from zmid.arrivals import Arrivals

WINDOW_BYTES: Final = 4096


class Closed(NamedTuple):
    """A segment that ends here; `file` is its name from then on.

    `arrivals` are those of the run when it was closed.
    """

    tail: Tail
    file: str
    arrivals: Arrivals


class Appended(NamedTuple):
    """The first piece is of the segment that is open, each other one begins a segment."""

    name: str
    before: Tail
    pieces: Sequence[Buffer]
    closed: Sequence[Closed]
    after: Tail

    @property
    def files(self) -> Iterator[tuple[str, int, Buffer]]:
        """Yield the file of each piece until the commit, and from which byte on it is there."""
        yield self.name, self.before.length, self.pieces[0]
        for number, piece in enumerate(self.pieces[1:], self.before.number + 1):
            yield waiting_file(self.name, number), 0, piece


def whole(name: str, before: Tail, head: bytes, parts: Sequence[Buffer]) -> Appended:
    """Return what is appended to a file that is not rotated."""
    piece = _joined([head, *parts] if head and not before.length else parts)
    return Appended(name, before, (piece,), (), before.grown(piece))


class Appender:
    """Collects what is appended to a file; `head` is what each of its segments begins with.

    `size_bytes` is that of a segment, 0 if any will do.
    """

    def __init__(self, name: str, before: Tail, head: bytes = b"", size_bytes: int = 0) -> None:
        self._name = name
        self._before = before
        self._head = head
        self._most_bytes = size_bytes
        self._pieces: list[list[Buffer]] = [[]]
        self._closed: list[tuple[str, Arrivals]] = []
        self._start = before.start
        self._length = before.length
        self._begin()

    def add(self, data: Buffer, arrivals: Arrivals) -> None:
        """Append whole lines, or whole record batches; so far have the arrivals come with them."""
        while self._most_bytes and (end := self._end_of_segment(data)) is not None:
            view = memoryview(data)
            self._put(view[:end])
            self._close(f"{self._start}-{self._start + self._length}", arrivals)
            data = view[end:]
        self._put(data)

    def end_period(self, span: str, arrivals: Arrivals) -> None:
        """Close the segment, if there is more than its head in it."""
        if self._length > len(self._head):
            self._close(span, arrivals)

    def made(self) -> Appended:
        """Return what is appended."""
        pieces = [_joined(parts) for parts in self._pieces]
        tail, closed = self._before.grown(pieces[0]), []
        for piece, (span, arrivals) in zip(pieces[1:], self._closed, strict=True):
            closed.append(Closed(tail, segment_file(self._name, tail.number, span), arrivals))
            tail = tail.next.grown(piece)
        return Appended(self._name, self._before, pieces, closed, tail)

    def _end_of_segment(self, data: Buffer) -> int | None:
        """Return where in the data the segment has its size; None if it is not reached."""
        missing = max(1, self._most_bytes - self._length)
        if len(data) < missing:
            return None
        return len(data) if self._head else _line_end(data, missing - 1)

    def _close(self, span: str, arrivals: Arrivals) -> None:
        self._closed.append((span, arrivals))
        self._pieces.append([])
        self._start, self._length = self._start + self._length, 0
        self._begin()

    def _begin(self) -> None:
        if not self._length:
            self._put(self._head)

    def _put(self, data: Buffer) -> None:
        if len(data):
            self._pieces[-1].append(data)
            self._length += len(data)


def _joined(parts: Sequence[Buffer]) -> Buffer:
    """Return the parts as one; if there is only one, as at full speed, without a copy."""
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _line_end(text: Buffer, start: int) -> int | None:
    """Return where the line ends that holds this byte, None if it does not end there."""
    view = memoryview(text)
    for place in range(start, len(view), WINDOW_BYTES):
        found = bytes(view[place : place + WINDOW_BYTES]).find(b"\n")
        if found >= 0:
            return place + found + 1
    return None
