"""The bytes of a .gz or .zst file, decompressed: offsets count the decompressed ones.

There is no way to a place but through all before it. That is done piece by piece, so that
whoever waits for the reader never waits long. Files of several members or frames are read to
the end of the last.
"""

from pathlib import Path
from typing import Final

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types

from protocol.diagnostics import Log
from protocol.errors import InputError
from zreplay.sources.byte_reader import Stretch, open_bytes

CHUNK_BYTES: Final = 1024 * 1024
SKIPPED_AT_ONCE_BYTES: Final = 32 * 1024 * 1024

log = Log("zreplay")


class CompressedBytes:
    """Decompresses a file from its beginning; `codec` is one of pyarrow's, `gzip` or `zstd`.

    Raises:
        InputError: it is missing, no regular file, or not to be read by this user.
    """

    def __init__(self, path: Path, codec: str) -> None:
        self._name = str(path)
        self._path = path
        self._codec = codec
        with open_bytes(path) as file:
            self.size_bytes = file.seek(0, 2)
        self.is_random = False
        self._held = b""
        self._start = self._end = 0
        self._is_ended = self._is_skipping = False
        self._failure: InputError | None = None
        self._begin()

    def read(self, offset: int, most_bytes: int) -> Stretch:
        """Return up to `most_bytes` from an offset on; none while it is still far away.

        What stands before a damaged place is returned up to its last line feed.

        Raises:
            InputError: the compressed data ends too early or is damaged.
        """
        if offset < self._start:
            self._stream.close()
            self._begin()
        if not self._skip_to(offset):
            return Stretch(b"", is_last=False)
        pieces = [self._held[offset - self._start :]]
        missing = most_bytes - len(pieces[0])
        while missing > 0 and (piece := self._decompress(min(missing, CHUNK_BYTES))):
            pieces.append(piece)
            missing -= len(piece)
        self._start, self._held = offset, b"".join(pieces)
        data = self._held[:most_bytes]
        if self._failure is not None and len(data) == len(self._held):
            data = data[: data.rfind(b"\n") + 1]
            if not data:
                raise self._failure
            return Stretch(data, is_last=False)
        return Stretch(data, is_last=self._is_ended and len(data) == len(self._held))

    def share(self, offset: int) -> float:
        """Return about how much of the file lies before an offset, from what was seen of it."""
        decompressed_bytes, compressed_bytes = self._seen
        return min(1.0, offset / decompressed_bytes * compressed_bytes / self.size_bytes)

    def close(self) -> None:
        self._stream.close()

    def _begin(self) -> None:
        self._file = pa.OSFile(str(self._path))
        self._stream = pa.CompressedInputStream(self._file, self._codec)
        self._held = b""
        self._start = self._end = 0
        self._is_ended = self._is_skipping = False
        self._failure = None
        # One tuple, as another thread asks for the share.
        self._seen = (self.size_bytes, self.size_bytes)

    def _skip_to(self, offset: int) -> bool:
        """Come so near to an offset as one call may take; tell whether it is reached."""
        most = self._end + SKIPPED_AT_ONCE_BYTES
        if offset > most and not self._is_skipping:
            log.info("reading through a compressed file", file=self._name, to_byte=offset)
        self._is_skipping = offset > most
        while self._end < min(offset, most):
            end = self._end
            piece = self._decompress(min(CHUNK_BYTES, offset - end))
            if not piece:
                raise self._failure or InputError(
                    f"{self._name}: ends at byte {end}, before byte {offset} where the run goes on",
                    fix="the file was changed; give the one that began the run",
                    code="Z408",
                )
            self._start, self._held = end, piece
        return self._end >= offset

    def _decompress(self, most_bytes: int) -> bytes:
        """Return some more bytes; none at the end, and from a damaged place on."""
        if self._is_ended or self._failure is not None:
            return b""
        try:
            piece: bytes = self._stream.read(most_bytes)
        except OSError as error:
            self._failure = self._damage(str(error))
            return b""
        self._is_ended = not piece
        self._end += len(piece)
        self._seen = (max(1, self._end), self._file.tell())
        return piece

    def _damage(self, reason: str) -> InputError:
        if "Truncated" in reason:
            return InputError(
                f"{self._name}: the compressed data ends in the middle, "
                f"behind byte {self._end} of what is decompressed",
                fix="fetch or write the file again: its end is missing",
                code="Z408",
            )
        return InputError(
            f"{self._name}: the compressed data is damaged behind byte {self._end} "
            f"of what is decompressed: {reason}",
            fix="fetch or write the file again",
            code="Z408",
        )
