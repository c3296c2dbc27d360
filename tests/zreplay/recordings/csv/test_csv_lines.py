"""Lines are where they are in the bytes, and blank ones do not count."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zreplay.recordings.csv.csv_lines import CsvLines, line_count
from zreplay.recordings.csv.line_fields import MAX_LINE_BYTES

pytestmark = pytest.mark.usefixtures("form")


def test_lines_are_cut_at_line_feeds_and_blank_ones_are_passed_over() -> None:
    lines = CsvLines.of(b"a,1\n\nb,2\r\n\r\nc,3")

    assert [b"a,1", b"b,2\r", b"c,3"] == [lines.line(row) for row in range(len(lines))]
    assert [0, 5, 12] == lines.starts.tolist()
    assert [0, 2, 4] == lines.numbers.tolist()
    assert 5 == lines.total


def test_what_lies_behind_the_size_is_not_seen() -> None:
    assert [0] == CsvLines.of(bytearray(b"a,1\nb,2\n"), 4).starts.tolist()


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\r\n\r", b"\r\r\n\r\r"])
def test_bytes_may_hold_no_line(data: bytes) -> None:
    assert 0 == len(CsvLines.of(data))


def test_a_part_has_the_bytes_of_its_lines_only() -> None:
    lines = CsvLines.of(b'"a"\nb\n\nc')

    assert b"b\n\nc" == bytes(lines.part(slice(1, None)).span)
    assert (True, False) == (lines.has_quotes, lines.part(slice(1, None)).has_quotes)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\nb\n", False),
        (b"a\r\nb\r\n", False),
        (b"a\rb\n", True),
        (b"a\nb\r", True),
        (b"\xef\xbb\xbfa\n", True),
        (b"a\n\xef\xbb\xbfb\n", False),
    ],
)
def test_pyarrow_would_cut_elsewhere_at_a_lone_return_or_a_mark(
    data: bytes, expected: bool
) -> None:
    assert expected is CsvLines.of(data).is_cut_elsewhere


def test_a_line_is_too_long_beyond_the_limit_its_line_feed_not_counted() -> None:
    data = b"x" * MAX_LINE_BYTES + b"\n" + b"x" * (MAX_LINE_BYTES + 1) + b"\n"

    assert [False, True] == CsvLines.of(data).are_too_long.tolist()


def test_packed_lines_are_the_same_lines_without_what_lay_between() -> None:
    lines = CsvLines.of(b"a\r\n\nbb\r\r\nc\nd\n\r\re")

    packed = lines.packed(np.array([0, 1, 3, 4]))

    assert b"a\nbb\nd\n\r\re\n" == packed.data
    assert [b"a", b"bb", b"d", b"\r\re"] == [packed.line(row) for row in range(4)]
    assert [0, 4, 11, 13] == packed.origins.tolist()
    assert [0, 2, 4, 5] == packed.numbers.tolist()


def test_what_is_side_by_side_is_packed_as_it_is() -> None:
    data = b"a,1\nb,2\nc,3\n"

    assert data == CsvLines.of(data).packed(np.arange(3)).data


def test_the_text_of_a_line_ends_before_its_carriage_returns() -> None:
    lines = CsvLines.of(b"\ra\r\r\nb\r")

    assert [2, 6] == lines.text_ends.tolist()


@given(st.lists(st.integers(0, 24), max_size=20), st.booleans())
def test_lines_of_any_lengths_are_cut_where_their_line_feeds_are(
    lengths: list[int], has_last_feed: bool
) -> None:
    texts = [b"x" * length for length in lengths]
    data = b"\n".join(texts) + (b"\n" if has_last_feed else b"")
    lines = CsvLines.of(data)

    starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
    assert len(data.splitlines()) == line_count(data, len(data))
    expected = [(start, text) for start, text in zip(starts, texts, strict=False) if text]
    cut = [(start, lines.line(row)) for row, start in enumerate(lines.starts.tolist())]
    assert expected == cut


def test_only_the_lines_before_the_size_are_counted() -> None:
    assert 2 == line_count(b"a\n\nb\nc", 3)
    assert 3 == line_count(b"a\n\nb\nc", 4)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 255 * 16, 255 * 16 + 1, 70_000])
def test_every_line_feed_is_counted(size: int) -> None:
    text = bytes(random.Random(size).choices(b"\n\x8a\x0b\x00,", k=size)) + b"\n"

    assert text.count(b"\n") == line_count(text, len(text))
    assert size == line_count(b"\n" * size, size)
