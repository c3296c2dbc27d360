"""The schema of a columnar file, Parquet or Arrow -> what stands where in it."""

import pyarrow as pa
from msgspec.structs import replace

from protocol.errors import InputError
from zreplay.recordings.csv.csv_header import layout_of
from zreplay.recordings.formats.format_options import FormatOptions
from zreplay.recordings.formats.layout import Layout
from zreplay.recordings.formats.time_form import TimeForm
from zreplay.recordings.parquet_columns import check_types


def layout_of_schema(schema: pa.Schema, file: str, said: FormatOptions) -> Layout:
    """Find the columns in a schema, beside what was said of them.

    Raises:
        InputError: no format fits, or a column is of a type that cannot be read.
        SettingsError: an option names a column that is not used.
    """
    try:
        names = tuple(schema.names)
    except UnicodeDecodeError:
        raise name_not_utf_8(file) from None
    instrument = (schema.metadata or {}).get(b"instrument_id", b"")
    if instrument and not (said.ticker or {"ticker", "symbol"} & {*names}):
        said = replace(said, ticker=instrument.decode("utf-8", "replace"))
    layout = layout_of(names, file, said)
    if layout.rows or "date" in layout.places:
        raise InputError(
            f"{file}: the format {layout.format} has a rule of rows, or a column of days, which "
            "columnar files are not read with",
            fix="write only the rows that count, each with its whole time",
            code="Z402",
        )
    if pa.types.is_timestamp(schema.field(layout.places["timestamp"]).type):
        layout = replace(layout, times=TimeForm())  # Arrow says the unit itself
    check_types(schema, layout, file)
    return layout


def name_not_utf_8(file: str) -> InputError:
    """Return the error of a file that has a column, also within another, of such a name."""
    return InputError(
        f"{file}: the name of a column is not UTF-8",
        fix="fetch the file again, or rename its columns",
        code="Z402",
    )
