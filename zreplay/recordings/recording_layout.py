"""What stands where in recordings, before they are opened: a plain CSV is told without numpy."""

from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from protocol.errors import ZreplayError
from protocol.json_text import utf8_text
from zreplay.quotes.file_numbers import MAX_FILES
from zreplay.recordings.byte_reader import PlainBytes
from zreplay.recordings.csv.csv_header import NO_COLUMNS
from zreplay.recordings.csv.first_lines import FirstLines
from zreplay.recordings.csv.known_heads import KNOWN_HEADS, KnownFile
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.index.file_identity import Stamp, stamp_from
from zreplay.recordings.input_paths import STANDARD_INPUT
from zreplay.recordings.object_path import FETCH_CODE, ObjectPath
from zreplay.recordings.pooled_file import PooledFile
from zreplay.recordings.recording_kind import is_plain, is_told_otherwise, open_recording
from zreplay.recordings.regular_file import size_of

MANY_FILES: Final = 256
"""To look at so many takes no time."""


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
        layout = layout_of(path, columns)
        return utf8_text(layout.identity if layout else "").encode()
    except ZreplayError as error:
        if isinstance(path, ObjectPath) and error.code == FETCH_CODE:
            raise
        return b""


def layout_of(path: Path, columns: FormatOptions) -> Layout | None:
    """Return the layout of a recording, as it would say once it is opened; raises the same."""
    if not is_told_otherwise(path):
        file = PooledFile(path)
        stamp = stamp_from(file.found)
        known = KNOWN_HEADS.find(str(path), columns, stamp)
        if known is not None:
            file.close()
            return known.head.layout
        if is_plain(file):
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
