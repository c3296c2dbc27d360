"""What a file says of offsets is not believed; what a text is made of is not looked at."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from zreplay.recordings.sound_columns import check_columns

NO_TEXT = b"\xff\xfe"


def texts(second: int, kind: pa.DataType | None = None) -> pa.Array:
    """Two texts of a byte each, the second of which begins there."""
    offsets = b"".join(at.to_bytes(4, "little", signed=True) for at in (0, second, 2))
    return pa.Array.from_buffers(
        kind or pa.string(), 2, [None, pa.py_buffer(offsets), pa.py_buffer(NO_TEXT)]
    )


def of_dictionary(place: int) -> pa.Array:
    places = pa.array([0, place], pa.int32())
    return pa.DictionaryArray.from_arrays(places, texts(1), safe=False)


def batch(*columns: pa.Array) -> pa.RecordBatch:
    return pa.record_batch([*columns], [f"c{number}" for number in range(len(columns))])


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_columns_of_any_kind_pass(kind: pa.DataType) -> None:
    text = pa.array(["a name of more bytes than a view holds", None, "b"], kind)
    numbers = pa.array([1, None, 3])

    check_columns(batch(text, numbers, numbers.cast(pa.timestamp("ns")), text.dictionary_encode()))
    check_columns(batch(text.slice(1, 2)))


# Made in the test: whoever shows such a column reads what is not there.
PASSES: dict[str, Callable[[], pa.Array]] = {
    "a text": lambda: texts(1),
    "in a dictionary": lambda: of_dictionary(1),
}
REFUSED: dict[str, Callable[[], pa.Array]] = {
    "beyond": lambda: texts(2**30),
    "before": lambda: texts(-1),
    "no such place": lambda: of_dictionary(2),
    "a place below 0": lambda: of_dictionary(-1),
    "bytes": lambda: texts(2**30, pa.binary()),
    "in lists": lambda: pa.ListArray.from_arrays([0, 1, 2], texts(2**30)),
}


@pytest.mark.parametrize("which", PASSES)
def test_bytes_that_are_no_text_are_a_matter_of_their_row(which: str) -> None:
    check_columns(batch(PASSES[which]()))


@pytest.mark.parametrize("which", REFUSED)
def test_what_leads_outside_of_the_batch_is_refused(which: str) -> None:
    with pytest.raises(pa.ArrowException):
        check_columns(batch(pa.array([1, 2]), REFUSED[which]()))
