"""What a user may declare."""

import pyarrow as pa
import pytest

from protocol.errors import SettingsError
from zmid.processors.processor import Processor, Table, Text, processor

NUMBERS = pa.schema({"number": pa.int64()})


def test_a_function_becomes_a_processor_of_its_name_and_can_be_called_by_hand() -> None:
    @processor(Text("a.csv"), Table("b.arrows", NUMBERS))
    def both(quotes: object, *, factor: int = 2) -> object:
        return quotes, factor

    assert ("both", 3) == (both.name, both(1, factor=3)[1])
    assert ["a.csv", "b.arrows"] == [output.file.name for output in both.outputs]


def test_a_table_says_its_schema_without_metadata_and_a_text_has_none() -> None:
    marked = NUMBERS.with_metadata({"pandas": "much"})

    assert NUMBERS == pa.ipc.read_schema(pa.py_buffer(Table("t", marked).file.schema))
    assert Table("t", NUMBERS).file == Table("t", marked).file
    assert b"" == Text("t").file.schema


@pytest.mark.parametrize(
    "name", ["", ".hidden", "a/b", "../a", "-a", "a b", "a\n", "ä", "n" * 65, 7]
)
def test_a_name_that_is_a_path_or_hidden_or_too_long_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="is not the name of a file"):
        Text(name)


@pytest.mark.parametrize(
    "kind",
    [
        pa.dictionary(pa.int32(), pa.string()),
        pa.list_(pa.dictionary(pa.int32(), pa.string())),
        pa.struct({"in": pa.dictionary(pa.int32(), pa.string())}),
    ],
    ids=str,
)
def test_a_table_with_a_dictionary_anywhere_is_refused(kind: pa.DataType) -> None:
    with pytest.raises(SettingsError, match="column ticker of t .*cannot be appended to"):
        Table("t", pa.schema({"number": pa.int64(), "ticker": kind}))


def test_a_schema_that_is_none_or_too_large_is_refused() -> None:
    with pytest.raises(SettingsError, match="was of type list, expected pyarrow.Schema"):
        Table("t", ["number"])
    with pytest.raises(SettingsError, match="has a schema of"):
        Table("t", pa.schema({f"column {number}": pa.int64() for number in range(1000)}))


def test_a_processor_has_one_to_eight_outputs_of_the_two_kinds() -> None:
    for outputs in ((), tuple(Text(f"{number}") for number in range(9))):
        with pytest.raises(SettingsError, match="outputs, expected 1 to 8"):
            Processor("p", outputs, print)
    with pytest.raises(SettingsError, match="declares 'a.csv', expected Text or Table"):
        Processor("p", ("a.csv",), print)  # type: ignore[arg-type]
