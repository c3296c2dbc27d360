"""In each form: a narrow text is its lines, and one that is damaged is refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import MalformedMessage
from protocol.limits import MAX_BATCH_QUOTES, MAX_LOG_LINE_BYTES
from protocol.narrow_text import HEAD, is_narrow, widened, widened_text

pytestmark = pytest.mark.usefixtures("form")

PARTS = st.binary(max_size=40)


def narrow(begin: bytes, end: bytes, rests: list[bytes]) -> bytes:
    sizes = struct.pack(f"<{len(rests)}H", *map(len, rests))
    head = HEAD.pack(0, len(rests), len(begin), len(end))
    return head + begin + end + sizes + b"".join(rests)


@given(PARTS, PARTS, st.lists(PARTS | st.binary(max_size=400), min_size=1, max_size=40))
def test_each_line_is_its_rest_between_what_all_have_in_common(
    begin: bytes, end: bytes, rests: list[bytes]
) -> None:
    text = narrow(begin, end, rests)

    for buffer in (text, memoryview(bytearray(b"-" + text))[1:]):
        lines = widened(buffer, len(rests))

        assert b"".join(begin + rest + end for rest in rests) == lines


@given(st.binary(min_size=1, max_size=99).filter(lambda text: text[0] != 0) | st.just(b""))
def test_lines_are_what_they_are(text: bytes) -> None:
    assert not is_narrow(text)
    assert text is widened(text, 1)


LINES = narrow(b"2025-01-01 ", b"\n", [b"00:00, 1", b"", b"00:01, 2"])
LONGEST = MAX_LOG_LINE_BYTES - 12


@pytest.mark.parametrize(
    "text",
    [
        *(LINES[:size] for size in range(1, len(LINES))),
        LINES + b"0",
        b"\0\1" + LINES[2:],
        narrow(b"", b"\n", []),
        narrow(b"", b"\n", [b"1"] * 4),
        narrow(b"2025-01-01 ", b"\n", [b"0" * (LONGEST + 1)]),
        narrow(b"0" * (MAX_LOG_LINE_BYTES + 1), b"", [b""]),
        HEAD.pack(0, 3, 65_535, 65_535) + bytes(40),
        HEAD.pack(0, 3, 0, 0) + struct.pack("<3H", 65_535, 65_535, 65_535),
    ],
)
def test_what_is_no_narrow_text_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedMessage, match="narrow text"):
        widened(text, 3)


@given(st.binary(max_size=60), st.integers(1, 5))
def test_of_whatever_comes_nothing_is_longer_than_its_lines_may_be(rest: bytes, count: int) -> None:
    text = HEAD.pack(0, count, 1, 2) + rest
    try:
        lines = widened(text, count)
    except MalformedMessage:
        return
    assert widened_text(text) == lines
    assert len(lines) <= count * MAX_LOG_LINE_BYTES


def test_the_longest_lines_of_the_largest_batch_are_read() -> None:
    rests = [b"0" * LONGEST] * MAX_BATCH_QUOTES

    lines = widened(narrow(b"2025-01-01 ", b"\n", rests), MAX_BATCH_QUOTES)

    assert MAX_BATCH_QUOTES * MAX_LOG_LINE_BYTES == len(lines)
