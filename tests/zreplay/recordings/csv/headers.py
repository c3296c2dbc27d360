"""The likeliest layout of a file with a first line, as most tests need no other."""

from zreplay.recordings.csv.csv_header import layouts_of_line
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.formats.layout import Layout


def read_header(line: bytes, file: str, options: FormatOptions = NOTHING_SAID) -> Layout:
    return layouts_of_line(line, file, options)[0]
