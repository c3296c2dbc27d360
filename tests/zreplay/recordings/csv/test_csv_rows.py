"""Fast and line by line agree: rows, faults and places, however the lines are split."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.depth import few
from tests.zreplay.recordings.csv.csv_lines import (
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
from zreplay.quotes.block import first_position
from zreplay.recordings.csv.csv_lines import CsvLines
from zreplay.recordings.csv.csv_rows import FEW_LINES, CsvRows
from zreplay.recordings.csv.judged_rows import LineFault
from zreplay.recordings.formats.layout import Layout


def fast(data: bytes, layout: Layout, file_number: int = 0) -> tuple[list[Quote], list[LineFault]]:
    rows = CsvRows(layout, file_number).read(CsvLines.of(data), OFFSET)
    return quotes_of(rows.block), rows.faults


@settings(max_examples=few(50), deadline=None)
@given(files(good_line | good_line | lines_of(fields_of_ours) | odd_lines))
@example(GOOD + b"\n" + GOOD.replace(b"A@B", b'"A'))
@example(GOOD.replace(b"A@B", b'"A') + b"\n" + GOOD.replace(b"A@B", b'A"'))
@example(b"\xef\xbb\xbf" + GOOD)
@example(GOOD.replace(b",7", b",0x10"))
@example(GOOD.replace(b",7", b",5e-39"))
@example(GOOD.replace(b",7", b",7E-59"))
@example(GOOD.replace(b",7", b',"7') + b"\n\n")
@example(GOOD + b"\r" + GOOD + b"\n" + GOOD.replace(b"A@B", b'"A\nB"'))
@example(GOOD.replace(b"2025-10-02 23:59:57.290000", b"2262-04-11 23:47:16.854775807"))
@example(GOOD.replace(b"A@B", b"A" * 257))
def test_the_fast_reader_and_the_judge_agree(data: bytes) -> None:
    assert one_by_one(data, OURS) == fast(data, OURS)


@settings(max_examples=few(20), deadline=None)
@given(files(lines_of(fields_of_tardis)))
@example(b"x,y,9300000000000000,0,1,2,1,1,\n")
@example(b"x,y,9300000000000000,9300000000000000,1,2,1,1,\n")
@example(b"x,y,,0,1,2,1,1,\n")
@example(b"x,y,5e-39,1,1,2,1,1,\n")
@example(b"x,y,1,7e-59,1,2,1,1,\n")
@example(b"x,y,0,0,1,2,1,1," + b"z" * 70_000)
@example(b'x,y,0,0,1,2,1,1,"open\n')
@example(b"x,\xc3\x9f,0,0,1,2,1,1,\n")
@example(b"x,y,9223372036854775,-9223372036854775,1,2,1,1,\n")
def test_they_agree_on_tardis(data: bytes) -> None:
    assert one_by_one(data, TARDIS) == fast(data, TARDIS)


@settings(max_examples=30, deadline=None)
@given(st.lists(lines_of(fields_of_ours) | odd_lines, min_size=1, max_size=6), st.data())
def test_they_agree_when_bad_lines_lie_far_apart(bad: list[bytes], data: st.DataObject) -> None:
    lines = [GOOD] * (3 * FEW_LINES)
    for line in bad:
        lines.insert(data.draw(st.integers(0, len(lines))), line)
    text = b"\n".join(lines)

    assert one_by_one(text, OURS) == fast(text, OURS)


def test_one_field_that_differs_is_judged_alike_wherever_it_stands() -> None:
    texts = ["", " ", "nan", "-1", "inf", "1e400", "0x10", "7.0", "1_0", "1\x00", '"1"2', '1"2"']
    good = GOOD.split(b",")
    lines = [
        b",".join([*good[:place], text.encode(), *good[place + 1 :]])
        for place in range(len(good))
        for text in texts
    ]

    for line in lines:
        assert one_by_one(line, OURS) == fast(line, OURS)


def test_a_position_holds_the_file_and_the_byte() -> None:
    quotes, _ = fast(GOOD + b"\n\n" + GOOD, OURS, file_number=3)

    offsets = [OFFSET, OFFSET + len(GOOD) + 2]
    assert [first_position(3) + offset for offset in offsets] == [quote[0] for quote in quotes]


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\n", b"junk\n"])
def test_lines_may_hold_no_row(data: bytes) -> None:
    assert [] == fast(data, OURS)[0]
