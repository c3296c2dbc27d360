"""What a processor returns is what it declared, or it and its records are named."""

from typing import Any

import pyarrow as pa
import pytest

from protocol.errors import ProcessorError
from tests.zmid.processors.recorded import FIRST, batch, loaded
from zmid.processors.computing import Loaded, compute
from zmid.processors.processor import Table, Text, processor
from zmid.processors.quotes import Quotes

NUMBERS = pa.schema({"number": pa.int64()})


def returning(value: Any, *outputs: Text | Table) -> Loaded:
    @processor(*outputs)
    def returns(quotes: Quotes) -> Any:
        return value

    return loaded(returns)


def rows(*numbers: int) -> pa.RecordBatch:
    return pa.record_batch([numbers], schema=NUMBERS)


def test_bytes_and_rows_are_taken_in_the_order_of_the_declaration() -> None:
    marked = rows(1, 2).replace_schema_metadata({"pandas": "much"})
    both = returning((b"text", marked), Text("a"), Table("b", NUMBERS))
    text, table = compute(both, batch())

    assert b"text" == text
    assert rows(1, 2) == pa.ipc.read_record_batch(pa.py_buffer(table), NUMBERS)


@pytest.mark.parametrize("value", [bytearray(b"text"), memoryview(b"text")])
def test_any_bytes_are_text(value: Any) -> None:
    assert [b"text"] == [*map(bytes, compute(returning(value, Text("a")), batch()))]


def test_no_rows_are_no_bytes() -> None:
    assert (b"",) == compute(returning(rows(), Table("b", NUMBERS)), batch())


def test_parameters_are_given_by_name() -> None:
    @processor(Text("a"))
    def listed(quotes: Quotes, *, end: str = "") -> bytes:
        return f"{quotes.count}{end}".encode()

    assert (b"6!",) == compute(loaded(listed, end="!"), batch())


@pytest.mark.parametrize(
    "value, outputs, says",
    [
        (None, (Text("a"),), "a value of type NoneType, expected bytes, for a"),
        ("text", (Text("a"),), "a value of type str, expected bytes, for a"),
        (memoryview(b"gaps")[::2], (Text("a"),), "a memoryview with gaps, expected bytes, for a"),
        (rows(1), (Text("a"),), "a value of type RecordBatch, expected bytes, for a"),
        (b"", (Table("b", NUMBERS),), "a value of type bytes, expected a RecordBatch, for b"),
        (b"", (Text("a"), Text("b")), "1 outputs, 2 are declared"),
        ((b"", b""), (Text("a"),), "2 outputs, 1 are declared"),
        (
            pa.record_batch({"number": [0.5]}),
            (Table("b", NUMBERS),),
            "columns number double, expected number int64, for b",
        ),
    ],
)
def test_anything_else_is_named_with_the_records(value: Any, outputs: Any, says: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        compute(returning(value, *outputs), batch())

    assert f"processor returns returned {says} at records 1000 to 1005" == caught.value.what
    assert ("Z802", 8) == (caught.value.code, caught.value.exit_code)


@pytest.mark.parametrize("kind", [ValueError, MemoryError, SystemExit])
def test_one_that_raises_is_named_with_its_line_and_the_first_record(kind: type) -> None:
    @processor(Text("a"))
    def raises(quotes: Quotes) -> bytes:
        if (quotes.record >= FIRST + 3).any():
            raise kind("no")
        return b""

    mine = Loaded(raises, {}, loaded(raises).declaration, __file__)
    with pytest.raises(ProcessorError) as caught:
        compute(mine, batch())

    what = caught.value.what
    assert what.startswith(f"processor raises raised {kind.__name__}: no in line ")
    assert what.endswith(f"of {__file__}, at record 1003")
    assert ("Z801", True) == (caught.value.code, "--fresh" in caught.value.fix)


def test_one_that_raises_for_a_batch_and_not_for_its_rows_is_named_with_the_batch() -> None:
    @processor(Text("a"))
    def raises(quotes: Quotes) -> bytes:
        if quotes.count == 6:
            raise KeyError
        return b""

    with pytest.raises(ProcessorError, match="raised KeyError, at records 1000 to 1005"):
        compute(loaded(raises), batch())
