"""What stands where in recordings, before they are opened: a plain CSV is told without numpy."""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

from protocol.errors import ZreplayError
from protocol.json_text import utf8_text
from zreplay.recordings.byte_reader import ByteReader, PlainBytes
from zreplay.recordings.csv.alike_heads import AlikeHeads
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.first_lines import USUAL_HEADER_BYTES, FirstLines
from zreplay.recordings.csv.known_heads import KNOWN_HEADS, KnownFile
from zreplay.recordings.file_stamp import Stamp
from zreplay.recordings.first_looks import FIRST_LOOKS
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.index.file_identity import stamp_of
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.lobster_bytes import is_of_lobster
from zreplay.recordings.object_path import FETCH_CODE, ObjectPath
from zreplay.recordings.pooled_file import PooledFile
from zreplay.recordings.recording_kind import (
    gzip_text,
    is_plain,
    is_plain_text,
    is_told_otherwise,
    open_recording,
)
from zreplay.recordings.seen_files import SeenFiles

MANY_FILES: Final = 256
"""To look at so many takes no time."""

IDENTITIES: Final = SeenFiles[FormatOptions, bytes](name="identities")
"""Those of this process, by the stamps of the file and of those beside it."""

_ALIKE: Final = AlikeHeads()


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
            layouts.append(layout_of(path, columns))
        else:
            FIRST_LOOKS.check(path)
    return layouts


def format_identity(
    path: Path, columns: FormatOptions, stamps: tuple[Stamp | None, ...] = ()
) -> bytes:
    """Return what decides the quotes of a file beside its bytes and what was said of it.

    Nothing of one that cannot be read: whoever reads it says why. It is known as long as the
    stamps are, of the file and of those beside it.

    Raises:
        InputError: an object of a store cannot be read now, which says nothing of what it is.
    """
    identity = IDENTITIES.find(str(path), columns, stamps)
    if identity is None:
        known = KNOWN_HEADS.find(str(path), columns, stamps[0]) if stamps and stamps[0] else None
        identity = _identity_of(path, columns) if known is None else _identity(known.head.layout)
        IDENTITIES.note(str(path), columns, stamps, identity)
    return identity


def _identity_of(path: Path, columns: FormatOptions) -> bytes:
    try:
        return _identity(layout_of(path, columns))
    except ZreplayError as error:
        if isinstance(path, ObjectPath) and error.code == FETCH_CODE:
            raise
        return b""


def _identity(layout: Layout | None) -> bytes:
    return utf8_text(layout.identity if layout else "").encode()


def layout_of(path: Path, columns: FormatOptions) -> Layout | None:
    """Return the layout of a recording, as it would say once it is opened; raises the same."""
    if not is_told_otherwise(path):
        stamp = stamp_of(path)
        known = None if stamp is None else KNOWN_HEADS.find(str(path), columns, stamp)
        if known is not None:
            return known.head.layout
        file = PooledFile(path)
        if is_plain(file):
            stamp = file.stamp
            with closing(PlainBytes(path, file)) as reader:
                first_lines = FirstLines(str(path), columns)
                head = first_lines.head(partial(reader.read, 0), is_all_there=reader.size_bytes > 0)
            if head is None:
                return None
            KNOWN_HEADS.note(str(path), columns, stamp, KnownFile(head))
            return head.layout
        file.close()
    with closing(open_recording(path, 0, columns)) as recording:
        return recording.layout


def note_head(path: Path, columns: FormatOptions, stamp: Stamp, beginning: bytes) -> None:
    """Take note of what a file that has this stamp says in its first bytes, if they say it all.

    It is a regular file. They are all that it has, or as many as a header mostly has; of a .gz,
    as many packed ones.
    """
    is_all = len(beginning) == stamp.size_bytes
    if is_of_lobster(path) or not (is_all or len(beginning) >= USUAL_HEADER_BYTES):
        return
    name = str(path)
    if KNOWN_HEADS.find(name, columns, stamp) is not None:
        return
    if (alike := _ALIKE.find(name, columns, beginning)) is not None:
        KNOWN_HEADS.note(name, columns, stamp, alike)
        return
    open_packed: Callable[[Path], ByteReader] | None = None
    if not is_plain_text(beginning):
        beginning, is_all = gzip_text(beginning), False
        if not beginning:
            return
        from zreplay.recordings.gzip_bytes import GzipBytes

        open_packed = GzipBytes

    def read(most_bytes: int) -> tuple[bytes, bool]:
        data = beginning[:most_bytes]
        if len(data) < most_bytes and not is_all:
            raise _SaysMore
        return data, len(data) < most_bytes

    with suppress(_SaysMore, ZreplayError):  # whoever asks for its layout is told
        head = FirstLines(name, columns).head(read, is_all_there=stamp.size_bytes > 0)
        if head is not None:
            known = KnownFile(head, open_packed)
            KNOWN_HEADS.note(name, columns, stamp, known)
            if open_packed is None:
                _ALIKE.note(name, columns, beginning, known)


class _SaysMore(Exception):
    """The first lines do not end in the bytes that were read."""
