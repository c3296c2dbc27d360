"""The first line of a CSV -> the layouts that the file may have.

It names the columns, or it is a row of a format that has no such line.
"""

import csv
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from protocol.errors import InputError, ZreplayError
from zreplay.recordings.csv.line_rows import Row, read_line
from zreplay.recordings.formats.definition import DELIMITERS
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.name_pattern import telling_path
from zreplay.recordings.formats.recognition import (
    Columns,
    asked_for,
    fitting,
    no_format,
    own_layout,
    telling_name,
)

NO_COLUMNS: Final = NOTHING_SAID


def layout_of(header: tuple[str, ...], file: str, columns: FormatOptions = NO_COLUMNS) -> Layout:
    """Find the columns among these names; raises what `layouts_of_line` does."""
    found = fitting(Columns(header, file), columns)
    if not found:
        raise no_format(Columns(header, file), columns)
    return found[0].variants()[0]


def layouts_of_line(line: bytes, file: str, options: FormatOptions) -> Sequence[Layout]:
    """Return the layouts that a file with this first line may have, the likeliest first.

    The line may begin with a byte-order mark. The layouts differ in the form of their times.

    Raises:
        InputError: no format fits, or a column that is needed stands there twice.
        SettingsError: an option names a column that is not used here, or one for two of ours.
    """
    name = telling_path(options.path, file)
    if not name and not _is_ours(line, options):
        name = telling_name(file, options)
    known = _known_layouts(line, name, options)
    return known or _layouts_of_line(line, file, options)


def says_all(line: bytes, file: str, options: FormatOptions) -> bool:
    """Return whether neither the name of a file with this first line nor its path says anything."""
    return not telling_path(options.path, file) and _is_ours(line, options)


@lru_cache(maxsize=16)
def _is_ours(line: bytes, options: FormatOptions) -> bool:
    """Return whether the columns are our own, so that no name of a file says anything."""
    if options.header:
        return False
    delimiter = options.delimiter_said or DELIMITERS[0]
    try:
        columns = Columns(_fields(line, "", delimiter), "", delimiter)
    except InputError:
        return False
    return own_layout(columns, options) is not None


@lru_cache(maxsize=16)
def _known_layouts(line: bytes, name: str, options: FormatOptions) -> Sequence[Layout]:
    """Return what a first line says, which hundreds of files have in common; nothing if it is none.

    `name` is that of the file, if it decides too.
    """
    try:
        return _layouts_of_line(line, name, options)
    except ZreplayError:
        return ()  # whose text names the file


def _layouts_of_line(line: bytes, file: str, options: FormatOptions) -> Sequence[Layout]:
    said = options.delimiter_said
    delimiters = (said,) if said else DELIMITERS
    split = {delimiter: _fields(line, file, delimiter) for delimiter in delimiters}
    if options.header:
        names = options.header
        like = next((each for each, fields in split.items() if len(fields) == len(names)), ",")
        columns = Columns(names, file, like, "--header", has_header=False)
        found = fitting(columns, options)
    else:
        all_columns = [Columns(names, file, delimiter) for delimiter, names in split.items()]
        columns = max(all_columns, key=lambda each: len(each.names))
        all_found = (fitting(each, options) for each in all_columns)
        found = next(filter(None, all_found), []) or _without_header(line, file, options, split)
    if not found:
        raise no_format(columns, options)
    return [variant for layout in found for variant in layout.variants()]


def _without_header(
    line: bytes, file: str, options: FormatOptions, split: Mapping[str, tuple[str, ...]]
) -> list[Layout]:
    """Return the layouts of the formats without a header line of which this line is a row."""
    found = []
    for definition in asked_for(options):
        names, delimiter = definition.header, definition.delimiter or ","
        if names and len(split.get(delimiter, ())) == len(names):
            columns = Columns(names, file, delimiter, "its first line", has_header=False)
            found += [
                variant
                for layout in fitting(columns, options, (definition,))
                for variant in layout.variants()
                if isinstance(read_line(line.rstrip(b"\r\n"), variant), Row)
            ]
    return found


def _fields(line: bytes, file: str, delimiter: str) -> tuple[str, ...]:
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
        return tuple(next(csv.reader([text], delimiter=delimiter), []))
    except (UnicodeDecodeError, csv.Error):
        raise InputError(
            f"{file}: the first line is not the header of a CSV: {line[:80]!r}",
            fix="give a CSV in UTF-8 that begins with its column names (.gz, .zst too), or Parquet",
            code="Z402",
        ) from None
