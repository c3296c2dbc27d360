"""The bytes of the one file in a zip archive, read forwards; going back begins anew.

An archive of several files has no order of its own, and one packed twice hides where damage
is: both are refused. What is damaged shows at the end, by the archive's checksum.
"""

import zipfile
import zlib
from pathlib import Path
from typing import IO, Final

from protocol.errors import InputError
from zreplay.recordings.byte_reader import FileBytes
from zreplay.recordings.regular_file import open_bytes

MAGIC: Final = b"PK\x03\x04"
CHUNK_BYTES: Final = 1024 * 1024
_PACKED: Final = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", MAGIC)
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)


class ZipBytes:
    """Decompresses the only member of an archive.

    Raises:
        InputError: it cannot be read, or holds none, several, or one that is packed itself.
    """

    def __init__(self, path: Path) -> None:
        self._name = str(path)
        self.is_random = False
        self._stream: IO[bytes] | None = None
        self._start, self._held = 0, b""
        self._is_ended = False
        self._failure: Exception | None = None
        self._file = open_bytes(path)
        self.size_bytes = self._file.seek(0, 2)
        try:
            self._archive = zipfile.ZipFile(self._file)
            members = [member for member in self._archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise self._unfit(f"holds {len(members)} files, expected one")
            self._member = members[0]
            self._begin()
            if self._read_on(4).startswith(_PACKED):
                raise self._unfit(f"holds {self._member.filename}, which is compressed itself")
            self._begin()
        except (*_BROKEN, RuntimeError) as error:  # RuntimeError: it wants a password
            self._file.close()
            raise self._damaged(error) from error
        except InputError:
            self._file.close()
            raise

    def read(self, offset: int, most_bytes: int) -> FileBytes:
        """Return up to `most_bytes` from an offset on.

        Raises:
            InputError: the archive is damaged. What lies before was returned.
        """
        if offset < self._start:
            self._begin()
        while self._start + len(self._held) < offset:
            self._start += len(self._held)
            self._held = self._read_on(min(CHUNK_BYTES, offset - self._start))
            if not self._held:
                raise self._unfit(f"ends before byte {offset}, where the run goes on")
        pieces = [self._held[offset - self._start :]]
        missing = most_bytes - len(pieces[0])
        while missing > 0 and (piece := self._read_on(min(missing, CHUNK_BYTES))):
            pieces.append(piece)
            missing -= len(piece)
        self._start, self._held = offset, b"".join(pieces)
        data = self._held[:most_bytes]
        is_last = self._is_ended and len(data) == len(self._held)
        if self._failure is not None and is_last:
            data = data[: data.rfind(b"\n") + 1]
            if not data:
                raise self._damaged(self._failure)
            return FileBytes(data, is_last=False)
        return FileBytes(data, is_last)

    def share(self, offset: int) -> float:
        """Return how much of what is decompressed lies before an offset."""
        return min(1.0, offset / max(1, self._member.file_size))

    def close(self) -> None:
        self._archive.close()
        self._file.close()
        self._held = b""

    def _begin(self) -> None:
        self._stream = self._archive.open(self._member)
        self._start, self._held = 0, b""
        self._is_ended = False
        self._failure = None

    def _read_on(self, most_bytes: int) -> bytes:
        """Return some more bytes, none at the end and from a damaged place on."""
        if self._is_ended or self._stream is None:
            return b""
        try:
            piece = self._stream.read(most_bytes)
        except _BROKEN as error:
            self._failure, piece = error, b""
        self._is_ended = not piece
        return piece

    def _unfit(self, what: str) -> InputError:
        return InputError(
            f"{self._name}: the archive {what}",
            fix="unpack it, and give the files in it",
            code="Z402",
        )

    def _damaged(self, error: Exception) -> InputError:
        return InputError(
            f"{self._name}: the archive cannot be read: {error}",
            fix="fetch or write the file again",
            code="Z408",
        )
