"""Whoever reads a text, the compiled code, pyarrow or the judge: it says the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zreplay.sources.csv_lines import (
    GOOD,
    OFFSET,
    OURS,
    TARDIS,
    Quote,
    fields_of_ours,
    fields_of_tardis,
    files,
    good_line,
    lines_of,
    odd_lines,
    one_by_one,
    quotes_of,
)
from zreplay.block import FILE_SHIFT
from zreplay.sources import plain_rows
from zreplay.sources.csv_header import Layout
from zreplay.sources.csv_lines import line_count
from zreplay.sources.csv_text import CsvText, TextRows
from zreplay.sources.judged_rows import LineFault
from zreplay.sources.plain_rows import ALWAYS_ODD, ODD_SHARE


def read(data: bytes, layout: Layout = OURS, file_number: int = 0) -> TextRows:
    lines = line_count(data, len(data))
    return CsvText(layout, file_number).read(data, len(data), lines, OFFSET)


def judged(data: bytes, layout: Layout = OURS) -> tuple[list[Quote], list[LineFault]]:
    rows = read(data, layout)
    return quotes_of(rows.block), rows.faults


def places(data: bytes) -> list[tuple[int, int]]:
    rows = read(data)
    return list(zip(rows.starts.tolist(), rows.numbers.tolist(), strict=True))


@settings(max_examples=300, deadline=None)
@given(files(good_line | good_line | lines_of(fields_of_ours) | odd_lines))
def test_what_is_read_is_what_the_judge_says_of_each_line(data: bytes) -> None:
    assert one_by_one(data, OURS) == judged(data)


@settings(max_examples=50, deadline=None)
@given(files(lines_of(fields_of_tardis)))
def test_that_holds_for_tardis(data: bytes) -> None:
    assert one_by_one(data, TARDIS) == judged(data, TARDIS)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2 * ALWAYS_ODD), st.integers(0, 3 * ODD_SHARE))
def test_it_holds_for_any_share_of_odd_lines(odd: int, good: int) -> None:
    line = GOOD.replace(b"A@B", b'"A,B"')
    data = b"".join(b"%s\n%s\n" % (line, GOOD) for _ in range(odd)) + good * (GOOD + b"\n")

    assert one_by_one(data, OURS) == judged(data)


@pytest.mark.parametrize("bad", [b"junk", b"\xff" + GOOD])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("bad_count", [1, ALWAYS_ODD + 10])
def test_every_line_not_blank_has_its_place(bad: bytes, end: bytes, bad_count: int) -> None:
    lines = [GOOD, b"", bad, GOOD, *[bad] * (bad_count - 1), b"", GOOD, b""]
    data = end.join(lines)
    starts = [sum(len(line) + len(end) for line in lines[:at]) for at in range(len(lines))]

    assert [(starts[at], at) for at, line in enumerate(lines) if line] == places(data)


def test_a_position_holds_the_file_and_the_byte() -> None:
    block = read(GOOD + b"\n\n" + GOOD + b"\n" + b'"A"' + b"\n", file_number=3).block

    offsets = [OFFSET, OFFSET + len(GOOD) + 2]
    assert [(3 << FILE_SHIFT) + offset for offset in offsets] == block.position.tolist()


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\n", b"junk\n"])
def test_a_text_may_hold_no_row(data: bytes) -> None:
    assert [] == judged(data)[0]


def test_only_what_lies_before_the_size_is_read() -> None:
    data = GOOD + b"\n" + GOOD + b"\n"

    assert 1 == len(CsvText(OURS, 0).read(bytearray(data), len(GOOD) + 1, 1, 0).block)


def test_without_a_compiler_all_is_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"\n".join([GOOD, b"junk", GOOD.replace(b"A@B", b'"A"'), b"", GOOD, b""])
    compiled = judged(data), places(data)
    monkeypatch.setattr(plain_rows, "IS_COMPILED", False)

    assert compiled == (judged(data), places(data))
