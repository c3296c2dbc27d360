"""What stands where in a columnar file is told by its schema."""

from pathlib import Path

import pyarrow as pa
import pytest

from protocol.errors import InputError
from zreplay.recordings.columnar_layout import layout_of_schema
from zreplay.recordings.formats.format_options import NOTHING_SAID, FormatOptions
from zreplay.recordings.formats.time_form import TimeForm

PRICES = [("bid_price", pa.float64()), ("ask_price", pa.float64())]
EVENTS = Path(__file__).parents[2] / "samples" / "events.toml"


def test_a_time_of_arrow_says_its_unit_itself() -> None:
    schema = pa.schema([("timestamp", pa.timestamp("ms")), ("ticker", pa.string()), *PRICES])

    assert TimeForm() == layout_of_schema(schema, "a", FormatOptions(time_unit="us")).times


@pytest.mark.parametrize(
    ("names", "said", "ticker"),
    [
        ((), NOTHING_SAID, "EUR/USD.SIM"),
        ((), FormatOptions(ticker="A"), "A"),
        (("ticker",), NOTHING_SAID, ""),
    ],
)
def test_the_instrument_of_the_metadata_is_the_ticker_where_nothing_else_says_it(
    names: tuple[str, ...], said: FormatOptions, ticker: str
) -> None:
    fields = [("timestamp", pa.timestamp("ns")), *((name, pa.string()) for name in names), *PRICES]
    schema = pa.schema(fields, {"instrument_id": "EUR/USD.SIM"})

    assert ticker == layout_of_schema(schema, "a", said).ticker


def test_a_type_that_cannot_be_read_is_named() -> None:
    schema = pa.schema([("timestamp", pa.binary()), ("ticker", pa.string()), *PRICES])

    with pytest.raises(InputError, match="the column timestamp is of type binary"):
        layout_of_schema(schema, "a", NOTHING_SAID)


def test_a_format_with_rules_of_rows_is_refused_rather_than_read_without_them() -> None:
    texts = [(name, pa.string()) for name in ("day", "time", "name", "flags", "kind")]
    schema = pa.schema([*texts, ("bid", pa.float64()), ("ask", pa.float64())])

    with pytest.raises(InputError, match="a rule of rows") as error:
        layout_of_schema(schema, "a", FormatOptions(format=str(EVENTS)))
    assert "Z402" == error.value.code


def test_a_name_of_a_column_that_is_no_text_is_refused() -> None:
    written = pa.schema([("timestamp", pa.string()), ("an_odd_name", pa.string())]).serialize()
    damaged = written.to_pybytes().replace(b"an_odd", b"an_\xc1dd")

    with pytest.raises(InputError, match="a: the name of a column is not UTF-8"):
        layout_of_schema(pa.ipc.read_schema(pa.py_buffer(damaged)), "a", NOTHING_SAID)
