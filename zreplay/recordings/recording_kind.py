"""Which kind of recording a file is: its first bytes decide, whatever its name is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from protocol.errors import InputError
from zreplay.live.capture_folder import is_capture
from zreplay.live.segment_head import NAME as CAPTURE_NAME
from zreplay.recordings.byte_reader import ByteReader, PlainBytes
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.known_heads import KNOWN_HEADS, Head, KnownFile
from zreplay.recordings.file_stamp import Stamp
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.lobster_bytes import LobsterBytes, is_of_lobster
from zreplay.recordings.object_path import ObjectPath
from zreplay.recordings.pooled_file import PooledFile
from zreplay.recordings.raw_capture_lines import TOLD_BY_BYTES, program_of
from zreplay.recordings.regular_file import open_bytes

if TYPE_CHECKING:
    from zreplay.recordings.csv.csv_file import CsvFile
    from zreplay.recordings.csv.plain_rows import SharedRows
    from zreplay.recordings.recording import Recording

_DBN: Final = b"DBN"
_PEEKED_BYTES: Final = 64 * 1024
_FEW_BYTES: Final = 4 * 1024

type Given = tuple[int, FormatOptions, SharedRows | None]
type Kind = Callable[[Path, int, FormatOptions, SharedRows | None], Recording]

# Each kind is imported for its files alone: that of a rare one takes 50 ms and more, and what a
# plain CSV is can be told without numpy.


def _csv(
    path: Path,
    file_number: int,
    columns: FormatOptions,
    open_reader: Callable[[Path], ByteReader],
    shared: SharedRows | None,
    head: Head | None = None,
) -> CsvFile:
    from zreplay.recordings.csv.csv_file import CsvFile

    return CsvFile(path, file_number, columns, open_reader, shared, head)


def _parquet(path: Path, *given: *Given) -> Recording:
    from zreplay.recordings.parquet_file import ParquetFile

    return ParquetFile(path, *given)


def _arrow(path: Path, *given: *Given) -> Recording:
    from zreplay.recordings.arrow_file import ArrowFile

    return ArrowFile(path, *given)


def _capture(
    path: Path, file_number: int, columns: FormatOptions, _: SharedRows | None
) -> Recording:
    from zreplay.recordings.capture_file import CaptureFile

    if isinstance(path, ObjectPath):
        raise InputError(
            f"{path}: is a capture, which is read from a file only", fix="fetch it to a file first"
        )
    return CaptureFile(path, file_number, columns)


def _plain(
    path: Path, file_number: int, columns: FormatOptions, shared: SharedRows | None
) -> Recording:
    return _csv(path, file_number, columns, PlainBytes, shared)


def _gzip(
    path: Path, file_number: int, columns: FormatOptions, shared: SharedRows | None
) -> Recording:
    from zreplay.recordings.gzip_bytes import GzipBytes
    from zreplay.recordings.members import GZIP, beginning

    with open_bytes(path) as file:
        packed = file.read(_FEW_BYTES)
    head = beginning(packed, GZIP, TOLD_BY_BYTES)
    if not head and len(packed) < _FEW_BYTES:
        from zreplay.recordings.day_without_data import DayWithoutData, is_empty_gzip

        if is_empty_gzip(path):
            return DayWithoutData(path)
    if program_of(head):
        from zreplay.recordings.raw_capture_file import RawCaptureFile

        return RawCaptureFile(path, file_number, columns, GzipBytes)
    return _csv(path, file_number, columns, GzipBytes, shared)


def _zstd(
    path: Path, file_number: int, columns: FormatOptions, shared: SharedRows | None
) -> Recording:
    from zreplay.recordings.compressed_bytes import CompressedBytes
    from zreplay.recordings.members import ZSTD, beginning

    open_reader = partial(CompressedBytes, codec=ZSTD)
    with open_bytes(path) as file:
        head = beginning(file.read(_PEEKED_BYTES), ZSTD, TOLD_BY_BYTES)
    if head.startswith(_DBN):
        from zreplay.recordings.dbn_file import DbnFile

        return DbnFile(path, file_number, columns, partial(open_reader, is_text=False))
    if program_of(head):
        from zreplay.recordings.raw_capture_file import RawCaptureFile

        return RawCaptureFile(path, file_number, columns, open_reader)
    return _csv(path, file_number, columns, open_reader, shared)


def _dbn(path: Path, file_number: int, columns: FormatOptions, _: SharedRows | None) -> Recording:
    from zreplay.recordings.dbn_file import DbnFile

    return DbnFile(path, file_number, columns)


def _raw_capture(
    path: Path, file_number: int, columns: FormatOptions, _: SharedRows | None
) -> Recording:
    from zreplay.recordings.raw_capture_file import RawCaptureFile

    return RawCaptureFile(path, file_number, columns)


def _zip(
    path: Path, file_number: int, columns: FormatOptions, shared: SharedRows | None
) -> Recording:
    from zreplay.recordings.zip_bytes import ZipBytes

    return _csv(path, file_number, columns, ZipBytes, shared)


def _standard_input(
    path: Path, file_number: int, columns: FormatOptions, shared: SharedRows | None
) -> Recording:
    from zreplay.recordings.standard_input import StandardInput

    return _csv(path, file_number, columns, StandardInput, shared)


def _lobster(
    path: Path, file_number: int, columns: FormatOptions, shared: SharedRows | None
) -> Recording:
    return _csv(path, file_number, columns, LobsterBytes, shared)


_KINDS: Final[Mapping[bytes, Kind]] = {
    b"\x1f\x8b": _gzip,
    b"\x28\xb5\x2f\xfd": _zstd,
    # A skippable frame, as pzstd and some uploaders begin a file with.
    **{bytes([number]) + b"\x2a\x4d\x18": _zstd for number in range(0x50, 0x60)},
    **dict.fromkeys((b"PK\x03\x04", b"PK\x05\x06"), _zip),  # the second holds nothing
    b"PAR1": _parquet,
    **dict.fromkeys((b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"), _arrow),
    _DBN: _dbn,
    CAPTURE_NAME: _capture,
}
_LENGTHS: Final = sorted(set(map(len, _KINDS)))
_LONGEST: Final = max(TOLD_BY_BYTES, *map(len, _KINDS))


def open_recording(
    path: Path,
    file_number: int,
    columns: FormatOptions = NO_COLUMNS,
    shared: SharedRows | None = None,
    stamp: Stamp | None = None,
) -> Recording:
    """Return the recording at a path, opened; `-` is standard input.

    `columns` is what was said of its format, beside what it says itself; `shared` is that of the
    files that are read together. A `stamp` is what the file has now: if its head was known then,
    it is not looked at before it is read.

    Raises:
        InputError: it cannot be read, or is not a recording.
        SettingsError: a column was renamed that is not used there.
    """
    given = file_number, columns, shared
    known = None if stamp is None else KNOWN_HEADS.find(str(path), columns, stamp)
    if known is None and is_told_otherwise(path):
        recording = _kind_of(path)(path, *given)
        recording.open()
        return recording
    if known is not None and known.open_packed is not None:
        recording = _csv(path, file_number, columns, known.open_packed, shared, known.head)
        recording.open()
        return recording
    file = PooledFile(path, None if known is None else stamp)
    if known is None:
        known = KNOWN_HEADS.find(str(path), columns, file.stamp)
    if known is not None:
        recording = _known(path, given, known, file)
    elif (kind := _kind_in(_magic_of(file))) is _plain:
        recording = _csv(path, file_number, columns, _Opened(file), shared)
    else:
        file.close()
        recording = kind(path, *given)
    recording.open()
    if known is None:
        from zreplay.recordings.csv.csv_file import CsvFile

        if isinstance(recording, CsvFile) and recording.head is not None:
            known = KnownFile(recording.head, None if kind is _plain else recording.open_reader)
            KNOWN_HEADS.note(str(path), columns, file.stamp, known)
    return recording


def is_plain(file: PooledFile) -> bool:
    """Tell whether a file that is open is a CSV as it stands, if its bytes are what says it."""
    return is_plain_text(_magic_of(file))


def is_plain_text(beginning: bytes) -> bool:
    """Tell the same by the first bytes of a file, all of them or as many as a header has."""
    return _kind_in(beginning[:_LONGEST]) is _plain


def gzip_text(packed: bytes) -> bytes:
    """Return what the first bytes of a .gz say if it is a CSV; nothing of anything else."""
    if _kind_in(packed[:_LONGEST]) is not _gzip:
        return b""
    from zreplay.recordings.members import GZIP, beginning

    text = beginning(packed[:_FEW_BYTES], GZIP, 2 * _FEW_BYTES)
    return b"" if program_of(text[:TOLD_BY_BYTES]) else text


def is_told_otherwise(path: Path) -> bool:
    """Tell whether something else than its first bytes says what a recording is."""
    is_elsewhere = path == STANDARD_INPUT or isinstance(path, ObjectPath)
    return is_elsewhere or is_of_lobster(path) or is_capture(path)


def is_gzip(path: Path) -> bool:
    """Tell whether a file is a .gz.

    Raises:
        InputError: it cannot be read.
    """
    return _kind_of(path) is _gzip


def _kind_of(path: Path) -> Kind:
    if path == STANDARD_INPUT:
        return _standard_input
    if is_of_lobster(path):
        return _lobster
    if is_capture(path):
        return _capture
    with open_bytes(path) as file:
        return _kind_in(file.read(_LONGEST))


def _kind_in(first: bytes) -> Kind:
    kind = next(filter(None, (_KINDS.get(first[:length]) for length in _LENGTHS)), _plain)
    return _raw_capture if kind is _plain and program_of(first) else kind


def _magic_of(file: PooledFile) -> bytes:
    with file as descriptor:
        try:
            return os.pread(descriptor, _LONGEST, 0)
        except OSError:
            return b""  # who reads on says why it cannot be


def _known(path: Path, given: Given, known: KnownFile, file: PooledFile) -> Recording:
    """Return a CSV of which it is known what its first lines say and how it is packed."""
    open_reader = known.open_packed
    if open_reader is not None:
        file.close()
    number, columns, shared = given
    return _csv(path, number, columns, open_reader or _Opened(file), shared, known.head)


class _Opened:
    """Reads a file that is open; once it was closed, it is opened again as if it were another."""

    def __init__(self, file: PooledFile) -> None:
        self._file: PooledFile | None = file

    def __call__(self, path: Path) -> PlainBytes:
        file, self._file = self._file, None
        return PlainBytes(path, file)
