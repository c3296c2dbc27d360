"""Which kind of recording a file is: its first bytes decide, whatever its name is."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from protocol.errors import ZreplayError
from protocol.json_text import utf8_text
from zreplay.live.capture import (
    MAGIC as CAPTURE_MAGIC,
)
from zreplay.quotes.block import MAX_FILES
from zreplay.recordings.csv.csv_file import CsvFile
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.index.file_identity import Stamp
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.lobster_bytes import LobsterBytes, is_of_lobster
from zreplay.recordings.recording import Recording
from zreplay.recordings.regular_file import open_bytes, size_of
from zreplay.recordings.standard_input import StandardInput

MANY_FILES: Final = 256
"""To look at so many takes no time."""

Kind = Callable[[Path, int, FormatOptions], Recording]

# The imports of the rare kinds take 50 ms and more, so only their files pay for them.


def _parquet(path: Path, file_number: int, columns: FormatOptions) -> Recording:
    from zreplay.recordings.parquet_file import ParquetFile

    return ParquetFile(path, file_number, columns)


def _capture(path: Path, file_number: int, columns: FormatOptions) -> Recording:
    from zreplay.recordings.capture_file import CaptureFile

    return CaptureFile(path, file_number, columns)


def _gzip(path: Path, file_number: int, columns: FormatOptions) -> Recording:
    from zreplay.recordings.gzip_bytes import GzipBytes

    return CsvFile(path, file_number, columns, GzipBytes)


def _zstd(path: Path, file_number: int, columns: FormatOptions) -> Recording:
    from zreplay.recordings.compressed_bytes import CompressedBytes
    from zreplay.recordings.members import ZSTD

    return CsvFile(path, file_number, columns, partial(CompressedBytes, codec=ZSTD))


def _zip(path: Path, file_number: int, columns: FormatOptions) -> Recording:
    from zreplay.recordings.zip_bytes import ZipBytes

    return CsvFile(path, file_number, columns, ZipBytes)


_STANDARD_INPUT: Final[Kind] = partial(CsvFile, open_reader=StandardInput)
_LOBSTER: Final[Kind] = partial(CsvFile, open_reader=LobsterBytes)
_KINDS: Final[Mapping[bytes, Kind]] = {
    b"\x1f\x8b": _gzip,
    b"\x28\xb5\x2f\xfd": _zstd,
    # A skippable frame, as pzstd and some uploaders begin a file with.
    **{bytes([number]) + b"\x2a\x4d\x18": _zstd for number in range(0x50, 0x60)},
    b"PK\x03\x04": _zip,
    b"PAR1": _parquet,
    CAPTURE_MAGIC: _capture,
}
_LONGEST: Final = max(map(len, _KINDS))


def open_recording(path: Path, file_number: int, columns: FormatOptions = NO_COLUMNS) -> Recording:
    """Return the recording at a path, opened; `-` is standard input.

    `columns` is what was said of its format, beside what it says itself.

    Raises:
        InputError: it cannot be read, or is not a recording.
        SettingsError: a column was renamed that is not used there.
    """
    recording = _kind_of(path)(path, file_number, columns)
    recording.open()
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
    """
    try:
        with closing(open_recording(path, 0, columns)) as recording:
            return utf8_text(recording.layout.identity if recording.layout else "").encode()
    except ZreplayError:
        return b""


def is_gzip(path: Path) -> bool:
    """Tell whether a file is a .gz.

    Raises:
        InputError: it cannot be read.
    """
    return _kind_of(path) is _gzip


def _kind_of(path: Path) -> Kind:
    if path == STANDARD_INPUT:
        return _STANDARD_INPUT
    if is_of_lobster(path):
        return _LOBSTER
    with open_bytes(path) as file:
        head = file.read(_LONGEST)
    return next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), CsvFile)
