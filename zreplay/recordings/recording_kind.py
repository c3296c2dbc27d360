"""Which kind of recording a file is: its first bytes decide, whatever its name is."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from protocol.errors import InputError, ZreplayError
from protocol.json_text import utf8_text
from zreplay.live.capture_folder import is_capture
from zreplay.live.segment_head import NAME as CAPTURE_NAME
from zreplay.quotes.block import MAX_FILES
from zreplay.recordings.byte_reader import PlainBytes
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.known_heads import KNOWN_HEADS, KnownFile
from zreplay.recordings.csv.plain_rows import SharedRows
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.index.file_identity import Stamp, stamp_from
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.lobster_bytes import LobsterBytes, is_of_lobster
from zreplay.recordings.object_path import FETCH_CODE, ObjectPath
from zreplay.recordings.pooled_file import PooledFile
from zreplay.recordings.raw_capture_lines import TOLD_BY_BYTES, program_of
from zreplay.recordings.recording import Recording
from zreplay.recordings.regular_file import open_bytes, size_of
from zreplay.recordings.standard_input import StandardInput

MANY_FILES: Final = 256
"""To look at so many takes no time."""

_DBN: Final = b"DBN"
_PEEKED_BYTES: Final = 64 * 1024
_FEW_BYTES: Final = 4 * 1024

Given = tuple[int, FormatOptions, SharedRows | None]
Kind = Callable[[Path, int, FormatOptions, SharedRows | None], Recording]

# The imports of the rare kinds take 50 ms and more, so only their files pay for them.


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
    return CsvFile(path, file_number, columns, shared=shared)


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
    return CsvFile(path, file_number, columns, GzipBytes, shared)


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
    return CsvFile(path, file_number, columns, open_reader, shared)


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

    return CsvFile(path, file_number, columns, ZipBytes, shared)


def _standard_input(
    path: Path, file_number: int, columns: FormatOptions, shared: SharedRows | None
) -> Recording:
    return CsvFile(path, file_number, columns, StandardInput, shared)


def _lobster(
    path: Path, file_number: int, columns: FormatOptions, shared: SharedRows | None
) -> Recording:
    return CsvFile(path, file_number, columns, LobsterBytes, shared)


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
) -> Recording:
    """Return the recording at a path, opened; `-` is standard input.

    `columns` is what was said of its format, beside what it says itself; `shared` is that of the
    files that are read together.

    Raises:
        InputError: it cannot be read, or is not a recording.
        SettingsError: a column was renamed that is not used there.
    """
    given = file_number, columns, shared
    if path == STANDARD_INPUT or isinstance(path, ObjectPath) or is_of_lobster(path):
        recording = _kind_of(path)(path, *given)
        recording.open()
        return recording
    if is_capture(path):
        capture = _capture(path, *given)
        capture.open()
        return capture
    file = PooledFile(path)
    stamp = stamp_from(file.found)
    known = KNOWN_HEADS.find(str(path), columns, stamp)
    if known is not None:
        recording = _known(path, given, known, file)
    elif (kind := _kind_in(_magic_of(file))) is _plain:
        recording = CsvFile(path, file_number, columns, _Opened(file), shared)
    else:
        file.close()
        recording = kind(path, *given)
    recording.open()
    if known is None and isinstance(recording, CsvFile) and recording.head is not None:
        known = KnownFile(recording.head, None if kind is _plain else recording.open_reader)
        KNOWN_HEADS.note(str(path), columns, stamp, known)
    return recording


def check_files(paths: Sequence[Path], columns: FormatOptions = NO_COLUMNS) -> list[Layout | None]:
    """Return what stands where in each file; standard input shows later, a capture has none.

    Of more than MANY_FILES the others are only looked for, so that it does not take long: they
    are left out.

    Raises:
        InputError: one is not there, or no recording that can be read.
    """
    layouts = []
    for number, path in enumerate(paths):
        if path == STANDARD_INPUT:
            continue
        if number < MANY_FILES:
            with closing(open_recording(path, 0, columns)) as recording:
                layouts.append(recording.layout)
        else:
            size_of(path)
    return layouts


@lru_cache(MAX_FILES)
def format_identity(
    path: Path, columns: FormatOptions, stamps: tuple[Stamp | None, ...] = ()
) -> bytes:
    """Return what decides the quotes of a file beside its bytes and what was said of it.

    Nothing of one that cannot be read: whoever reads it says why. It is known as long as the
    stamps are, of the file and of those beside it.

    Raises:
        InputError: an object of a store cannot be read now, which says nothing of what it is.
    """
    try:
        with closing(open_recording(path, 0, columns)) as recording:
            return utf8_text(recording.layout.identity if recording.layout else "").encode()
    except ZreplayError as error:
        if isinstance(path, ObjectPath) and error.code == FETCH_CODE:
            raise
        return b""


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
    return CsvFile(path, number, columns, open_reader or _Opened(file), shared, known.head)


class _Opened:
    """Reads a file that is open; once it was closed, it is opened again as if it were another."""

    def __init__(self, file: PooledFile) -> None:
        self._file: PooledFile | None = file

    def __call__(self, path: Path) -> PlainBytes:
        file, self._file = self._file, None
        return PlainBytes(path, file)
