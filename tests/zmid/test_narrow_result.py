"""A result is written as if its lines had travelled whole."""

import pytest
from msgspec.structs import replace

from protocol.errors import MalformedMessage
from tests.protocol.examples import NARROW_RESULT, RESULT
from zmid.narrow_result import widened_result


def test_the_texts_of_a_narrow_result_are_lines() -> None:
    wide = widened_result(NARROW_RESULT)

    assert (b"2025-1\n2025-02\n", b"No 20\n") == (wide.mids, wide.errors)
    assert NARROW_RESULT == replace(wide, mids=NARROW_RESULT.mids, errors=NARROW_RESULT.errors)


def test_a_wide_result_is_the_same() -> None:
    assert RESULT is widened_result(RESULT)


@pytest.mark.parametrize("field", ["mids", "errors"])
def test_more_lines_than_quotes_are_no_result(field: str) -> None:
    lines = b"\0\0\x04\0\0\0\1\0\n" + bytes(8)

    with pytest.raises(MalformedMessage, match="4 lines, expected 1 to 3"):
        widened_result(replace(NARROW_RESULT, **{field: lines}))
