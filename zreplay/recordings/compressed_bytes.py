"""The bytes of a .gz or .zst file, decompressed: offsets count the decompressed ones.

A place can be reached only through everything before it. That is done piece by piece, so that
callers never wait long. Files of several members or frames are read to the end of the last.

A truncated or damaged file ends after the last line feed that can be decompressed, one that is no
text after the last byte, from whatever place it is read: at the damage, the file is read again
with single bytes.
"""

from codecs import BOM_UTF8
from pathlib import Path
from typing import Final

from protocol.errors import InputError
from protocol.program.diagnostics import Log
from zreplay.recordings.byte_reader import FileBytes
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.kept_bytes import KeptBytes
from zreplay.recordings.members import Codec, Members
from zreplay.recordings.pooled_file import PooledFile

CHUNK_BYTES: Final = 1024 * 1024
PIECE_BYTES: Final = 64 * 1024
"""How much is decompressed at once: more is not faster, and would slow down small members."""

FIRST_PIECE_BYTES: Final = 8 * 1024
"""Of many a file only the head is read at first; what is left of a piece is copied each time."""

SKIPPED_AT_ONCE_BYTES: Final = 32 * 1024 * 1024

FAR_BYTES: Final = 8 * 1024 * 1024
"""It takes no time to speak of to come to a place that is nearer than this."""

_KEPT: Final = KeptBytes()

log = Log("zreplay")


class _DamageShows(Exception):
    """Somewhere in the last piece: the file must be read again to know what is before it."""


class CompressedBytes:
    """Decompresses a file from its start.

    Of what is no text, all that was asked for is returned, unless the end or the damage is nearer.

    Raises:
        InputError: it is missing, not a regular file, or not readable by this user.
    """

    def __init__(self, path: Path, codec: Codec, *, is_text: bool = True) -> None:
        self._name = str(path)
        self._is_text = is_text
        self._codec = codec
        self._identity = path, stamp_of(path)
        self._file = PooledFile(path)
        self.size_bytes = self._file.size_bytes
        self.is_random = False
        self._exact_from: int | None = None
        self._begin()

    def read(self, offset: int, most_bytes: int) -> FileBytes:
        """Return up to `most_bytes` from an offset on; none while it is still far away.

        Text before a damaged place is returned up to its last line feed.

        Raises:
            InputError: the compressed data ends too early or is damaged.
        """
        kept = _KEPT.read(self._identity, offset, most_bytes)
        if kept is not None and (self._is_text or kept.is_last or len(kept.data) == most_bytes):
            return kept
        if offset < self._start:
            self._begin()
        if offset - self._end > FAR_BYTES and not self._is_skipping:
            _KEPT.begin(self._identity, offset)
        try:
            found = self._read(offset, most_bytes)
        except _DamageShows:
            self._begin()
            found = self._read(offset, most_bytes)
        _KEPT.add(self._identity, offset, found)
        return found

    def share(self, offset: int) -> float:
        """Return about how much of the file is before an offset, from what was seen of it."""
        decompressed_bytes, compressed_bytes = self._seen
        return min(1.0, offset / decompressed_bytes * compressed_bytes / self.size_bytes)

    def close(self) -> None:
        self._file.close()
        self._held = b""
        self._members = Members(self._codec.begin, self._codec.padding)  # the old one is large

    def _begin(self) -> None:
        codec = self._codec
        is_exact = self._exact_from is not None
        self._members = Members(codec.begin_exact if is_exact else codec.begin, codec.padding)
        self._piece_start = self._piece_end = 0
        self._held = b""
        self._start = self._end = 0
        self._is_ended = self._is_skipping = False
        self._failure: InputError | None = None
        # One tuple, as another thread asks for the share.
        self._seen = (self.size_bytes, self.size_bytes)

    def _read(self, offset: int, most_bytes: int) -> FileBytes:
        if not self._skip_to(offset):
            return FileBytes(b"", is_last=False)
        pieces = [self._held[offset - self._start :]]
        missing = most_bytes - len(pieces[0])
        while missing > 0 and (piece := self._decompress(min(missing, CHUNK_BYTES))):
            pieces.append(piece)
            missing -= len(piece)
        self._start, self._held = offset, b"".join(pieces)
        data = self._held[:most_bytes]
        if self._failure is not None and len(data) == len(self._held):
            if not (data := self._whole(data, offset)):
                raise self._failure
            return FileBytes(data, is_last=False)
        return FileBytes(data, is_last=self._is_ended and len(data) == len(self._held))

    def _whole(self, data: bytes, offset: int) -> bytes:
        """Return what of the bytes before the damage is whole."""
        if not self._is_text:
            return data
        data = data[: data.rfind(b"\n") + 1]
        # Blank lines alone do not count as data.
        is_blank = not (data if offset else data.removeprefix(BOM_UTF8)).strip(b"\r\n")
        return b"" if is_blank else data

    def _skip_to(self, offset: int) -> bool:
        """Move towards an offset as far as one call may; return whether it is reached."""
        most = self._end + SKIPPED_AT_ONCE_BYTES
        if offset > most and not self._is_skipping:
            log.info("reading through a compressed file", file=self._name, to_byte=offset)
        self._is_skipping = offset > most
        while self._end < min(offset, most):
            end = self._end
            piece = self._decompress(min(CHUNK_BYTES, offset - end))
            if not piece:
                raise self._failure or InputError(
                    f"{self._name}: ends at byte {end}, before byte {offset} where the run resumes",
                    fix="the file was changed; give the one that began the run",
                    code="Z408",
                )
            self._start, self._held = end, piece
        return self._end >= offset

    def _decompress(self, most_bytes: int) -> bytes:
        """Return some more bytes; none at the end, and from a damaged place on."""
        while not self._is_ended and self._failure is None:
            data = b""
            if self._members.needs_input and not (data := self._next_piece()):
                self._end_file()
                break
            try:
                piece = self._members.decompress(data, most_bytes)
            except self._codec.errors as error:
                self._fail(
                    f"{self._name}: the compressed data is damaged after byte {self._end} "
                    f"of what is decompressed: {error}",
                    fix="fetch or write the file again",
                )
                break
            if piece:
                self._end += len(piece)
                self._seen = (self._end, self._piece_end)
                return piece
        return b""

    def _next_piece(self) -> bytes:
        """Return the next bytes of the file, none at its end."""
        is_exact = self._exact_from is not None and self._piece_end >= self._exact_from
        most_bytes = PIECE_BYTES if self._piece_end else FIRST_PIECE_BYTES
        data = self._file.read_at(self._piece_end, 1 if is_exact else most_bytes)
        if data:
            self._piece_start, self._piece_end = self._piece_end, self._piece_end + len(data)
        return data

    def _end_file(self) -> None:
        self._is_ended = self._members.is_between
        if not self._is_ended:
            self._fail(
                f"{self._name}: the compressed data is cut off "
                f"after byte {self._end} of what is decompressed",
                fix="fetch or write the file again: its end is missing",
            )

    def _fail(self, what: str, fix: str) -> None:
        if self._exact_from is None:
            self._exact_from = self._piece_start
            raise _DamageShows
        self._failure = InputError(what, fix=fix, code="Z408")
