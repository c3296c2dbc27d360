"""A processor with a text and a table, for whoever kills workers and sinks; and what it writes.

Loaded by its path, as that of a user, and imported by the simulation.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from tests.reference import Quote
from zmid.processors import Quotes, Table, Text, csv_lines, processor

PATH = Path(__file__).resolve()
SCHEMA = pa.schema([("ticker", pa.string()), ("timestamp_ns", pa.int64())])


@processor(Text("quotes.csv"), Table("quotes.arrows", SCHEMA))
def listed(quotes: Quotes) -> tuple[bytes, pa.RecordBatch]:
    columns = [pa.array(quotes.ticker, pa.string()), pa.array(quotes.timestamp_ns)]
    return csv_lines(*columns), pa.record_batch(columns, schema=SCHEMA)


def line(quote: Quote) -> str:
    """Return the line of a quote, by plain Python."""
    return f"{quote.ticker},{quote.timestamp_ns}\n"


def text(quotes: Iterable[Quote]) -> bytes:
    """Return what `quotes.csv` holds of these quotes."""
    return "".join(map(line, quotes)).encode()


def wrong(text: bytes, written: bytes, stream: bytes) -> str:
    """Return which of the two files is not what the text says, empty if none."""
    if text != written:
        return "other bytes in a text"
    table = pa.ipc.open_stream(pa.py_buffer(stream)).read_all()
    return "" if text == csv_lines(*table.columns) else "other rows in a table"
