"""What an Arrow IPC message says of itself: its kind, and where the buffers are in its body. Pure.

Arrow unpacks a batch as a whole, however large it becomes, and pyarrow does not say how large that
is. So the few fields that tell are read here, from the flatbuffers in which they stand
(https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format).
"""

import struct
from typing import Final, NamedTuple

DICTIONARY: Final = 2
RECORD_BATCH: Final = 3
CONTINUES: Final = 0xFFFFFFFF
"""Stands before the size of a message, except in files of before 2020."""

_BUFFER_BYTES: Final = 16
_BLOCK_BYTES: Final = 24


class Message(NamedTuple):
    """`buffers` are the offsets in the body of those that are compressed: their sizes stand there.

    `dictionary` is the number of the one that a dictionary batch is of; `is_delta` says that it is
    added to what was there before.
    """

    kind: int
    body_bytes: int
    buffers: tuple[int, ...] = ()
    dictionary: int | None = None
    is_delta: bool = False


class Block(NamedTuple):
    """Where a message is in a file, and how large is what precedes its body."""

    offset: int
    head_bytes: int


class Footer(NamedTuple):
    """The messages of a file."""

    dictionaries: tuple[Block, ...]
    batches: tuple[Block, ...]


def message_of(metadata: bytes) -> Message:
    """Read the metadata of a message.

    Raises:
        ValueError: it is damaged.
    """
    message = _root(metadata)
    kind = message.number("B", 1)
    body_bytes = message.number("q", 3)
    if body_bytes < 0:
        raise ValueError(f"a message says it has {body_bytes} bytes")
    header = message.table(2)
    if header is None or kind not in (DICTIONARY, RECORD_BATCH):
        return Message(kind, body_bytes)
    dictionary, is_delta, batch = None, False, header
    if kind == DICTIONARY:
        dictionary, is_delta = header.number("q", 0), bool(header.number("B", 2))
        inner = header.table(1)
        if inner is None:
            raise ValueError("a dictionary has no values")
        batch = inner
    buffers: tuple[int, ...] = ()
    if batch.table(3) is not None:
        places = batch.structs(2, "qq", _BUFFER_BYTES)
        buffers = tuple(offset for offset, size_bytes in places if size_bytes)
    return Message(kind, body_bytes, buffers, dictionary, is_delta)


def footer_of(metadata: bytes) -> Footer:
    """Read the footer of a file.

    Raises:
        ValueError: it is damaged.
    """
    footer = _root(metadata)
    dictionaries, batches = (
        tuple(Block(offset, head) for offset, head, _ in footer.structs(at, "qi4xq", _BLOCK_BYTES))
        for at in (2, 3)
    )
    return Footer(dictionaries, batches)


class _Table:
    """A table of a flatbuffer: its fields have numbers, and one that is not there is 0 or None."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at
        self._fields_at = at - _number(data, "i", at)
        self._fields_bytes = _number(data, "H", self._fields_at)

    def number(self, code: str, field: int) -> int:
        place = self._place(field)
        return _number(self._data, code, place) if place else 0

    def table(self, field: int) -> "_Table | None":
        place = self._place(field)
        return _Table(self._data, self._target(place)) if place else None

    def structs(self, field: int, code: str, size_bytes: int) -> list[tuple[int, ...]]:
        """Return the members of a vector of structs, none if it is not there."""
        place = self._place(field)
        if not place:
            return []
        begin = self._target(place)
        end = begin + 4 + _number(self._data, "I", begin) * size_bytes
        if end > len(self._data):
            raise ValueError("a list leads outside of its message")
        return list(struct.iter_unpack("<" + code, self._data[begin + 4 : end]))

    def _place(self, field: int) -> int:
        at = 4 + 2 * field
        if at + 2 > self._fields_bytes:
            return 0
        offset = _number(self._data, "H", self._fields_at + at)
        return self._at + offset if offset else 0

    def _target(self, place: int) -> int:
        return place + _number(self._data, "I", place)


def _root(data: bytes) -> _Table:
    return _Table(data, _number(data, "I", 0))


def _number(data: bytes, code: str, at: int) -> int:
    # A place before the beginning would be counted from the end.
    if at < 0 or at + struct.calcsize("<" + code) > len(data):
        raise ValueError("a place leads outside of its message")
    (found,) = struct.unpack_from("<" + code, data, at)
    return int(found)
