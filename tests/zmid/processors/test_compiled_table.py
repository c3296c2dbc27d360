"""The compiled columns of the table are those of the definition, and arguments have to match."""

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from protocol.messages import MODES, Batch
from tests.zmid.processors.recorded import batch
from zmid.processors.mids_table import compiled_columns_of, python_columns
from zmid.processors.quotes import Quotes

pytestmark = pytest.mark.usefixtures("compiled")

# Of the last: minus zero, a sum that is infinite, a latency of 222 years, half a unit too far.
FLOATS = (
    st.floats()
    | st.floats(0, 1e6).map(lambda x: round(x, 4))
    | st.sampled_from((20.0, -0.0, 1.7e308, 7e12, 8e14))
)
TICKERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
ONE = struct.pack("<q", 1)
CODE = struct.pack("<i", 0)


@st.composite
def batches(draw: Any) -> Batch:
    count = draw(st.integers(1, 40))
    whole = batch(count)

    def column(form: str, values: Any) -> bytes:
        drawn = draw(st.lists(values, min_size=count, max_size=count))
        return struct.pack(f"<{count}{form}", *drawn)

    names = tuple(draw(st.lists(TICKERS, min_size=1, max_size=5)))
    columns = replace(
        whole.columns,
        timestamp_ns=column("q", st.integers(-(2**63), 2**63 - 1)),
        latency_ms=column("d", FLOATS),
        bid_price=column("d", FLOATS),
        ask_price=column("d", FLOATS),
        ticker_codes=column("i", st.integers(0, len(names) - 1)),
        ticker_names=names,
    )
    return replace(whole, mode=draw(st.sampled_from(MODES)), columns=columns)


@given(batches(), st.sampled_from((20.0, math.inf, 0.0)))
def test_the_columns_are_those_of_the_definition(of: Batch, threshold_ms: float) -> None:
    quotes = Quotes.of(of)
    defined = python_columns(quotes, threshold_ms)
    compiled = compiled_columns_of(quotes, threshold_ms)

    assert defined.blank == compiled.blank
    for expected, actual in zip(defined[1:], compiled[1:], strict=True):
        actual.validate(full=True)
        # As text: it tells infinity from a large number, and NaN is NaN.
        assert expected.to_string(window=100) == actual.to_string(window=100)
        assert expected.null_count == actual.null_count


def columns(*of: Any, names: Any = ("A",), codes: Any = CODE) -> Any:
    from zmid import compiled_table

    return compiled_table.columns(*of, codes, names, 20.0, True)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("size", [0, 7, 9, 16])
def test_columns_of_other_lengths_are_refused(place: int, size: int) -> None:
    of = [ONE] * 4
    of[place] = bytes(size)
    with pytest.raises(ValueError, match="one length"):
        columns(*of)


@pytest.mark.parametrize("codes", [b"", bytes(3), bytes(8)])
def test_codes_of_another_length_are_refused(codes: bytes) -> None:
    with pytest.raises(ValueError, match="one length"):
        columns(*[ONE] * 4, codes=codes)


@pytest.mark.parametrize("code", [-1, 1, 2**31 - 1])
def test_a_code_without_a_name_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="of 1 names"):
        columns(*[ONE] * 4, codes=struct.pack("<i", code))


@pytest.mark.parametrize("names", [["A"], (b"A",), None])
def test_names_that_are_no_texts_are_refused(names: Any) -> None:
    with pytest.raises(TypeError):
        columns(*[ONE] * 4, names=names)


def test_no_rows_are_no_columns() -> None:
    nothing = (0, b"", b"", b"", 0, b"", 0, bytes(4), b"")
    assert nothing == columns(*[b""] * 4, codes=b"", names=())
