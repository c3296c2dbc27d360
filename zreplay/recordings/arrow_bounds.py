"""How large what an Arrow file holds becomes, looked up before pyarrow unpacks it.

Rule 1: of a batch its body is held, and beside it each buffer that is unpacked; of dictionaries
the last of each number, and what was added to it.
Rule 2: what is looked at is what pyarrow will read: of a file what its footer names, of a stream
one message after the other.
"""

from typing import Final

import pyarrow as pa

from protocol.errors import InputError
from zreplay.recordings.arrow_message import (
    CONTINUES,
    DICTIONARY,
    RECORD_BATCH,
    Block,
    Footer,
    Message,
    footer_of,
    message_of,
)

LARGEST_BATCH_BYTES: Final = 1024**3
MOST_METADATA_BYTES: Final = 64 * 1024 * 1024
_MAGIC_BYTES: Final = 6
_SIZE_BYTES: Final = 4
_AS_IT_IS: Final = -1
"""In the place of its size before a buffer of a compressed batch that is not compressed."""


class ArrowBounds:
    """Refuses batches and dictionaries that are too large; `before` is called for each batch.

    Raises:
        InputError: one is.
        pa.ArrowInvalid: a message is damaged.
    """

    def __init__(self, file: pa.OSFile, name: str, *, is_stream: bool) -> None:
        self._file, self._name = file, name
        self._size_bytes = file.size()
        self._next = 0
        self._dictionaries: dict[int, int] = {}
        self._footer = Footer((), ())
        if not is_stream:
            self._footer = self._read_footer()
            for block in self._footer.dictionaries:
                self._look_at_block(block)
        self._is_stream = is_stream

    def before(self, number: int) -> None:
        """Look at a batch, by its number from 0, and at what precedes it in a stream."""
        if not self._is_stream:
            self._look_at_block(self._footer.batches[number])
            return
        if number == 0:
            self._next, self._dictionaries = 0, {}
        place = self._file.tell()  # of who reads it, and does not read where it is told to
        try:
            while (message := self._next_of_stream()) is not None:
                if message.kind == RECORD_BATCH:
                    return
        finally:
            self._file.seek(place)

    def _next_of_stream(self) -> Message | None:
        begin, size_bytes = self._head(self._next)
        if not size_bytes:
            return None  # the end of the stream
        message = self._look_at(begin, size_bytes)
        self._next = begin + size_bytes + message.body_bytes
        return message

    def _look_at_block(self, block: Block) -> None:
        begin, size_bytes = self._head(block.offset)
        if begin + size_bytes != block.offset + block.head_bytes:
            raise pa.ArrowInvalid("the footer says otherwise how large a message is")
        self._look_at(begin, size_bytes)

    def _head(self, offset: int) -> tuple[int, int]:
        """Return where the metadata of a message begins, and its size; none at the end."""
        size_bytes, begin = self._number(offset, _SIZE_BYTES), offset + _SIZE_BYTES
        if size_bytes == CONTINUES:
            size_bytes, begin = self._number(begin, _SIZE_BYTES), begin + _SIZE_BYTES
        if size_bytes > MOST_METADATA_BYTES:
            raise pa.ArrowInvalid(f"the metadata of a message has {size_bytes:,} bytes")
        return begin, size_bytes

    def _look_at(self, begin: int, size_bytes: int) -> Message:
        try:
            message = message_of(self._read(begin, size_bytes))
        except ValueError as error:
            raise pa.ArrowInvalid(str(error)) from None
        held_bytes = message.body_bytes
        for offset in message.buffers:
            unpacked = self._number(begin + size_bytes + offset, 8)
            unpacked -= 2**64 if unpacked >= 2**63 else 0
            if unpacked < _AS_IT_IS:
                raise pa.ArrowInvalid(f"a buffer says it has {unpacked} bytes")
            held_bytes += max(unpacked, 0)
        if message.kind == DICTIONARY and message.dictionary is not None:
            before = self._dictionaries.get(message.dictionary, 0) if message.is_delta else 0
            self._dictionaries[message.dictionary] = before + held_bytes
            self._check("its dictionaries", sum(self._dictionaries.values()))
        else:
            self._check("a batch of it", held_bytes)
        return message

    def _check(self, what: str, held_bytes: int) -> None:
        if held_bytes > LARGEST_BATCH_BYTES:
            raise InputError(
                f"{self._name}: {what} would take {held_bytes:,} bytes, at most "
                f"{LARGEST_BATCH_BYTES:,} are held",
                fix="write it in smaller batches, or as Parquet",
                code="Z402",
            )

    def _read_footer(self) -> Footer:
        end = self._size_bytes - _MAGIC_BYTES - _SIZE_BYTES
        size_bytes = self._number(end, _SIZE_BYTES)
        if size_bytes > min(end, MOST_METADATA_BYTES):
            raise pa.ArrowInvalid(f"the footer has {size_bytes:,} bytes")
        try:
            return footer_of(self._read(end - size_bytes, size_bytes))
        except ValueError as error:
            raise pa.ArrowInvalid(str(error)) from None

    def _number(self, offset: int, size_bytes: int) -> int:
        """Return a number of the file, 0 behind its end: pyarrow says what is wrong with that."""
        return int.from_bytes(self._read(offset, size_bytes), "little")

    def _read(self, offset: int, size_bytes: int) -> bytes:
        if not 0 <= offset <= self._size_bytes:
            return b""
        data: bytes = self._file.read_at(size_bytes, offset)  # type: ignore[call-arg]  # it takes both
        return data
