"""The compiled widening takes just what the definition does, and reads nothing behind the end."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.narrow_text import HEAD, widened_text

pytestmark = pytest.mark.usefixtures("compiled")


def definition(text: bytes) -> bytes | None:
    try:
        return widened_text(text) if text[:2] == b"\0\0" else None
    except (ValueError, struct.error):
        return None


@given(
    st.integers(0, 1),
    st.integers(0, 6),
    st.integers(0, 500),
    st.integers(0, 20),
    st.binary(max_size=900),
)
@example(0, 6, 480, 0, bytes(492))
@example(0, 6, 481, 0, bytes(493))
def test_both_take_the_same(zero: int, count: int, begin: int, end: int, rest: bytes) -> None:
    from protocol import compiled_text

    text = HEAD.pack(zero, count, begin, end) + rest
    try:
        lines = compiled_text.widened(text)
    except ValueError:
        lines = None

    assert definition(text) == lines


@given(st.binary(max_size=HEAD.size - 1))
def test_what_has_no_head_is_refused(text: bytes) -> None:
    from protocol import compiled_text

    with pytest.raises(ValueError):
        compiled_text.widened(text)
